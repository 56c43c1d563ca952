"""What a run cost: time, memory and cores by stage, and how much of its wall time was idle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from rs_seg.values.job import Job

HOUR = 3600
MEGAPIXEL = 1e6


@dataclass(frozen=True)
class StageCost:
    """The jobs of one stage."""

    stage: str
    jobs: int
    failed: int
    unfinished: int
    """Started and never ended: killed, or still at work."""
    seconds: float
    """Sum over the jobs that ended; so are all other figures."""
    median_seconds: float | None
    max_seconds: float | None
    cpu_seconds: float | None
    """Sum over the jobs of which they are known; None where they are of no job."""
    peak_mb: float | None
    """Of the job with the greatest, in MiB."""
    core_hours: float
    """Seconds times threads that the jobs were given."""
    megapixels_per_second: float | None
    """Of the scenes of finished jobs, per second of one job; None where a stage is not one job per
    scene."""
    hosts: int


@dataclass(frozen=True)
class RunCost:
    """The whole run, from the first start to the last end: several sittings count as one."""

    started: datetime | None
    ended: datetime | None
    wall_seconds: float
    idle_seconds: float
    """Of the wall time, that in which no job was at work."""
    work_seconds: float
    """Sum of the stages' own work, threads not counted."""
    starting_seconds: float | None
    """Sum of what jobs took besides that work: processes that start, modules that are loaded, the
    shell around them."""
    most_threads: int
    """Most threads that were at work at once: the slots that the run had at least."""
    core_hours: float
    orchestration: float | None
    """Share of slots times wall time in which no stage was at work: 1 - work / (most threads x
    wall)."""


def sum_up_stages(jobs: Iterable[Job], order: Sequence[str]) -> list[StageCost]:
    """One line per stage that has jobs, in the given order; other stages come last, by name."""
    of_stage: dict[str, list[Job]] = {}
    for job in jobs:
        of_stage.setdefault(job.stage, []).append(job)
    places = {stage: index for index, stage in enumerate(order)}
    return [
        _sum_up(stage, of_stage[stage])
        for stage in sorted(of_stage, key=lambda name: (places.get(name, len(places)), name))
    ]


def _sum_up(stage: str, jobs: Sequence[Job]) -> StageCost:
    seconds = [job.duration for job in jobs if job.duration is not None]
    peaks = [job.peak_mb for job in jobs if job.peak_mb is not None]
    measured = [(job.pixels, job.duration) for job in jobs if job.status == "finished"]
    known = [(pixels, time) for pixels, time in measured if pixels is not None and time is not None]
    time = sum(time for _, time in known)
    cpu = [job.cpu_seconds for job in jobs if job.cpu_seconds is not None]
    return StageCost(
        stage=stage,
        jobs=len(jobs),
        failed=sum(job.status == "failed" for job in jobs),
        unfinished=sum(job.status == "started" for job in jobs),
        seconds=sum(seconds),
        median_seconds=median(seconds) if seconds else None,
        max_seconds=max(seconds, default=None),
        cpu_seconds=sum(cpu) if cpu else None,
        peak_mb=max(peaks, default=None),
        core_hours=_core_hours(jobs),
        megapixels_per_second=sum(pixels for pixels, _ in known) / MEGAPIXEL / time
        if time > 0
        else None,
        hosts=len({job.host for job in jobs if job.host is not None}),
    )


def sum_up_run(jobs: Sequence[Job]) -> RunCost:
    """The run as one: its wall time, how much of it was idle, and what orchestration cost."""
    spans = [
        (job.started.timestamp(), job.started.timestamp() + job.seconds, job.threads)
        for job in jobs
        if job.started is not None and job.seconds is not None
    ]
    first = min((start for start, _, _ in spans), default=0.0)
    last = max((stop for _, stop, _ in spans), default=0.0)
    busy, most = _overlay(spans)
    wall = last - first
    used = sum((stop - start) * threads for start, stop, threads in spans)
    both = [(job.whole_seconds, job.seconds) for job in jobs if job.seconds is not None]
    extra = [max(0.0, whole - seconds) for whole, seconds in both if whole is not None]
    zone = next((job.started.tzinfo for job in jobs if job.started is not None), None)
    return RunCost(
        started=datetime.fromtimestamp(first, zone) if spans else None,
        ended=datetime.fromtimestamp(last, zone) if spans else None,
        wall_seconds=wall,
        idle_seconds=max(0.0, wall - busy),
        work_seconds=sum(stop - start for start, stop, _ in spans),
        starting_seconds=sum(extra) if extra else None,
        most_threads=most,
        core_hours=_core_hours(jobs),
        orchestration=1 - used / (most * wall) if most * wall > 0 else None,
    )


def _core_hours(jobs: Iterable[Job]) -> float:
    return sum(job.duration * job.threads for job in jobs if job.duration is not None) / HOUR


def _overlay(spans: Iterable[tuple[float, float, int]]) -> tuple[float, int]:
    """Seconds in which at least one span is open, and the most threads that are open at once."""
    # ends before starts of the same moment: one job after another is no overlap
    events = sorted(
        [(start, 1, n) for start, _, n in spans] + [(stop, 0, -n) for _, stop, n in spans]
    )
    busy, most, threads, since = 0.0, 0, 0, 0.0
    for time, _, change in events:
        busy += time - since if threads > 0 else 0.0
        threads, since = threads + change, time
        most = max(most, threads)
    return busy, most
