"""Progress of long loops: a bar where a person watches, one line per tenth where a log is written."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

logger = logging.getLogger(__name__)
Item = TypeVar("Item")


def track(items: Iterable[Item], *, total: int, description: str) -> Iterator[Item]:
    """The same items, with progress shown on stderr: share done, rate and time left."""
    if total <= 0 or not sys.stderr.isatty():
        yield from _log_tenths(items, total=total, description=description)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield from progress.track(items, total=total, description=description)


def _log_tenths(items: Iterable[Item], *, total: int, description: str) -> Iterator[Item]:
    tenth = 0
    for done, item in enumerate(items, start=1):
        yield item
        reached = done * 10 // total if total > 0 else 10
        if reached > tenth:
            tenth = reached
            logger.info("%s: %d %% (%d of %d)", description, reached * 10, done, total)
