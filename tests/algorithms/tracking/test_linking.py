"""Polygons linked over days by the rules of the baseline of SpaceNet 7."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from rs_seg.algorithms.tracking.linking import link_objects
from tests.algorithms.tracking.toy_tracks import square


def link(*days: list[Any], iou: float = 0.25) -> list[list[int]]:
    """Ids by day."""
    shapes = np.array([shape for day in days for shape in day], dtype=object)
    numbers = np.repeat(np.arange(len(days)), [len(day) for day in days])
    ids = link_objects(shapes, numbers, iou=iou)
    return [ids[numbers == number].tolist() for number in range(len(days))]


def test_a_house_keeps_its_id_and_a_new_one_gets_the_next() -> None:
    first, second = square(0), square(1)
    assert link([first], [second, first], [first, second]) == [[0], [1, 0], [0, 1]]


def test_a_track_goes_on_after_days_without_the_house() -> None:
    assert link([square(0), square(1)], [square(1)], [square(0)]) == [[0, 1], [1], [0]]


def test_houses_are_known_by_their_first_outline_so_that_tracks_do_not_creep() -> None:
    """Each day half a side further: the second day shares a third, the third day nothing."""
    steps = [shapely.box(5 * day, 0, 5 * day + 10, 10) for day in range(3)]
    assert link(*[[step] for step in steps]) == [[0], [0], [1]]


def test_the_limit_itself_is_enough() -> None:
    moved = shapely.box(6, 0, 16, 10)  # shares 40 of 160
    assert link([square(0)], [moved]) == [[0], [0]]
    assert link([square(0)], [moved], iou=0.26) == [[0], [1]]


def test_the_largest_chooses_first_and_each_house_is_taken_once() -> None:
    known = shapely.box(0, 0, 10, 10)
    small, large = shapely.box(0, 0, 10, 8), shapely.box(0, 0, 10, 14)
    assert link([known], [small, large]) == [[0], [1, 0]]


def test_of_several_houses_the_one_that_shares_most_is_taken() -> None:
    left, right = shapely.box(0, 0, 10, 10), shapely.box(11, 0, 21, 10)
    assert link([left, right], [shapely.box(4, 0, 19, 10)]) == [[0, 1], [1]]
    assert link([]) == [[]]
    assert link([], [left]) == [[], [0]]
