"""The log of a command as a file, which a full disk may stop without stopping the command."""

from __future__ import annotations

import logging
import sys
from pathlib import Path


class LogFile(logging.FileHandler):
    """A log that says once, on standard error, that it cannot be written.

    Work is not lost for that.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        # Appended to: in a quiet run standard error is the same file, and neither may write over
        # the other.
        super().__init__(path, mode="a", encoding="utf-8")
        self._told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002  # logging's name and arguments
        """Say it instead of a traceback for every line."""
        if not self._told:
            self._told = True
            sys.stderr.write(
                f"the log {self.baseFilename} cannot be written: {sys.exc_info()[1]}\n"
            )
