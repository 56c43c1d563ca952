"""Progress of long loops: a bar on a screen, a line now and then in a log."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TypeVar

logger = logging.getLogger(__name__)
Item = TypeVar("Item")
Advance = Callable[[float], None]

SECONDS_BETWEEN_LINES = 10.0
ANNOUNCED = logging.INFO + 5
"""Level of what a quiet terminal shows too: `logger.log(ANNOUNCED, ...)`."""


@dataclass(frozen=True)
class Step:
    """How far a loop is."""

    share: float
    """From 0 to 1."""
    doing: str
    """What it does, and what is done of it, in words."""
    seconds_left: float | None
    """At the pace until now; None where that is not known."""


_watchers: list[Callable[[Step], None]] = []


def watch_progress(watcher: Callable[[Step], None]) -> None:
    """Let `watcher` be told of the progress of all loops of this process, at each step."""
    _watchers.append(watcher)


def is_watched() -> bool:
    """Whether anybody is told of progress."""
    return bool(_watchers)


def tell_watchers(step: Step) -> None:
    """Tell all watchers how far a loop is."""
    for watcher in _watchers:
        watcher(step)


class _Clock:
    """Seconds of work, without those in which functions are compiled.

    Compiling happens once on a machine and says nothing of what is left.
    """

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
    """The same items, with progress shown on stderr: share done and time left."""
    with track_count(total, description=description) as advance:
        for item in items:
            yield item
            advance(1)


@contextmanager
def track_count(total: int, *, description: str) -> Iterator[Advance]:
    """A function that is told how many more of `total` things are done.

    It shows share and time left on stderr.
    """
    with _show(total, description, lambda done, _: f"{done:.0f} of {total}") as advance:
        yield advance


@contextmanager
def track_pixels(total: int, *, description: str) -> Iterator[Advance]:
    """A function that is told how many more pixels are done.

    It shows megapixels, their rate and the time left on stderr.

    The rate over the whole work is logged at its end.
    """
    pace, megapixels = _Pace(), total / 1e6

    def tell(done: float, rate: float) -> str:
        return f"{done / 1e6:.1f} of {megapixels:.1f} MPix, {rate / 1e6:.2f} MPix/s"

    with _show(total, description, tell) as advance:
        yield advance
    seconds = pace.seconds
    logger.info(
        "%s: %.1f MPix in %.1f s, %.2f MPix/s",
        description,
        megapixels,
        seconds,
        megapixels / seconds,
    )


@contextmanager
def _show(total: int, description: str, tell: Callable[[float, float], str]) -> Iterator[Advance]:
    """A function that shows what is done after each call.

    `tell` puts it, and its rate per second, into words.
    """
    pace, done = _Pace(), 0.0
    with ExitStack() as stack:
        bar = (
            stack.enter_context(_open_bar(total, description))
            if total > 0 and sys.stderr.isatty()
            else None
        )

        def advance(count: float) -> None:
            nonlocal done
            done += count
            if is_watched() and total > 0 and done > 0:
                doing = f"{description}: {tell(done, done / pace.seconds)}"
                left = pace.seconds_left(done, total)
                tell_watchers(Step(min(1.0, done / total), doing, left))
            if bar is not None:
                bar(done, tell(done, done / pace.seconds))
            elif pace.is_line_due():
                told, left = tell(done, done / pace.seconds), pace.seconds_left(done, total)
                logger.info("%s: %s, about %.0f s left", description, told, left)

        yield advance


@contextmanager
def _open_bar(total: int, description: str) -> Iterator[Callable[[float, str], None]]:
    from rich import console, progress  # here, because jobs write logs, and never need it

    words = [progress.TextColumn(f"{{task.{key}}}") for key in ("description", "fields[told]")]
    columns = (words[0], progress.BarColumn(), words[1], progress.TimeRemainingColumn())
    with progress.Progress(
        *columns, console=console.Console(stderr=True), get_time=_working_seconds
    ) as shown:
        task = shown.add_task(description, total=total, told="")
        yield lambda done, told: shown.update(task, completed=done, told=told)
