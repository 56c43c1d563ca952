from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rs_seg.io.jobs import COLUMNS, read_jobs, with_pixels, write_jobs
from rs_seg.io.records import JobRecord
from rs_seg.values.job import Job

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def leave_record(results: Path, place: str, **changes: object) -> None:
    path = results / "logs" / f"{place}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    stage = place.partition("/")[0]
    values = {
        "stage": stage,
        "branches": {},
        "status": "finished",
        "host": "n1",
        "job": "7",
        "threads": 2,
    }
    values |= {"version": "1.0", "revision": 3, "started": NOON, "seconds": 10.0}
    JobRecord.model_validate({**values, **changes}).write(path)


def leave_benchmark(results: Path, place: str, **values: object) -> None:
    path = results / "benchmarks" / f"{place}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"s": 12.5, "max_rss": 300.0, "cpu_time": 20.0, **values}) + "\n",
        encoding="utf-8",
    )


def test_the_place_of_a_log_tells_what_the_command_was_not_given(tmp_path: Path) -> None:
    leave_record(tmp_path, "refine/town, two.b/unet/crf", branches={"refinement": "crf"})
    leave_record(tmp_path, "split/fold2")
    leave_record(tmp_path, "report")
    jobs = read_jobs(tmp_path)
    assert jobs["refine/town, two.b/unet/crf"].branches == {
        "scene": "town, two.b",
        "network": "unet",
        "refinement": "crf",
    }
    assert jobs["split/fold2"].branches == {"fold": "2"}
    assert jobs["report"].branches == {}


def test_a_job_has_the_figures_of_its_record_and_of_its_benchmark(tmp_path: Path) -> None:
    leave_record(tmp_path, "align/a")
    leave_benchmark(tmp_path, "align/a")
    job = read_jobs(tmp_path)["align/a"]
    assert (job.host, job.cluster_job, job.threads, job.seconds, job.started) == (
        "n1",
        "7",
        2,
        10.0,
        NOON,
    )
    assert (job.whole_seconds, job.cpu_seconds, job.peak_mb) == (12.5, 20.0, 300.0)


@pytest.mark.parametrize(
    ("recorded", "sampled", "peak"),
    [(400.0, 300.0, 400.0), (200.0, 300.0, 300.0), (200.0, "NA", 200.0), (None, 300.0, 300.0)],
)
def test_the_peak_is_the_larger_one_of_record_and_benchmark(
    tmp_path: Path, recorded: float | None, sampled: object, peak: float
) -> None:
    leave_record(tmp_path, "align/a", peak_mb=recorded)
    leave_benchmark(tmp_path, "align/a", max_rss=sampled)
    assert read_jobs(tmp_path)["align/a"].peak_mb == peak


@pytest.mark.parametrize("status", ["started", "failed"])
def test_the_benchmark_of_an_earlier_run_is_not_that_of_a_job_that_did_not_finish(
    tmp_path: Path, status: str
) -> None:
    leave_record(tmp_path, "align/a", status=status)
    leave_benchmark(tmp_path, "align/a")
    job = read_jobs(tmp_path)["align/a"]
    assert (job.status, job.whole_seconds, job.peak_mb) == (status, None, None)


def test_a_benchmark_without_a_record_is_a_job_and_what_was_not_measured_is_not_known(
    tmp_path: Path,
) -> None:
    leave_benchmark(tmp_path, "align/a", max_rss="NA", cpu_time=None)
    job = read_jobs(tmp_path)["align/a"]
    assert (job.stage, job.host, job.whole_seconds, job.peak_mb, job.cpu_seconds) == (
        "align",
        None,
        12.5,
        None,
        None,
    )


def test_files_that_cannot_be_read_are_no_jobs_and_spoil_no_other(tmp_path: Path) -> None:
    leave_record(tmp_path, "align/a")
    (tmp_path / "logs/align/b.json").write_text("{", encoding="utf-8")
    (tmp_path / "benchmarks/align").mkdir(parents=True)
    (tmp_path / "benchmarks/align/a.jsonl").write_bytes(b"")
    assert list(read_jobs(tmp_path)) == ["align/a"]


def test_scenes_without_an_image_have_no_pixels(tmp_path: Path) -> None:
    (job,) = with_pixels([Job("align", {"scene": "a"})], tmp_path)
    assert job.pixels is None


def test_the_table_has_a_row_per_job(tmp_path: Path) -> None:
    leave_record(tmp_path, "predict/town, two/unet")
    leave_benchmark(tmp_path, "predict/town, two/unet")
    write_jobs(tmp_path / "jobs.csv", read_jobs(tmp_path))
    with (tmp_path / "jobs.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert tuple(row) == COLUMNS
    expected = {
        "stage": "predict",
        "scene": "town, two",
        "network": "unet",
        "refinement": "",
        "job": "7",
    }
    assert {key: row[key] for key in expected} == expected
    assert (row["log"], row["started"]) == (
        "logs/predict/town, two/unet.log",
        "2026-01-01T12:00:00+00:00",
    )
    assert (row["seconds"], row["whole_seconds"], row["peak_mb"]) == ("10.0", "12.5", "300.0")
    assert (row["host"], row["version"], row["revision"]) == ("n1", "1.0", "3")
