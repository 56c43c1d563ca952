"""Progress of long loops: a bar where a person watches, a line now and then where a log is written."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
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


@contextmanager
def track_count(total: int, *, description: str) -> Iterator[Callable[[float], None]]:
    """A function that is told how many more of `total` things are done; shows share, rate and time left on stderr."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as progress:
            task = progress.add_task(description, total=total)
            yield lambda count: progress.advance(task, count)
        return
    start = spoken = time.monotonic()
    done = 0.0

    def advance(count: float) -> None:
        nonlocal done, spoken
        done += count
        now = time.monotonic()
        if now - spoken >= SECONDS_BETWEEN_LINES:
            spoken = now
            left = (now - start) / done * (total - done)
            logger.info("%s: %.0f of %d, about %.0f s left", description, done, total, left)

    yield advance


@contextmanager
def track_pixels(total: int, *, description: str) -> Iterator[Callable[[float], None]]:
    """A function that is told how many more pixels are done; shows megapixels, their rate and the time left on stderr.

    The rate over the whole work is logged at its end.
    """
    start = time.monotonic()
    advance = _advance_bar if sys.stderr.isatty() else _advance_log
    with advance(total, description) as counted:
        yield counted
    seconds = time.monotonic() - start
    logger.info(
        "%s: %.1f MPix in %.1f s, %.2f MPix/s", description, total / 1e6, seconds, total / 1e6 / max(seconds, 1e-9)
    )


@contextmanager
def _advance_bar(total: int, description: str) -> Iterator[Callable[[float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    text = "{task.completed:.1f} of {task.total:.1f} MPix, {task.fields[rate]:.2f} MPix/s"
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn(text), TimeRemainingColumn())
    start = time.monotonic()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(description, total=total / 1e6, rate=0.0)

        def advance(pixels: float) -> None:
            done = progress.tasks[0].completed + pixels / 1e6
            progress.update(task, completed=done, rate=done / max(time.monotonic() - start, 1e-9))

        yield advance


@contextmanager
def _advance_log(total: int, description: str) -> Iterator[Callable[[float], None]]:
    start = spoken = time.monotonic()
    done = 0.0

    def advance(pixels: float) -> None:
        nonlocal done, spoken
        done += pixels
        now = time.monotonic()
        if now - spoken >= SECONDS_BETWEEN_LINES:
            spoken = now
            rate = done / (now - start)
            text = "%s: %.1f of %.1f MPix, %.2f MPix/s, about %.0f s left"
            logger.info(text, description, done / 1e6, total / 1e6, rate / 1e6, (total - done) / rate)

    yield advance
