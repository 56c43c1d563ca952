from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg import __version__
from rs_seg.cli.recording import recorded
from rs_seg.cli.signature import signature_of
from rs_seg.errors import UserError
from rs_seg.io.records import JobRecord, read_record


def record_of(error: BaseException | None, folder: Path) -> JobRecord | None:
    """What is recorded of a job that ends with this error."""
    if error is None:
        with recorded("refine", branches={"refinement": "crf"}, log=folder / "job.log"):
            pass
    else:
        with pytest.raises(type(error)), recorded("refine", branches={}, log=folder / "job.log"):
            raise error
    return read_record(folder / "job.json")


def test_a_job_that_runs_is_started(tmp_path: Path) -> None:
    with recorded("refine", branches={}, log=tmp_path / "job.log"):
        record = read_record(tmp_path / "job.json")
    assert record is not None
    assert (record.status, record.reason) == ("started", None)
    assert (record.seconds, record.peak_mb) == (None, None)


def test_a_finished_job_says_where_and_how_long_it_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    record = record_of(None, tmp_path)
    assert record is not None
    assert (record.status, record.reason, record.job) == ("finished", None, "4711")
    assert (record.stage, record.branches) == ("refine", {"refinement": "crf"})
    assert (record.version, record.revision) == (__version__, signature_of("refine").revision)
    assert record.seconds is not None
    assert record.peak_mb is not None
    assert record.peak_mb > 10
    assert record.host


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UserError("bands differ", where="a.tif", found=3), "a.tif: bands differ. Found: 3."),
        (ValueError("first line\nlast line\n"), "ValueError: last line"),
        (MemoryError(), "MemoryError"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(3), "ended with exit code 3"),
    ],
)
def test_a_failed_job_says_why(error: BaseException, reason: str, tmp_path: Path) -> None:
    record = record_of(error, tmp_path)
    assert record is not None
    assert (record.status, record.reason) == ("failed", reason)


def test_without_a_log_nothing_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with recorded("refine", branches={}, log=None):
        pass
    assert list(tmp_path.iterdir()) == []
