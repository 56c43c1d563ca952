"""Blocks refined side by side, by threads or by processes, come back in order."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from rs_seg.refining.workers import compute_in_order

COUNT = 20


def with_process(number: int) -> tuple[int, int]:
    """The square, and the process that made it."""
    return number**2, os.getpid()


def draw(drawn: list[int]) -> Iterator[int]:
    """Numbers, each of them noted when it is drawn."""
    for number in range(COUNT):
        drawn.append(number)
        yield number


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs_and_few_jobs_are_drawn_ahead(workers: int) -> None:
    drawn: list[int] = []
    for number, (square, process) in compute_in_order(
        with_process, draw(drawn), count=COUNT, workers=workers, processes=False
    ):
        assert (square, process) == (number**2, os.getpid())
        assert len(drawn) <= number + workers + 1
    assert drawn == list(range(COUNT))


def test_with_processes_this_one_works_too_and_the_order_stays() -> None:
    drawn: list[int] = []
    workers, makers = 2, set()
    for at, (number, (square, process)) in enumerate(
        compute_in_order(with_process, draw(drawn), count=COUNT, workers=workers, processes=True)
    ):
        assert (number, square) == (at, at**2)
        assert len(drawn) <= number + 2 * workers
        makers.add(process)
    assert drawn == list(range(COUNT))
    assert len(makers) == 2
    assert os.getpid() in makers


@pytest.mark.parametrize("processes", [False, True])
def test_a_fault_of_a_block_ends_the_work(processes: bool) -> None:
    with pytest.raises(ZeroDivisionError):
        list(compute_in_order(one_over, [1, 1, 0, 1], count=4, workers=2, processes=processes))


def one_over(number: int) -> float:
    """The quotient, which zero has none of."""
    return 1 / number


def test_one_job_is_done_here() -> None:
    ((_, (_, process)),) = compute_in_order(with_process, [3], count=1, workers=4, processes=True)
    assert process == os.getpid()
