"""One job of a run, as its record and Snakemake's benchmark tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

WILDCARDS = {
    "simulate": ("scene",),
    "inspect": ("scene",),
    "align": ("scene",),
    "label": ("scene",),
    "outline": ("scene",),
    "split": ("fold",),
    "summarize": ("fold",),
    "preview": (),
    "forecast": (),
    "train": ("network",),
    "train_detector": ("detector",),
    "export": ("network",),
    "export_detector": ("detector",),
    "accelerate": ("network",),
    "predict_shard": ("scene", "network", "shard"),
    "predict": ("scene", "network"),
    "combine": ("scene", "network"),
    "uncertainty": ("scene", "network"),
    "search": ("network", "refinement"),
    "refine": ("scene", "network", "refinement"),
    "vectorize": ("scene", "network", "refinement"),
    "merge": ("network", "refinement"),
    "detect_shard": ("scene", "detector", "shard"),
    "detect": ("scene", "detector"),
    "search_suppression": ("detector", "suppression"),
    "suppress": ("scene", "detector", "suppression"),
    "match": ("detector", "suppression"),
    "select": ("scene", "detector", "suppression"),
    "merge_objects": ("detector", "suppression"),
    "evaluate": ("network", "refinement"),
    "compare": (),
    "change": ("place", "dates", "network", "refinement"),
    "sample": ("network", "refinement"),
    "estimate": ("network", "refinement"),
    "describe": ("network",),
    "report": (),
    "deliver": (),
    "gather": (),
}
"""The wildcards of each stage: there is one job for each scene, network, refinement and so on.
Folders of logs and benchmarks are named after them, from the outermost."""


@dataclass(frozen=True)
class Job:
    """One run of one stage.

    What is not known is None: the host without a record, the memory without a benchmark.
    """

    stage: str
    branches: Mapping[str, str] = field(default_factory=dict)
    """Scene, network, refinement, shard, fold: those that the job is one of."""
    status: str = "finished"
    """started (still, or killed), finished or failed."""
    host: str | None = None
    cluster_job: str | None = None
    """Job of SLURM that it ran in."""
    threads: int = 1
    version: str | None = None
    """Version of rs_seg."""
    revision: int | None = None
    """Revision of the stage."""
    started: datetime | None = None
    seconds: float | None = None
    """Wall time of the stage's own work, after the program and its modules were loaded."""
    whole_seconds: float | None = None
    """Wall time of the whole job, as Snakemake measured it."""
    cpu_seconds: float | None = None
    """CPU time of the whole job, as Snakemake measured it: of all its threads and processes."""
    peak_mb: float | None = None
    """Peak of the resident memory, in MiB (2^20 bytes): the system's for one process of the job, or
    what Snakemake saw of all of them together, whichever is larger."""
    pixels: int | None = None
    """Pixels of the scene, where the job is one of a scene."""

    @property
    def duration(self) -> float | None:
        """The longest that is known: seconds of the whole job, else of its work."""
        return self.seconds if self.whole_seconds is None else self.whole_seconds
