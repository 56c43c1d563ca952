"""What a run has cost: time, memory, cores and orchestration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from rs_seg.algorithms.reporting.costs import RunCost, StageCost, sum_up_run, sum_up_stages
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import RunConfig
from rs_seg.errors import UserError
from rs_seg.io.jobs import read_jobs, with_pixels, write_costs, write_jobs, write_summary
from rs_seg.stages import STAGES

HEADINGS = (
    *("stage", "jobs", "failed", "unfinished", "seconds", "median", "longest"),
    *("CPU s", "peak MiB", "core hours", "MPix/s", "hosts"),
)


def sum_up(run: RunConfig, table: Path | None) -> None:
    """Write and print what a run has cost so far; see `rs-seg costs --help`.

    Raises:
        UserError: no job has left a trace.
    """
    results = Path(run.results)
    jobs = read_jobs(results)
    if not jobs:
        raise UserError(
            "no job has left a trace yet",
            where=results,
            expected="records in logs/ or benchmarks in benchmarks/",
            remedy="check `results` in the configuration, or start a run",
        )
    measured = with_pixels(jobs.values(), results)
    stages, whole = sum_up_stages(measured, STAGES), sum_up_run(measured)
    tables = results / "jobs.csv", table or results / "costs.csv", results / "costs.json"
    with telling_unwritable(*tables):
        write_jobs(tables[0], jobs)
        write_costs(tables[1], stages)
        write_summary(tables[2], whole, stages)
    _print(stages, whole)


def _print(stages: Sequence[StageCost], run: RunCost) -> None:
    rows = [HEADINGS, *(tuple(_short(value) for value in vars(stage).values()) for stage in stages)]
    first, *widths = (max(map(len, column)) for column in zip(*rows, strict=True))
    for name, *figures in rows:
        cells = (figure.rjust(width) for figure, width in zip(figures, widths, strict=True))
        typer.echo("  ".join([name.ljust(first), *cells]))
    typer.echo("\n".join(_tell(run)))


def _tell(run: RunCost) -> list[str]:
    """Sentences on the whole run."""
    if run.started is None or run.ended is None:
        return [
            (
                f"{_short(run.core_hours)} core hours; without records of jobs, no more is known "
                f"of the run"
            )
        ]
    share = (
        ""
        if run.orchestration is None
        else f"{run.orchestration:.0%} of {run.most_threads} threads x wall time"
    )
    starting = (
        "" if run.starting_seconds is None else f", {_short(run.starting_seconds)} s to start them"
    )
    return [
        f"from {run.started.isoformat()} to {run.ended.isoformat()}: {_short(run.wall_seconds)} s",
        f"of which nothing was at work for {_short(run.idle_seconds)} s",
        (
            f"{_short(run.core_hours)} core hours; {_short(run.work_seconds)} s of work in "
            f"jobs{starting}"
        ),
        f"no stage was at work in {share}",
    ]


def _short(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.{1 if value >= 10 else 2}f}" if isinstance(value, float) else str(value)
