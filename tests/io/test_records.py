from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rs_seg.io.records import JobRecord, read_record, record_path

RECORD = JobRecord(
    stage="refine",
    branches={"scene": "town, ä"},
    status="failed",
    reason="two\nlines",
    host="node-1",
    job="17",
    threads=2,
    version="0.1.0",
    revision=3,
    started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    seconds=1.5,
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "town, ä.json"
    RECORD.write(path)
    assert read_record(path) == RECORD
    assert '"started":"2026-01-02T03:04:05Z"' in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_or_broken_record_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert read_record(path) is None
    path.write_text('{"stage": "ref', encoding="utf-8")
    assert read_record(path) is None


def test_a_record_lies_beside_its_log_and_never_on_it() -> None:
    assert record_path(Path("logs/a.b.log")) == Path("logs/a.b.json")
    assert record_path(Path("logs/a.json")) == Path("logs/a.json.json")
