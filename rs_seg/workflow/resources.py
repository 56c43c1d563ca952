"""What a job asks a cluster for.

By the size of its scene where the scene table says it, and by sizes of files: a look at a file
costs nothing, also for tens of thousands of jobs, and a guess that was too small is made good by
the next attempt (`retries:` of the profile).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.config import RunConfig
from rs_seg.values.shared_cores import TRAINING_MEMORY

Wildcards = Mapping[str, str]
OVERHEAD = 500
"""MB: Snakemake itself takes 270 inside a job of a cluster."""


@dataclass(frozen=True)
class Resources:
    """Resources of rules: each method gives what Snakemake asks for each job and attempt."""

    run: RunConfig
    with_layers: tuple[str, ...]
    with_gpus: bool
    """Whether there may be GPUs where jobs run."""

    def memory(
        self,
        fixed: float,
        *,
        per_input: float = 0,
        per_width: float = 0,
        per_thread: float = 0,
        of: str | None = None,
    ) -> Callable[..., int]:
        """MB that a job may use, growing with the attempt.

        `fixed`, and more per MB of inputs, or of those whose files are called `of`.

        What reads a scene by rows or blocks needs more per width instead, which is the root of the
        size: that of the pixels where it is known, because a file of gigapixels may have few bytes,
        or that of the files where they are larger.
        """

        # the names of these parameters tell Snakemake what to give
        def of_job(wildcards: Wildcards, input: Any, threads: int, attempt: int) -> int:  # noqa: A002
            size = megabytes(input, of) if per_input or per_width else 0
            width: float = max(size, self._megapixels(wildcards) if per_width else 0) ** 0.5
            needed = fixed + per_input * size + per_width * width + per_thread * threads
            return OVERHEAD + attempt * round(needed)

        return of_job

    def minutes(
        self,
        fixed: float,
        *,
        per_input: float = 0,
        of: str | None = None,
    ) -> Callable[..., int]:
        """Minutes that a job may take, growing with the attempt and with MB of inputs."""

        def of_job(wildcards: Wildcards, input: Any, attempt: int) -> int:  # noqa: A002, ARG001
            size = megabytes(input, of) if per_input else 0
            return attempt * round(fixed + per_input * size)

        return of_job

    def gpus(self, wildcards: Any) -> int:
        """One for a network of layers or a detector, none for methods of single pixels.

        Where no job gets one, the processor is used, and where there is none, a limit of GPUs lets
        no job wait.
        """
        name = wildcards.get("network")
        return int(self.with_gpus and (name is None or name in self.with_layers))

    @property
    def of_training(self) -> Callable[..., int]:
        """MB of a job that trains."""
        return self.memory(TRAINING_MEMORY)

    def _megapixels(self, wildcards: Wildcards) -> float:
        """Millions of pixels of all bands of the scene of a job; 0 where nothing says."""
        if not wildcards.get("scene"):
            return 0
        scene = self.run.scene(wildcards["scene"])
        side = self.run.simulate.size if scene.simulate is not None else 0
        return (scene.height or side) * (scene.width or side) * len(self.run.bands) / 1e6


def megabytes(files: Iterable[str], of: str | None = None) -> float:
    """Size of all files, or of those that are called so.

    Where one is not made yet, Snakemake shows the resource as <TBD>.
    """
    paths = (Path(file) for file in files)
    return sum(path.stat().st_size for path in paths if of in (None, path.name)) / 1e6
