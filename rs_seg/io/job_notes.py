"""What a job at work says to the terminal of its run: how far it is, and warnings.

A small file beside its log, so that it is the same on this machine and on a cluster. Nothing
depends on it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

MOST_REMARKS = 30
"""Remarks of one job; a log has all of them."""


class Remark(BaseModel):
    """Something that people should read while the run goes on."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["warning", "notice"]
    text: str


class JobNote(BaseModel):
    """How far a job is, and what it has said so far."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    share: float | None = None
    """Of the step that it is at, from 0 to 1."""
    doing: str = ""
    """That step and what is done of it, in words."""
    seconds_left: float | None = None
    """Until the end of that step; other steps may follow."""
    remarks: tuple[Remark, ...] = ()


def note_path(log: Path) -> Path:
    """Where the note of the job with this log lies: X.note beside X.log."""
    return log.with_suffix(".note") if log.suffix == ".log" else log.with_name(f"{log.name}.note")


def write_note(note: JobNote, path: Path) -> None:
    """Put a note in its place, whole; where it cannot be written, work goes on without it."""
    unfinished = path.with_name(f"{path.name}.tmp")
    with contextlib.suppress(OSError):  # not synced: it is worth nothing after a power cut
        unfinished.write_text(note.model_dump_json() + "\n", encoding="utf-8")
        unfinished.replace(path)


def remove_note(path: Path) -> None:
    """Take away a note that is read, or that an earlier job has left."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def read_note(path: Path) -> JobNote:
    """The note in a file; an empty one where there is none that can be read."""
    try:
        return JobNote.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError):
        return JobNote()
