"""Jobs of a quiet run: they write to their log, and a note for the terminal of the driver."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path

from rs_seg.io.job_notes import MOST_REMARKS, JobNote, Remark, note_path, remove_note, write_note
from rs_seg.progress import ANNOUNCED, Step, watch_progress

logger = logging.getLogger("rs_seg")

QUIET = "RS_SEG_QUIET"
"""Environment variable: the terminal belongs to the driver of the run, which shows what jobs do."""
SECONDS_BETWEEN_NOTES = 0.5


def is_quiet() -> bool:
    """Whether this process was started by a run that keeps its terminal quiet."""
    return bool(os.environ.get(QUIET))


def speak_through_files(log: Path | None, *, first: bool = True) -> None:
    """Send all that this process and its libraries say to the log; in a quiet run only.

    The driver reads the note of the first process of a job, and its record. Without a log, all
    stays as it is.
    """
    if log is None or not is_quiet():
        return
    _redirect_output(log)
    logger.handlers = [handler for handler in logger.handlers if not _is_terminal(handler)]
    if first:
        note = NoteWriter(note_path(log))
        logger.addHandler(note)
        watch_progress(note.tell_progress)


def _is_terminal(handler: logging.Handler) -> bool:
    return type(handler) is logging.StreamHandler


def _redirect_output(log: Path) -> None:
    """Let standard output and standard error be the log, for libraries in C and children too."""
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    sys.stdout.flush()
    sys.stderr.flush()
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.close(descriptor)


class NoteWriter(logging.Handler):
    """Writes progress, announcements and warnings to the note; errors are told by the record."""

    def __init__(self, path: Path) -> None:
        super().__init__(ANNOUNCED)
        self._path, self._note, self._written = path, JobNote(), -SECONDS_BETWEEN_NOTES
        self._guard = threading.Lock()
        remove_note(path)

    def emit(self, record: logging.LogRecord) -> None:
        """One remark more, at once."""
        if record.levelno >= logging.ERROR:
            return
        kind = "warning" if record.levelno >= logging.WARNING else "notice"
        remark = Remark.model_validate({"kind": kind, "text": record.getMessage()})
        with self._guard:
            if len(self._note.remarks) < MOST_REMARKS:
                self._write(remarks=(*self._note.remarks, remark))

    def tell_progress(self, step: Step) -> None:
        """How far the work is, twice a second at most; nothing once the step has come to its end.

        Other steps may follow, so that a full bar would promise too much.
        """
        with self._guard:
            if step.share >= 1:
                if self._note.share is not None:
                    self._write(share=None, doing="", seconds_left=None)
            elif time.monotonic() - self._written >= SECONDS_BETWEEN_NOTES:
                left = step.seconds_left
                self._write(share=step.share, doing=step.doing, seconds_left=left)

    def _write(self, **values: object) -> None:
        self._note = self._note.model_copy(update=values)
        self._written = time.monotonic()
        write_note(self._note, self._path)
