"""A job of a quiet run writes to its log and its note, and nothing to the terminal."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from rs_seg.cli.quiet import QUIET, NoteWriter
from rs_seg.io.job_notes import MOST_REMARKS, note_path, read_note
from rs_seg.progress import ANNOUNCED, Step

PROGRAM = """
import logging, os, sys
from pathlib import Path
from rs_seg.cli.quiet import speak_through_files
from rs_seg.cli.starting import start
from rs_seg.progress import ANNOUNCED
log = Path(sys.argv[1])
start(log=log if sys.argv[2] == "first" else None, threads=1)
speak_through_files(log, first=sys.argv[2] == "first")
logger = logging.getLogger("rs_seg")
logger.info("plain")
logger.log(ANNOUNCED, "announced")
logger.warning("warned")
logger.error("error: failed")
print("printed")
os.write(2, b"of a library in C\\n")
"""


def run(log: Path, *, which: str = "first", quiet: bool) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != QUIET}
    environment |= {QUIET: "1"} if quiet else {}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(log), which],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )


def test_all_that_a_job_says_is_in_its_log_and_once(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "job.log"
    ended = run(log, quiet=True)
    assert ended.stdout + ended.stderr == ""
    lines = [line[9:] if line[2:3] == ":" else line for line in log.read_text().splitlines()]
    said = ["plain", "announced", "warned", "error: failed", "printed", "of a library in C"]
    assert sorted(lines) == sorted(said)


def test_the_note_has_warnings_and_announcements_and_no_errors(tmp_path: Path) -> None:
    run(tmp_path / "job.log", quiet=True)
    remarks = read_note(note_path(tmp_path / "job.log")).remarks
    assert [(remark.kind, remark.text) for remark in remarks] == [
        ("notice", "announced"),
        ("warning", "warned"),
    ]


def test_other_processes_of_a_job_add_to_its_log_and_write_no_note(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    log.write_text("of the first\n")
    ended = run(log, which="other", quiet=True)
    assert ended.stdout + ended.stderr == ""
    assert log.read_text().startswith("of the first\n")
    assert "of a library in C" in log.read_text()
    assert not note_path(log).exists()


def test_without_a_quiet_run_a_job_speaks_to_the_terminal(tmp_path: Path) -> None:
    ended = run(tmp_path / "job.log", quiet=False)
    assert "plain" in ended.stderr
    assert "printed" in ended.stdout
    assert not note_path(tmp_path / "job.log").exists()


def test_a_step_at_its_end_leaves_no_full_bar(tmp_path: Path) -> None:
    note = NoteWriter(tmp_path / "job.note")
    note.tell_progress(Step(0.5, "tiles: 1 of 2", 3.0))
    assert read_note(tmp_path / "job.note").share == 0.5
    note.tell_progress(Step(1.0, "tiles: 2 of 2", 0.0))
    assert read_note(tmp_path / "job.note").share is None


def test_a_note_of_thousands_of_warnings_stays_small(tmp_path: Path) -> None:
    note = NoteWriter(tmp_path / "job.note")
    for number in range(1000):
        note.handle(logging.LogRecord("", logging.WARNING, "", 0, str(number), None, None))
    assert len(read_note(tmp_path / "job.note").remarks) == MOST_REMARKS


def test_an_announcement_lies_between_information_and_a_warning() -> None:
    assert logging.INFO < ANNOUNCED < logging.WARNING
