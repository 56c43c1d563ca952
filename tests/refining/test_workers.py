"""Blocks refined side by side, by threads, come back in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from rs_seg.refining.workers import compute_in_order

COUNT = 20


def with_thread(number: int) -> tuple[int, int]:
    """The square, and the thread that made it."""
    return number**2, threading.get_ident()


def draw(drawn: list[int]) -> Iterator[int]:
    """Numbers, each of them noted when it is drawn."""
    for number in range(COUNT):
        drawn.append(number)
        yield number


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs_and_few_jobs_are_drawn_ahead(workers: int) -> None:
    drawn: list[int] = []
    for number, (square, thread) in compute_in_order(
        with_thread, draw(drawn), count=COUNT, workers=workers
    ):
        assert square == number**2
        assert (thread == threading.get_ident()) == (workers == 1)
        assert len(drawn) <= number + workers + 1
    assert drawn == list(range(COUNT))


def test_as_many_blocks_are_at_work_at_once_as_there_are_workers() -> None:
    together = threading.Barrier(3, timeout=20)
    results = compute_in_order(lambda _: together.wait(), range(9), count=9, workers=3)
    assert sum(place == 0 for _, place in results) == 3


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_a_block_ends_the_work(workers: int) -> None:
    with pytest.raises(ZeroDivisionError):
        list(compute_in_order(one_over, [1, 1, 0, 1], count=4, workers=workers))


def one_over(number: int) -> float:
    """The quotient, which zero has none of."""
    return 1 / number


def test_one_job_is_done_here() -> None:
    ((_, (_, thread)),) = compute_in_order(with_thread, [3], count=1, workers=4)
    assert thread == threading.get_ident()
