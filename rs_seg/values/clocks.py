"""Wall time and CPU time, read together."""

from __future__ import annotations

import multiprocessing
import os
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Clocks:
    """Seconds on the wall clock, and CPU seconds; only differences mean something."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Clocks:
        """What both clocks show."""
        return cls(time.monotonic(), cpu_seconds())


def cpu_seconds() -> float:
    """CPU seconds of this process, all its threads, and the processes that it started."""
    # first: it waits for the ended ones, which puts them into os.times
    living = multiprocessing.active_children()
    times = os.times()
    ended = times.children_user + times.children_system
    return time.process_time() + ended + sum(_seconds_of(child.pid) for child in living)


def _seconds_of(process: int | None) -> float:
    """CPU seconds of another process; 0 where nothing is known of it."""
    try:
        times = psutil.Process(process).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
