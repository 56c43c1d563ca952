"""The plan of a run: all that rules ask for, decided before the first of them is read."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rs_seg.cli.signature import signature_of
from rs_seg.config import RunConfig
from rs_seg.values.shared_cores import may_have_gpu, training_threads
from rs_seg.workflow.commands import build_command
from rs_seg.workflow.fingerprint import fingerprint
from rs_seg.workflow.raw_files import RawFiles
from rs_seg.workflow.resources import Resources
from rs_seg.workflow.sample_files import SampleFiles

Wildcards = Mapping[str, str]
FilesOfJob = Callable[[Wildcards], list[Path]]


@dataclass(frozen=True)
class Plan(SampleFiles):
    """The files of a run, and how jobs make them."""

    whole: RunConfig
    """The configuration of all scenes, also where few are gathered."""
    checked: tuple[str, ...]
    """Names of the scenes whose raw files have to be there before the first job."""
    cores: int
    on_one_machine: bool
    """Whether all jobs share these cores."""
    recorded_inputs: Callable[[str], Iterable[str] | None]
    """The files that an output was made from, by Snakemake's records."""

    @property
    def config(self) -> str:
        """The resolved configuration, which all jobs read."""
        return self.places.of_run("gathered.yaml" if self.mode.gather else "config.yaml")

    @cached_property
    def raw(self) -> RawFiles:
        """Files that come from outside."""
        return RawFiles(self.run)

    @cached_property
    def resources(self) -> Resources:
        """What jobs ask a cluster for."""
        gpus = not self.on_one_machine or may_have_gpu()
        return Resources(self.run, tuple(self.names_with_layers), gpus)

    def command(
        self, stage: str, *, without: Iterable[str] = (), threads: str = "{threads}"
    ) -> str:
        """The shell command of a stage, without the files that the rule does not name."""
        folded = self.places.folded
        return build_command(
            stage, self.config, folded=folded, without=set(without), threads=threads
        )

    def settings(self, stage: str, *files_of: FilesOfJob) -> Callable[[Wildcards], str]:
        """What a job depends on besides files of the DAG, as one value: see `fingerprint`.

        And the states of files from outside, see `FileStates`: Snakemake sees by itself only that a
        file got newer. (Functions that ask for `input` have no part in what it compares.)
        """
        # One text for all jobs of which it is the same: most stages do not depend on the scene, of
        # which there may be thousands.
        of_branches = functools.cache(functools.partial(fingerprint, stage, self.run))
        branches = signature_of(stage).branches

        def of_job(wildcards: Wildcards) -> str:
            known = {"fold": "1", **wildcards}
            of_settings = of_branches(**{name: known[name] for name in branches})
            scene = wildcards.get("scene")
            if scene in self.raw.sheets:
                states = self.raw.states_of_sheet(scene, files_of)
                return f"{of_settings} {states}" if states else of_settings
            paths = [path for files in files_of for path in files(wildcards)]
            return f"{of_settings} {self.raw.states(paths)}" if paths else of_settings

        return of_job

    def share_of_cores(self, job_count: int) -> int:
        """Threads of each of many like jobs, which run side by side first."""
        return max(1, self.cores // max(1, job_count))

    # Snakemake gives these by their names
    def all_cores(self, wildcards: Wildcards, threads: int, resources: Any) -> int:  # noqa: ARG002
        """Cores that jobs share, of whom some work for this one; on a cluster its own.

        Snakemake does not compare it, because it reads resources.
        """
        return self.cores if self.on_one_machine else threads

    @cached_property
    def training_threads(self) -> int:
        """Threads of each training."""
        if not self.on_one_machine:
            return self.cores
        return training_threads(len(self.run.trained_by_steps), self.cores)

    @property
    def map_jobs(self) -> int:
        """Jobs that make one map each."""
        return len(self.scenes) * len(self.run.maps)

    @property
    def prediction_jobs(self) -> int:
        """Jobs that prediction is cut into, of all scenes and networks."""
        return sum(self.shard_counts[scene] for scene in self.scenes) * len(
            self.run.models_with_file
        )

    @property
    def detection_jobs(self) -> int:
        """Jobs that the search for objects is cut into, of all scenes and detectors."""
        return sum(self.shard_counts[scene] for scene in self.scenes) * len(
            self.run.detectors_with_file
        )

    def shards(self, wildcards: Wildcards) -> list[str]:
        """The shards that a map is joined from."""
        return self._shards(self.places.of_network, "probabilities.tif", wildcards)

    def detect_shards(self, wildcards: Wildcards) -> list[str]:
        """The shards that candidates are joined from."""
        return self._shards(self.places.of_detector, "candidates.parquet", wildcards)

    def _shards(self, place: Callable[[str], str], joined: str, wildcards: Wildcards) -> list[str]:
        """The shards that a file at a place is joined from.

        It keeps the cut that it was made with: else it would be made again where only the number of
        shards changed.
        """
        recorded = self.recorded_inputs(place(joined).format(**wildcards))
        folder = place("shards/").format(**wildcards)
        if recorded is None:
            return self.planned_shards(folder, wildcards["scene"])
        return [path for path in recorded if path.startswith(folder)]


def one_of(names: Iterable[str]) -> str:
    """Wildcard constraint: one of these names, or nothing at all."""
    return "|".join(map(re.escape, names)) or "(?!)"
