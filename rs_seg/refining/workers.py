"""Blocks refined side by side, and handed back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Pool = TypeVar("Pool", bound=Executor)


def compute_in_order(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    count: int,
    workers: int,
    processes: bool,
) -> Iterator[tuple[Job, Result]]:
    """Each of `count` jobs with its result, in their order, whatever the number of workers.

    Jobs are drawn by the thread that asks for results, at most one more ahead of it than there are
    workers: they may come from an open file, and few are held in memory. With `processes`, function
    and jobs must be picklable, up to twice as many jobs are drawn ahead, and this thread is one of
    the workers: each process takes a second to load what it works with.
    """
    workers = min(workers, count)
    if workers <= 1:
        for job in jobs:
            yield job, function(job)
        return
    if processes:
        yield from _compute_beside_processes(function, jobs, count=count, helpers=workers - 1)
        return
    with _cancelling(ThreadPoolExecutor(workers, thread_name_prefix="refine")) as pool:
        waiting: deque[tuple[Job, Future[Result]]] = deque()
        for job in jobs:
            waiting.append((job, pool.submit(function, job)))
            if len(waiting) > workers:
                yield _take_first(waiting)
        while waiting:
            yield _take_first(waiting)


def _compute_beside_processes(
    function: Callable[[Job], Result], jobs: Iterable[Job], *, count: int, helpers: int
) -> Iterator[tuple[Job, Result]]:
    """The same by this thread and so many processes."""
    # not forked: GDAL and numerical libraries have threads, which a fork would leave half alive
    with _cancelling(ProcessPoolExecutor(helpers, mp_context=get_context("spawn"))) as pool:
        for _ in range(helpers):
            pool.submit(_load, function)  # while the first job is read
        waiting: deque[tuple[Job, Future[Result]]] = deque()
        for number, job in enumerate(jobs, start=1):
            # Each process has one at work, and one to go on with while this thread works and hands
            # out nothing. The last jobs wait for nobody.
            ahead = helpers + min(helpers, count - number)
            if sum(not future.done() for _, future in waiting) < ahead:
                waiting.append((job, pool.submit(function, job)))
            else:
                waiting.append((job, _done(function(job))))
            while waiting and (waiting[0][1].done() or len(waiting) > 2 * helpers + 1):
                yield _take_first(waiting)
        while waiting:
            yield _take_first(waiting)


def _take_first(waiting: deque[tuple[Job, Future[Result]]]) -> tuple[Job, Result]:
    job, future = waiting.popleft()
    return job, future.result()


@contextmanager
def _cancelling(pool: Pool) -> Iterator[Pool]:
    """The pool until the end of the block, which waits for what is at work and nothing else."""
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _done(result: Result) -> Future[Result]:
    future: Future[Result] = Future()
    future.set_result(result)
    return future


def _load(function: Callable[[Job], Result]) -> None:
    """Do nothing: to get the function, a process has loaded its modules."""
