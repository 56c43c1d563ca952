"""Blocks refined side by side in threads, and handed back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def compute_in_order(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    count: int,
    workers: int,
) -> Iterator[tuple[Job, Result]]:
    """Each of `count` jobs with its result, in their order, whatever the number of workers.

    Jobs are drawn by the thread that asks for results, at most one more ahead of it than there are
    workers: they may come from an open file, and few are held in memory.
    """
    workers = min(workers, count)
    if workers <= 1:
        for job in jobs:
            yield job, function(job)
        return
    with _cancelling(ThreadPoolExecutor(workers, thread_name_prefix="refine")) as pool:
        waiting: deque[tuple[Job, Future[Result]]] = deque()
        for job in jobs:
            waiting.append((job, pool.submit(function, job)))
            if len(waiting) > workers:
                yield _take_first(waiting)
        while waiting:
            yield _take_first(waiting)


def _take_first(waiting: deque[tuple[Job, Future[Result]]]) -> tuple[Job, Result]:
    job, future = waiting.popleft()
    return job, future.result()


@contextmanager
def _cancelling(pool: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """The pool until the end of the block, which waits for what is at work and nothing else."""
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
