"""The guard: what lies in a triangle, or between a chain and its line.

Against slow and plain oracles.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.between import is_clear, prepare_candidates
from rs_seg.algorithms.vectorizing.simplifying.guard import (
    FOREIGN,
    FREE,
    Borders,
    fewest_inner,
    find_blocker,
    orientation,
    touches_others,
)
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex, index_points

PLACES = st.integers(0, 12)


def index_of(*lines: list[list[int]] | np.ndarray) -> PointIndex:
    """The index of arcs, given by their points."""
    offsets = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    points = np.concatenate([np.asarray(line, dtype=np.float64).reshape(-1, 2) for line in lines])
    return index_points(Arcs(points, offsets, np.zeros((len(lines), 2), np.int32)), points)


@settings(deadline=None)
@given(arrays(np.float64, (3, 2), elements=st.floats(-1e4, 1e4)))
def test_sides_are_exact_or_0(points: np.ndarray) -> None:
    (ax, ay), (bx, by), (x, y) = [[Fraction(value) for value in point] for point in points.tolist()]
    exact = (ax - x) * (by - y) - (ay - y) * (bx - x)
    found = orientation(points[0], points[1], *points[2].tolist())
    assert found == 0 or found == (exact > 0) - (exact < 0)


@given(arrays(np.int32, (3, 2), elements=st.integers(0, 1 << 25)))
def test_sides_of_corners_of_pixels_are_exact(points: np.ndarray) -> None:
    (ax, ay), (bx, by), (x, y) = points.tolist()
    exact = (ax - x) * (by - y) - (ay - y) * (bx - x)
    found = orientation(points[0].astype(float), points[1].astype(float), float(x), float(y))
    assert found == (exact > 0) - (exact < 0)


@settings(max_examples=300, deadline=None)
@given(
    arrays(np.float64, (3, 2), elements=PLACES),
    arrays(np.float64, st.tuples(st.integers(1, 60), st.just(2)), elements=PLACES),
)
def test_triangles_hold_what_shapely_says(triangle: np.ndarray, points: np.ndarray) -> None:
    index = index_of(points)
    shape = shapely.convex_hull(shapely.multipoints(triangle))
    corner = (points[:, None] == triangle).all(axis=2).any(axis=1)
    held = shapely.intersects(shape, shapely.points(points)) & ~corner
    present = np.ones(len(points), dtype=bool)
    assert find_blocker(index, triangle, 1, present) == (FOREIGN if held.any() else FREE)
    own = find_blocker(index, triangle, 0, present)
    assert held[own] if held.any() else own == FREE
    assert find_blocker(index, triangle, 0, ~held) == FREE


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(PLACES, PLACES), min_size=3, max_size=9, unique=True), st.data())
def test_what_lies_between_a_chain_and_its_line_is_found(
    chain: list[tuple[int, int]], data: st.DataObject
) -> None:
    line = shapely.LineString(chain)
    assume(line.is_simple)
    foreign = data.draw(st.lists(st.tuples(PLACES, PLACES), min_size=1, max_size=40))
    foreign = [place for place in foreign if line.distance(shapely.Point(place)) > 0]
    assume(foreign)
    points = np.array(chain, dtype=np.float64)
    index = index_of(points, np.array(foreign))
    chord = shapely.LineString([chain[0], chain[-1]])
    # Faces of the chain and its line together, of which those count that an odd number of crossings
    # leads to.
    faces = shapely.polygonize([shapely.unary_union([line, chord])]).geoms
    between = any(
        chord.intersects(shapely.Point(place))
        or any(face.contains(shapely.Point(place)) and _is_odd(points, face) for face in faces)
        for place in foreign
    )
    assert is_clear(points, index, prepare_candidates(index), 0, 0) == (not between)


def _is_odd(ring: np.ndarray, face: shapely.Polygon) -> bool:
    """Whether a ray from the face crosses the closed ring an odd number of times, by angles."""
    place = np.array(face.representative_point().coords[0])
    angles = np.arctan2(*(ring - place).T)
    turns = np.diff(np.append(angles, angles[0]))
    return round(float(((turns + np.pi) % (2 * np.pi) - np.pi).sum() / (2 * np.pi))) % 2 == 1


@pytest.mark.parametrize("count", [1, 1023, 1024, 1025, 5000])
def test_many_points_near_a_chain_are_all_looked_at(count: int) -> None:
    chain = np.array([[0, 0], [0, 2], [4, 2], [4, 4], [400, 4], [400, 0]], dtype=np.float64)
    beside = np.stack([np.linspace(5, 399, count), np.full(count, 5.0)], axis=1)
    hollow = np.stack([np.linspace(0.5, 3.5, count), np.full(count, 3.0)], axis=1)
    index = index_of(chain, beside, hollow)
    assert is_clear(chain, index, prepare_candidates(index), 0, 0)
    hollow[-1] = (3.5, 1.0)
    index = index_of(chain, beside, hollow)
    assert not is_clear(chain, index, prepare_candidates(index), 0, 0)


def test_points_in_a_loop_around_which_a_chain_winds_twice_are_not_between() -> None:
    outer = [
        [10, 0],
        [10, 10],
        [-10, 10],
        [-10, -10],
        [8, -10],
        [8, 8],
        [-8, 8],
        [-8, -8],
        [6, -8],
        [6, 0],
    ]
    chain = np.array(outer[::-1], dtype=np.float64)
    inside, corridor = [[0, 3], [0, 4]], [[0, 9], [1, 9]]
    for points, clear in ((inside, True), (corridor, False)):
        index = index_of(chain, points)
        assert is_clear(chain, index, prepare_candidates(index), 0, 0) == clear


def test_one_of_two_arcs_between_the_same_junctions_may_become_a_line() -> None:
    above, below = [[0, 2], [0, 0], [4, 0], [4, 2]], [[0, 2], [0, 4], [4, 4], [4, 2]]
    straight = [[0, 2], [4, 2]]
    closed = [[9, 9], [9, 8], [8, 8], [8, 9], [9, 9]]
    beyond = [[4, 2], [9, 2], [9, 4]]

    def least(*lines: list[list[int]], fixed: tuple[int, ...] = ()) -> list[int]:
        points = np.concatenate(lines).astype(np.float64)
        offsets = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
        sides = np.array([[2, 1], [1, 3], [1, 2], [5, 6], [7, 8]], dtype=np.int32)[: len(lines)]
        held = np.isin(np.arange(len(lines)), fixed)
        index = index_points(Arcs(points, offsets, sides), points)
        return [
            fewest_inner(Borders(points, offsets, sides, held), index, arc)
            for arc in range(len(lines))
        ]

    assert least(above, below) == [1, 0]
    assert least(above[::-1], below) == [0, 1], (
        "sides are those of the walk from the first junction"
    )
    assert least(above, below, fixed=(1,))[0] == 0
    assert least(above, below, straight)[:2] == [1, 1]
    assert least(above, below, straight, closed, beyond)[3:] == [2, 0]


def test_a_place_is_shared_if_another_arc_has_a_point_there() -> None:
    index = index_of([[0, 0], [5, 5], [0, 0]], [[5, 5], [9, 9]])
    assert not touches_others(index, np.zeros(2), 0)
    assert touches_others(index, np.full(2, 5.0), 0)
    assert touches_others(index, np.zeros(2), 1)
