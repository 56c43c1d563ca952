"""Looks at scenes in processes of their own, which are stopped where a file takes them too long."""

from __future__ import annotations

import traceback
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Generic, TypeVar

from rs_seg.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

Task = TypeVar("Task")
Result = TypeVar("Result")


class TimedWorker(Generic[Task, Result]):
    """A process that does one task after the other, and is started anew where one does not end in time.

    GDAL cannot be interrupted within a call, so nothing but the end of a process stops it. Use it in one thread at a
    time, and close it.
    """

    def __init__(self, work: Callable[[Task], Result], *, limit: float) -> None:
        self._work = work
        self._limit = limit
        self._start()

    def do(self, task: Task, *, where: str) -> Result:
        """The result of a task.

        Raises:
            UserError: it took longer than `limit` seconds, or its process ended (of too little memory, or a crash).
        """
        self._pipe.send(task)
        found = f"no end after {self._limit:g} seconds"
        if self._pipe.poll(self._limit):
            try:
                result, fault = self._pipe.recv()
            except EOFError:
                found = "the process that read them died: too little memory, or a crash of a library"
            else:
                if fault is not None:
                    raise RuntimeError(f"a process that looks at scenes failed:\n{fault}")
                return result  # type: ignore[no-any-return]  # what the work gave
        self.close()
        self._start()
        raise UserError(
            "files of the scene cannot be looked at",
            where=where,
            found=found,
            expected="headers and labels that are read in seconds",
            remedy="leave out the scene, or convert its files (gdal_translate, ogr2ogr) where that ends in time",
        )

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _start(self) -> None:
        context = get_context("spawn")  # not forked: libraries have threads, which a copy of a process lacks
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other, self._work), daemon=True)
        self._process.start()
        other.close()


def _serve(pipe: Connection, work: Callable[[Task], Result]) -> None:
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        answer: tuple[Result | None, str | None]
        try:
            answer = (work(task), None)
        except Exception:  # noqa: BLE001  # told by the process that asked
            answer = (None, traceback.format_exc())
        pipe.send(answer)
