"""How long a run will still take, as far as that is known."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rs_seg.workflow.terminal.jobs import Job


@dataclass
class Pace:
    """Seconds that jobs of each stage take: of this run, else of an earlier one."""

    earlier: dict[str, float] = field(default_factory=dict)
    """Means by stage."""
    _sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _counts: Counter[str] = field(default_factory=Counter)
    _threads: dict[str, int] = field(default_factory=dict)

    def count(self, job: Job, seconds: float) -> None:
        """Take one more finished job into account."""
        self._sums[job.stage] += seconds
        self._counts[job.stage] += 1

    def give_threads(self, job: Job) -> None:
        """Remember how many threads jobs of this stage get."""
        self._threads[job.stage] = job.threads

    def seconds(self, stage: str) -> float | None:
        """Seconds of one job; None where no job of the stage has ended yet."""
        if self._counts[stage]:
            return self._sums[stage] / self._counts[stage]
        return self.earlier.get(stage)

    def threads(self, stage: str) -> int:
        """Threads of one job, as far as one has been started."""
        return self._threads.get(stage, 1)


def read_earlier(costs: str) -> dict[str, float]:
    """Mean seconds of one job by stage, by the costs of an earlier run; empty without one."""
    try:
        stages = json.loads(Path(costs).read_text(encoding="utf-8"))["stages"]
        ended = [(stage, stage["jobs"] - stage["unfinished"]) for stage in stages]
        return {stage["stage"]: stage["seconds"] / jobs for stage, jobs in ended if jobs > 0}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def time_left(
    waiting: Mapping[str, int],
    running: Sequence[tuple[Job, float | None]],
    pace: Pace,
    *,
    cores: int | None,
    now: float,
) -> str:
    """What is said of the time left: "about 4 min left", "at least 4 min left", or nothing.

    `waiting` counts jobs that have not begun, by stage; each running job has the seconds that it
    says are left. Work is shared out among the cores, so that this is too little where jobs wait
    for one another. Nothing is said of a cluster, where jobs wait in a queue.
    """
    if cores is None:
        return ""
    parts = [(stage, pace.seconds(stage), count) for stage, count in waiting.items() if count]
    parts += [(job.stage, _rest(job, left, pace, now), 1) for job, left in running]
    known = [(stage, seconds, count) for stage, seconds, count in parts if seconds is not None]
    if not known:
        return ""
    work = sum(seconds * count * min(cores, pace.threads(stage)) for stage, seconds, count in known)
    longest = max(seconds for _, seconds, _ in known)
    stages = {job.stage for job, _ in running} | {stage for stage, _, _ in parts}
    is_whole = all(pace.seconds(stage) is not None for stage in stages)
    return tell_left(max(work / cores, longest), is_whole=is_whole)


def _rest(job: Job, left: float | None, pace: Pace, now: float) -> float | None:
    """Seconds left of a running job: what it says of its step, or what jobs of its stage take."""
    usual = pace.seconds(job.stage)
    if usual is None:
        return left
    return max(0.0, usual - (now - job.begun), left or 0.0)


def tell_left(seconds: float, *, is_whole: bool) -> str:
    """A time left for people, no finer than it is known; a lower bound under a minute is none."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return "less than 1 min left" if is_whole else ""
    told = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{'about' if is_whole else 'at least'} {told} left"
