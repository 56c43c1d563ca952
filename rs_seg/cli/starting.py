"""What a command begins with: threads, messages, and the tie to the driver of its run."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from rs_seg.cli.driver import end_with_driver
from rs_seg.cli.log_file import LogFile
from rs_seg.cli.quiet import is_quiet
from rs_seg.cli.writing import telling_unwritable
from rs_seg.progress import ANNOUNCED
from rs_seg.values.foreign_data import drop_foreign_data
from rs_seg.values.machine import limit_threads, place_caches

logger = logging.getLogger("rs_seg")
MOST_LINES = 30
"""Faults that are shown at once, and warnings; a log has all faults."""


def start(*, log: Path | None, threads: int | None) -> None:
    """Limit the threads, and write messages to the terminal and to the log."""
    if threads is not None:
        limit_threads(threads)
    terminal = logging.StreamHandler(sys.stderr)
    if is_quiet():
        terminal.setLevel(ANNOUNCED)
    handlers: list[logging.Handler] = [terminal]
    if log is not None:
        with telling_unwritable(log):
            handlers.append(LogFile(log))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    if is_quiet():
        terminal.setFormatter(logging.Formatter("%(message)s"))
    logger.handlers = handlers
    logger.setLevel(logging.INFO)
    logger.propagate = False
    end_with_driver()
    moved = place_caches()
    for line in [*drop_foreign_data(), *([moved] if moved else [])]:
        logger.info(line)
