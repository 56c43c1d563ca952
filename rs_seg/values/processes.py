"""The processes that do one job together, as `srun` or `torchrun` started them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Processes:
    """The place of this process among those of its job."""

    rank: int = 0
    """From 0; the first process is the one that writes."""
    count: int = 1
    local_rank: int = 0
    """Among those of the job on this machine."""
    starter: str | None = None
    """"srun" or "torchrun"; None: this process is alone."""

    def __post_init__(self) -> None:
        assert 0 <= self.rank < self.count

    @property
    def is_first(self) -> bool:
        """Whether this process writes what the job makes."""
        return self.rank == 0

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """Every `count`-th of the items, from `rank` on.

        The shares of all processes hold each item once.
        """
        return items if self.count == 1 else items[self.rank :: self.count]


def running_processes(environment: Mapping[str, str] = os.environ) -> Processes:
    """The processes that were started together with this one.

    Of SLURM only what belongs to a step counts: SLURM_NTASKS is also set where a job of several
    tasks runs a program once, in its batch script; a shell in a terminal (`srun --pty`) is a single
    task.
    """
    if "TORCHELASTIC_RUN_ID" in environment:
        return _several(
            "torchrun", environment, rank="RANK", count="WORLD_SIZE", local_rank="LOCAL_RANK"
        )
    if "SLURM_STEP_NUM_TASKS" in environment and "SLURM_PTY_PORT" not in environment:
        return _several(
            "srun",
            environment,
            rank="SLURM_PROCID",
            count="SLURM_STEP_NUM_TASKS",
            local_rank="SLURM_LOCALID",
        )
    return Processes()


def _several(
    starter: str, environment: Mapping[str, str], *, rank: str, count: str, local_rank: str
) -> Processes:
    if int(environment[count]) == 1:
        return Processes()
    return Processes(
        int(environment[rank]), int(environment[count]), int(environment[local_rank]), starter
    )
