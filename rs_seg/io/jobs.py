"""The jobs of a run: their records and benchmarks on disk, and the tables made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rs_seg.errors import UserError
from rs_seg.io.raster import open_raster
from rs_seg.io.records import read_record
from rs_seg.values.job import WILDCARDS, Job
from rs_seg.values.texts import write_csv, write_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

COLUMNS = (
    *(
        "stage",
        "scene",
        "network",
        "refinement",
        "shard",
        "fold",
        "status",
        "host",
        "job",
        "started",
    ),
    *(
        "seconds",
        "whole_seconds",
        "cpu_seconds",
        "peak_mb",
        "threads",
        "version",
        "revision",
        "log",
    ),
)
"""Columns of the table of jobs."""
READERS = 16
"""Files read at once: on a network file system each waits for its server."""


def read_jobs(results: Path) -> dict[str, Job]:
    """Every job that left a record or a benchmark, by the place of its log below `logs/`.

    The place has no suffix. A benchmark of a job whose record does not say "finished" is of an
    earlier run, and left out.
    """
    records, benchmarks = _list(results / "logs", ".json"), _list(results / "benchmarks", ".jsonl")
    places = sorted(records.keys() | benchmarks.keys())
    with ThreadPoolExecutor(READERS) as pool:
        read = partial(_read_job, records, benchmarks)
        return {
            place: job
            for place, job in zip(places, pool.map(read, places), strict=True)
            if job is not None
        }


def _list(folder: Path, suffix: str) -> dict[str, Path]:
    """Files of a suffix below a folder, by their place without it."""
    paths = (
        Path(base, name)
        for base, _, names in os.walk(folder)
        for name in names
        if name.endswith(suffix)
    )
    visible = (path for path in paths if not path.name.startswith("."))
    return {path.relative_to(folder).as_posix().removesuffix(suffix): path for path in visible}


def _read_job(records: dict[str, Path], benchmarks: dict[str, Path], place: str) -> Job | None:
    stage, *names = place.split("/")
    branches = dict(zip(WILDCARDS.get(stage, ()), names, strict=False))
    if "fold" in branches:
        branches["fold"] = branches["fold"].removeprefix("fold")
    record = read_record(records[place]) if place in records else None
    if record is None:
        return (
            _with_benchmark(Job(stage, branches), benchmarks[place])
            if place in benchmarks
            else None
        )
    job = Job(
        record.stage,
        {**branches, **record.branches},
        status=record.status,
        host=record.host,
        cluster_job=record.job,
        threads=record.threads,
        version=record.version,
        revision=record.revision,
        started=record.started,
        seconds=record.seconds,
        peak_mb=record.peak_mb,
    )
    finished = record.status == "finished" and place in benchmarks
    return _with_benchmark(job, benchmarks[place]) if finished else job


def _with_benchmark(job: Job, path: Path) -> Job:
    """The job with what Snakemake measured; the last line where a benchmark was repeated.

    Snakemake looks at all processes of a job together, but only every 30 seconds once it runs for
    long: the peak is the larger one of its figure and that of the record.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
        seconds, cpu, peak = (_number(values.get(key)) for key in ("s", "cpu_time", "max_rss"))
    except (OSError, ValueError, IndexError, AttributeError):
        return job
    known = [figure for figure in (peak, job.peak_mb) if figure is not None]
    highest = max(known, default=None)
    return replace(job, whole_seconds=seconds, cpu_seconds=cpu, peak_mb=highest)


def _number(value: Any) -> float | None:
    """A figure; Snakemake writes text or null where a job was too short to be measured."""
    return float(value) if isinstance(value, (int, float)) else None


def with_pixels(jobs: Iterable[Job], results: Path) -> list[Job]:
    """The jobs with the pixels of their scenes, of those whose image is there."""
    given = list(jobs)
    scenes = sorted({job.branches["scene"] for job in given if "scene" in job.branches})
    with ThreadPoolExecutor(READERS) as pool:
        counts = pool.map(
            _count_pixels, (results / "scenes" / scene / "image.tif" for scene in scenes)
        )
        pixels = dict(zip(scenes, counts, strict=True))
    return [replace(job, pixels=pixels.get(job.branches.get("scene", ""))) for job in given]


def _count_pixels(path: Path) -> int | None:
    if not path.exists():
        return None
    try:
        with open_raster(path) as dataset:
            return int(dataset.height * dataset.width)
    except UserError:
        return None


def write_jobs(path: Path, jobs: dict[str, Job]) -> None:
    """The table of jobs, one row each, in the order of the places of their logs."""
    rows = ([_text(value) for value in _row(place, job)] for place, job in jobs.items())
    write_csv(path, COLUMNS, rows)


def _row(place: str, job: Job) -> list[Any]:
    values = {**vars(job), **job.branches, "job": job.cluster_job, "log": f"logs/{place}.log"}
    return [values.get(column) for column in COLUMNS]


def write_costs(path: Path, stages: Sequence[DataclassInstance]) -> None:
    """A table of figures, one row per stage."""
    columns = [column.name for column in fields(stages[0])] if stages else []
    write_csv(path, columns, ([_text(value) for value in vars(stage).values()] for stage in stages))


def write_summary(path: Path, run: DataclassInstance, stages: Sequence[DataclassInstance]) -> None:
    """The same figures as JSON, and those of the whole run."""
    content = {"run": _plain(asdict(run)), "stages": [_plain(asdict(stage)) for stage in stages]}
    write_text(path, json.dumps(content, indent=2) + "\n")


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else _rounded(value)
        for key, value in values.items()
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(_rounded(value))


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
