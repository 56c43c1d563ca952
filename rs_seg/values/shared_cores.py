"""Trainings by steps on one machine: how many at once, with how many threads each."""

from __future__ import annotations

import os
from pathlib import Path

TRAINING_MEMORY = 8000
"""MB that a training may take."""
GPUS = (Path("/dev/nvidiactl"), Path("/dev/kfd"), Path("/dev/dxg"))
"""There where a GPU may be: of NVIDIA, of AMD, or of the Windows around this Linux."""


def may_have_gpu() -> bool:
    """Whether there may be a GPU that torch computes on; nothing slow is loaded to know it."""
    return any(path.exists() for path in GPUS)


def training_threads(training_count: int, cores: int) -> int:
    """Threads of each of so many trainings that share the cores of this machine.

    Two with one thread each are done long before two with two threads one after the other, which
    wait for one another several times in each step. All cores where a GPU computes, and no more
    trainings at once than memory holds.
    """
    if may_have_gpu():
        return cores
    threads = max(1, cores // max(1, training_count))
    held = max(1, _memory() // TRAINING_MEMORY)
    return threads if training_count <= held else max(threads, cores // (held + 1) + 1)


def trainings_at_once(training_count: int, cores: int) -> int:
    """How many of so many trainings run side by side, each with `training_threads`."""
    return max(1, min(training_count, cores // training_threads(training_count, cores)))


def _memory() -> int:
    """MB of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
