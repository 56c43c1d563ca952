"""Notes of jobs are small files that nothing depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.io.job_notes import JobNote, Remark, note_path, read_note, remove_note, write_note


def test_a_note_is_read_as_it_was_written_and_leaves_nothing_else(tmp_path: Path) -> None:
    note = JobNote(share=0.5, doing="tiles: 1 of 2", remarks=(Remark(kind="notice", text="ä"),))
    path = note_path(tmp_path / "a job.log")
    write_note(note, path)
    assert read_note(path) == note
    assert [file.name for file in tmp_path.iterdir()] == ["a job.note"]
    remove_note(path)
    remove_note(path)
    assert read_note(path) == JobNote()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"share": "much"}', b"[]"])
def test_junk_counts_as_no_note(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.note").write_bytes(content)
    assert read_note(tmp_path / "x.note") == JobNote()


def test_a_note_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    write_note(JobNote(), tmp_path / "missing" / "x.note")
