from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rs_seg.algorithms.reporting.costs import sum_up_run, sum_up_stages
from rs_seg.values.job import Job

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(stage: str, start: float, seconds: float | None, **changes: object) -> Job:
    values = {
        "started": NOON + timedelta(seconds=start),
        "seconds": seconds,
        "host": "n1",
        **changes,
    }
    return Job(stage, **values)  # type: ignore[arg-type]


def test_stages_come_in_the_order_of_the_chain_with_the_sums_of_their_jobs() -> None:
    jobs = [
        job(
            "refine",
            0,
            4,
            threads=2,
            peak_mb=100.0,
            whole_seconds=6,
            cpu_seconds=9.5,
            pixels=3_000_000,
        ),
        job(
            "refine",
            0,
            1,
            threads=2,
            peak_mb=250.0,
            whole_seconds=2,
            cpu_seconds=3.0,
            pixels=1_000_000,
            host="n2",
        ),
        job("refine", 0, 1, threads=2, status="failed", pixels=9_000_000),
        job("refine", 0, None, status="started"),
        job("align", 0, 1),
    ]
    align, refine = sum_up_stages(jobs, ["align", "refine"])
    assert (align.stage, align.megapixels_per_second) == ("align", None)
    assert (refine.jobs, refine.failed, refine.unfinished, refine.hosts) == (4, 1, 1, 2)
    assert (refine.seconds, refine.median_seconds, refine.max_seconds, refine.peak_mb) == (
        9,
        2,
        6,
        250,
    )
    assert (refine.cpu_seconds, align.cpu_seconds) == (12.5, None)
    assert refine.megapixels_per_second == pytest.approx(4 / 8)
    assert refine.core_hours == pytest.approx(18 / 3600)


def test_gaps_between_jobs_are_time_in_which_nothing_ran() -> None:
    run = sum_up_run(
        [job("align", 0, 10), job("align", 5, 10), job("refine", 20, 10), job("refine", 30, 5)]
    )
    assert (run.started, run.ended) == (NOON, NOON + timedelta(seconds=35))
    assert (run.wall_seconds, run.idle_seconds, run.work_seconds) == (35, 5, 35)


def test_orchestration_is_what_slots_did_not_work() -> None:
    """Two slots for ten seconds, of which fifteen thread seconds were work."""
    run = sum_up_run([job("align", 0, 10, whole_seconds=12), job("align", 2, 5, whole_seconds=6)])
    assert (run.most_threads, run.starting_seconds) == (2, 3)
    assert run.orchestration == pytest.approx(1 - 15 / 20)


def test_one_job_after_another_is_one_slot() -> None:
    run = sum_up_run([job("align", 0, 10, threads=4), job("align", 10, 10, threads=4)])
    assert (run.most_threads, run.orchestration) == (4, 0)


def test_without_records_the_time_of_a_run_is_not_known() -> None:
    run = sum_up_run([Job("align", whole_seconds=7200.0)])
    assert (run.started, run.orchestration, run.core_hours) == (None, None, 2)
