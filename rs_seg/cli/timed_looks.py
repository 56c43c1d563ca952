"""Looks at scenes in processes of their own, which are stopped where a file takes them too long."""

from __future__ import annotations

import ctypes
import logging
import signal
import time
import traceback
from logging.handlers import QueueHandler
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Generic, TypeVar

from rs_seg.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess

Task = TypeVar("Task")
Result = TypeVar("Result")

LOGGER = "rs_seg"
DEATH_SIGNAL = 1
"""Number of the option PR_SET_PDEATHSIG in Linux's prctl.h."""


class TimedWorker(Generic[Task, Result]):
    """A process that does tasks in turn, and is started anew where one does not end in time.

    GDAL cannot be interrupted within a call, so nothing but the end of a process stops it. What
    the process logs is logged by the one that asks. Use it in one thread at a time, and close it.
    """

    def __init__(self, work: Callable[[Task], Result], *, limit: float) -> None:
        self._work = work
        self._limit = limit
        self._running: tuple[SpawnProcess, Connection] | None = None

    def do(self, task: Task, *, where: str) -> Result:
        """The result of a task.

        Raises:
            UserError: it took longer than `limit` seconds, its process ended (of too little memory,
                or a crash), or the work raised it.
        """
        end = time.monotonic() + self._limit
        pipe = self._start()
        pipe.send(task)
        found = f"no end after {self._limit:g} seconds"
        try:
            while pipe.poll(max(0.0, end - time.monotonic())):
                answer = pipe.recv()
                if not isinstance(answer, logging.LogRecord):
                    result, fault = answer
                    _raise_fault(fault)
                    return result  # type: ignore[no-any-return]  # what the work gave
                logging.getLogger(LOGGER).handle(answer)
        except (EOFError, ConnectionResetError):
            found = "the process that read them died: too little memory, or a crash of a library"
        self.close()
        raise UserError(
            "files of the scene cannot be looked at",
            where=where,
            found=found,
            expected="headers, labels and overviews that are read in seconds",
            remedy="convert its files (gdal_translate, ogr2ogr) where that ends in time, make "
            "overviews of large rasters (gdaladdo), raise look_seconds, or leave out the scene",
        )

    def close(self) -> None:
        """End the process."""
        if self._running is not None:
            process, pipe = self._running
            self._running = None
            process.kill()
            process.join()
            pipe.close()

    def _start(self) -> Connection:
        """The pipe to the process, which is started if there is none."""
        if self._running is None:
            # not forked: libraries have threads, which a copy of a process lacks
            context = get_context("spawn")
            pipe, other = context.Pipe()
            level = logging.getLogger(LOGGER).getEffectiveLevel()
            process = context.Process(target=_serve, args=(other, self._work, level), daemon=True)
            process.start()
            other.close()
            self._running = process, pipe
        return self._running[1]


def _raise_fault(fault: UserError | str | None) -> None:
    if isinstance(fault, UserError):
        raise fault
    if fault is not None:
        raise RuntimeError(f"a process that looks at scenes failed:\n{fault}")


class _Sender(QueueHandler):
    """Sends records as they are logged; their arguments go as text."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__(None)  # type: ignore[arg-type]  # the pipe takes its place
        self._pipe = pipe

    def enqueue(self, record: logging.LogRecord) -> None:
        """Send a record to the process that asks."""
        self._pipe.send(record)


def _serve(pipe: Connection, work: Callable[[Task], Result], level: int) -> None:
    _end_with_parent()
    logger = logging.getLogger(LOGGER)
    logger.handlers, logger.propagate = [_Sender(pipe)], False
    logger.setLevel(level)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        answer: tuple[Result | None, UserError | str | None]
        try:
            answer = (work(task), None)
        except UserError as error:
            answer = (None, error)
        except Exception:  # noqa: BLE001  # told by the process that asked
            answer = (None, traceback.format_exc())
        pipe.send(answer)


def _end_with_parent() -> None:
    """Let Linux kill this process with the one that asks: the call of a library may never end."""
    library = ctypes.CDLL(None)
    if hasattr(library, "prctl"):
        library.prctl(DEATH_SIGNAL, signal.SIGKILL)
