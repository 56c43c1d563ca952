"""Progress of long loops: a bar where a person watches, a line now and then where a log is written."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

logger = logging.getLogger(__name__)
Item = TypeVar("Item")

SECONDS_BETWEEN_LINES = 10.0


class _Clock:
    """Seconds of work: those in which functions are compiled, once on a machine, say nothing of what is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paused = 0.0
        self._since = 0.0
        self._depth = 0

    def __call__(self) -> float:
        with self._lock:
            return (self._since if self._depth else time.monotonic()) - self._paused

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Stop the clock; a pause inside a pause, or beside it, is part of it."""
        with self._lock:
            self._since = self._since if self._depth else time.monotonic()
            self._depth += 1
        try:
            yield
        finally:
            with self._lock:
                self._depth -= 1
                self._paused += 0.0 if self._depth else time.monotonic() - self._since


_working_seconds = _Clock()
not_counted = _working_seconds.pause
"""What is done inside does not count in any rate or time left."""


class _Pace:
    """How fast a loop goes on, and whether it is time for another line."""

    def __init__(self) -> None:
        self._start = _working_seconds()
        self._spoken = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds of work since the start."""
        return max(_working_seconds() - self._start, 1e-9)

    def is_line_due(self) -> bool:
        """Whether the last line is old enough; the next one is counted from now on."""
        now = time.monotonic()
        is_due = now - self._spoken >= SECONDS_BETWEEN_LINES
        if is_due:
            self._spoken = now
        return is_due

    def seconds_left(self, done: float, total: float) -> float:
        """Seconds of work that the rest will take at the pace until now."""
        return self.seconds / done * (total - done)


def track(items: Iterable[Item], *, total: int, description: str) -> Iterator[Item]:
    """The same items, with progress shown on stderr: share done, rate and time left."""
    if total <= 0 or not sys.stderr.isatty():
        yield from _log_sometimes(items, total=total, description=description)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), get_time=_working_seconds) as progress:
        yield from progress.track(items, total=total, description=description)


def _log_sometimes(items: Iterable[Item], *, total: int, description: str) -> Iterator[Item]:
    pace = _Pace()
    for done, item in enumerate(items, start=1):
        yield item
        if pace.is_line_due():
            left = pace.seconds_left(done, total)
            logger.info("%s: %d of %d, about %.0f s left", description, done, total, left)


@contextmanager
def track_count(total: int, *, description: str) -> Iterator[Callable[[float], None]]:
    """A function that is told how many more of `total` things are done; shows share, rate and time left on stderr."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), get_time=_working_seconds) as progress:
            task = progress.add_task(description, total=total)
            yield lambda count: progress.advance(task, count)
        return
    pace = _Pace()
    done = 0.0

    def advance(count: float) -> None:
        nonlocal done
        done += count
        if pace.is_line_due():
            left = pace.seconds_left(done, total)
            logger.info("%s: %.0f of %d, about %.0f s left", description, done, total, left)

    yield advance


@contextmanager
def track_pixels(total: int, *, description: str) -> Iterator[Callable[[float], None]]:
    """A function that is told how many more pixels are done; shows megapixels, their rate and the time left on stderr.

    The rate over the whole work is logged at its end.
    """
    pace = _Pace()
    advance = _advance_bar if sys.stderr.isatty() else _advance_log
    with advance(total, description) as counted:
        yield counted
    megapixels, seconds = total / 1e6, pace.seconds
    logger.info("%s: %.1f MPix in %.1f s, %.2f MPix/s", description, megapixels, seconds, megapixels / seconds)


@contextmanager
def _advance_bar(total: int, description: str) -> Iterator[Callable[[float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    text = "{task.completed:.1f} of {task.total:.1f} MPix, {task.fields[rate]:.2f} MPix/s"
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn(text), TimeRemainingColumn())
    pace = _Pace()
    with Progress(*columns, console=Console(stderr=True), get_time=_working_seconds) as progress:
        task = progress.add_task(description, total=total / 1e6, rate=0.0)

        def advance(pixels: float) -> None:
            done = progress.tasks[0].completed + pixels / 1e6
            progress.update(task, completed=done, rate=done / pace.seconds)

        yield advance


@contextmanager
def _advance_log(total: int, description: str) -> Iterator[Callable[[float], None]]:
    pace = _Pace()
    done = 0.0

    def advance(pixels: float) -> None:
        nonlocal done
        done += pixels
        if pace.is_line_due():
            rate, left = done / pace.seconds, pace.seconds_left(done, total)
            text = "%s: %.1f of %.1f MPix, %.2f MPix/s, about %.0f s left"
            logger.info(text, description, done / 1e6, total / 1e6, rate / 1e6, left)

    yield advance
