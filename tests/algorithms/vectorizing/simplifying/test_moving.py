"""Corners that move keep all borders apart, wherever they want to go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.moving import is_move_clear
from rs_seg.algorithms.vectorizing.simplifying.segment_index import Corners, index_segments
from tests.algorithms.vectorizing.maps import trace_map
from tests.algorithms.vectorizing.simplifying.test_simplification import (
    any_rough_map,
    assert_nothing_touches,
    assert_sound,
)


def corners_of(arcs: Arcs) -> Corners:
    """The points of arcs, none of which moves; closed arcs stay where they begin."""
    count = len(arcs.points)
    following = np.arange(1, count + 1, dtype=np.int32)
    previous = np.arange(-1, count - 1, dtype=np.int32)
    following[arcs.offsets[1:] - 1] = -1
    previous[arcs.offsets[:-1]] = -1
    points = arcs.points.astype(np.float64)
    return Corners(points, previous, following, points.copy(), np.zeros(count, bool))


def move(corners: Corners) -> np.ndarray:
    """Whether each point has moved."""
    index, room = index_segments(corners), np.empty((3, 2))
    clear = np.zeros(len(corners.points), bool)
    for point in np.flatnonzero(corners.moving):
        clear[point] = is_move_clear(corners, index, int(point), room)
    corners.points[clear] = corners.targets[clear]
    return clear


def line(*points: tuple[float, float]) -> Arcs:
    return Arcs(np.array(points, float), np.array([0, len(points)]), np.array([[1, 2]], np.int32))


def lines(*arcs: Arcs) -> Arcs:
    counts = [len(arc.points) for arc in arcs]
    return Arcs(
        np.concatenate([arc.points for arc in arcs]),
        np.concatenate([[0], np.cumsum(counts)]),
        np.concatenate([arc.sides for arc in arcs]),
    )


def try_moves(arcs: Arcs, *moves: tuple[int, tuple[float, float]]) -> list[bool]:
    """Whether points of arcs, by number, may move to places."""
    corners = corners_of(arcs)
    for point, target in moves:
        corners.moving[point], corners.targets[point] = True, target
    clear = move(corners)
    return [bool(clear[point]) for point, _ in moves]


@settings(max_examples=150, deadline=None)
@given(any_rough_map(), st.integers(0, 10**6), st.sampled_from([0.5, 1.5, 6.0]))
def test_whatever_moves_the_map_stays_a_map(values: np.ndarray, seed: int, reach: float) -> None:
    arcs, regions = trace_map(values)
    assume(len(arcs))
    corners = corners_of(arcs)
    generator = np.random.default_rng(seed)
    place = np.arange(len(corners.points)) - np.repeat(arcs.offsets[:-1], np.diff(arcs.offsets))
    free = (corners.previous >= 0) & (corners.following >= 0)
    free &= ~np.repeat(arcs.outer, np.diff(arcs.offsets))
    for turn in range(4):
        steps = generator.integers(-4, 5, corners.targets.shape) / 4 * reach
        moving = free & (place % 2 == turn % 2)
        moved = corners._replace(targets=corners.points + steps, moving=moving)
        move(moved)
    changed = arcs.with_points(corners.points, arcs.offsets)
    assert_sound(arcs, changed, count=len(regions))
    assert_nothing_touches(changed)


def test_a_corner_moves_where_nothing_is_in_its_way() -> None:
    assert try_moves(line((0, 0), (4, 1), (8, 0)), (1, (4, -3))) == [True]


@pytest.mark.parametrize("place", [(3, 1), (4, 2), (2, 1)])
def test_a_corner_jumps_over_nothing(place: tuple[float, float]) -> None:
    """An end of another line lies between the old lines and the new ones, or on one of them."""
    arcs = lines(line((0, 0), (4, 0), (8, 0)), line(place, (4, 1)))
    assert try_moves(arcs, (1, (4, 2))) == [False]


def test_a_corner_stays_behind_a_line_that_has_no_end_near_it() -> None:
    arcs = lines(line((0, 0), (4, 0), (8, 0)), line((-50, 1), (50, 1)))
    assert try_moves(arcs, (1, (4, 2))) == [False]
    assert try_moves(arcs, (1, (4, 1))) == [False]
    assert try_moves(arcs, (1, (4, 0.75))) == [True]


def test_two_corners_that_would_meet_both_stay() -> None:
    arcs = lines(line((0, 0), (4, 0), (8, 0)), line((0, 3), (4, 3), (8, 3)))
    assert try_moves(arcs, (1, (4, 2)), (4, (4, 1))) == [False, False]
    assert try_moves(arcs, (1, (4, 1)), (4, (4, 2))) == [True, True]


def test_a_region_between_a_corner_and_a_line_is_not_turned_over() -> None:
    arcs = lines(line((0, 0), (4, 2), (8, 0)), line((0, 0), (8, 0)))
    assert try_moves(arcs, (1, (4, 1))) == [True]
    assert try_moves(arcs, (1, (4, 0))) == [False]
    assert try_moves(arcs, (1, (4, -1))) == [False]
