"""Progress of long loops: a bar where a person watches, a line now and then where a log is written."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

logger = logging.getLogger(__name__)
Item = TypeVar("Item")

SECONDS_BETWEEN_LINES = 10.0


def track(items: Iterable[Item], *, total: int, description: str) -> Iterator[Item]:
    """The same items, with progress shown on stderr: share done, rate and time left."""
    if total <= 0 or not sys.stderr.isatty():
        yield from _log_sometimes(items, total=total, description=description)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield from progress.track(items, total=total, description=description)


def _log_sometimes(items: Iterable[Item], *, total: int, description: str) -> Iterator[Item]:
    start = spoken = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - spoken >= SECONDS_BETWEEN_LINES:
            spoken = now
            left = (now - start) / done * (total - done)
            logger.info("%s: %d of %d, about %.0f s left", description, done, total, left)
