"""Blocks refined side by side, and handed back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def compute_in_order(
    function: Callable[[Job], Result], jobs: Iterable[Job], *, workers: int, processes: bool
) -> Iterator[tuple[Job, Result]]:
    """Each job with its result, in the order of the jobs, whatever the number of workers.

    Jobs are drawn by the thread that asks for results, at most one more ahead of it than there are
    workers: they may come from an open file, and few are held in memory. With `processes`, function
    and jobs must be picklable.
    """
    if workers <= 1:
        for job in jobs:
            yield job, function(job)
        return
    pool = _open_pool(workers, processes=processes)
    try:
        waiting: deque[tuple[Job, Future[Result]]] = deque()
        for job in jobs:
            waiting.append((job, pool.submit(function, job)))
            if len(waiting) > workers:
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _open_pool(workers: int, *, processes: bool) -> Executor:
    if processes:
        # not forked: GDAL and numerical libraries have threads, which a fork would leave half alive
        return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    return ThreadPoolExecutor(workers, thread_name_prefix="refine")
