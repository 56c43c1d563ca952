"""Borders as few straight lines: near the midpoints, straight where the ground is straight."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.simplification import simplify
from tests.algorithms.vectorizing.maps import trace_map
from tests.algorithms.vectorizing.simplifying.test_midpoints import (
    midpoints_of,
    through_midpoints,
)
from tests.algorithms.vectorizing.simplifying.test_simplification import any_rough_map, free

GRAIN = 1 / 64
"""Corners are put on multiples of this part of a pixel."""


def draw(arcs: Arcs, *, tolerance: float = 1.0, pixel_size: tuple[float, float] = (1, 1)) -> Arcs:
    return simplify(
        arcs,
        method="optimal_polygon",
        tolerance=tolerance,
        pixel_size=pixel_size,
        fixed=free(arcs),
    )


def half_plane(angle: float, shift: float, side: int = 60) -> np.ndarray:
    """Pixels whose centres are on one side of a line through about the middle of the map."""
    rows, columns = np.indices((side, side)) + 0.5 - side / 2
    return (np.cos(angle) * columns + np.sin(angle) * rows > shift).astype(int)


@settings(max_examples=80, deadline=None)
@given(
    any_rough_map(),
    st.sampled_from([0.4, 0.75, 1.0, 2.5, 6.0]),
    st.sampled_from([(1.0, 1.0), (0.3, 0.3), (10.0, 4.0)]),
)
def test_lines_and_midpoints_are_within_the_distance_of_each_other(
    values: np.ndarray, tolerance: float, pixel_size: tuple[float, float]
) -> None:
    arcs, _ = trace_map(values)
    tolerance *= max(pixel_size)
    drawn, before = (
        draw(arcs, tolerance=tolerance, pixel_size=pixel_size),
        through_midpoints(arcs),
    )
    metres = np.array(pixel_size[::-1])
    for arc in np.flatnonzero(~arcs.outer):
        line = shapely.linestrings(drawn[arc] * metres)
        there = shapely.distance(shapely.points(midpoints_of(arcs[arc]) * metres), line)
        assert there.max() <= tolerance * (1 + 1e-6)
        corners = shapely.points(drawn[arc] * metres)
        back = shapely.distance(corners, shapely.linestrings(before[arc] * metres))
        assert back.max() <= tolerance + GRAIN * metres.max()


def share_of_longest(angle: float, shift: float) -> float:
    """Share of the border of a half plane that is one line in the border's direction.

    It bends near its ends only, which stay at corners of pixels, and lies on the border.
    """
    arcs, _ = trace_map(half_plane(angle, shift))
    drawn = draw(arcs)
    (arc,) = np.flatnonzero(~arcs.outer)
    corners = drawn[arc]
    assert len(corners) <= 4
    x, y = (corners[1:-1] - 30).T
    assert np.abs(np.cos(angle) * x + np.sin(angle) * y - shift).max(initial=0) <= 1
    sides = np.diff(corners, axis=0)
    lengths = np.hypot(*sides.T)
    along = sides[np.argmax(lengths)]
    off = np.arctan2(along[1], along[0]) - (angle + np.pi / 2)
    assert abs((off + np.pi / 2) % np.pi - np.pi / 2) <= np.radians(2)
    return float(lengths.max() / lengths.sum())


def test_straight_borders_become_a_line() -> None:
    """All but one in a hundred: some near the diagonal are two lines, a degree off at most."""
    generator = np.random.default_rng(7)
    slopes = zip(generator.uniform(0, 2 * np.pi, 800), generator.uniform(-5, 5, 800), strict=True)
    shares = [share_of_longest(angle, shift) for angle, shift in slopes]
    assert np.mean(np.array(shares) >= 0.8) >= 0.99


def trace_rectangle(angle: float, right: float, down: float) -> tuple[int, float]:
    """Corners of a turned rectangle as it is drawn, and its greatest distance from the true one."""
    rows, columns = np.indices((50, 50)) + 0.5 - 25
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    across, along = turned.T @ np.stack([(columns - right).ravel(), (rows - down).ravel()])
    inside = (np.abs(across) < 16) & (np.abs(along) < 9)
    arcs, _ = trace_map(inside.reshape(50, 50).astype(int))
    ring = int(np.flatnonzero(~arcs.outer)[0])
    drawn = draw(arcs)[ring]
    truth = np.array([[16, 9], [-16, 9], [-16, -9], [16, -9]]) @ turned.T + [25 + right, 25 + down]
    rings = [shapely.linearrings(corners).segmentize(0.25) for corners in (drawn, truth)]
    return len(drawn) - 1, float(shapely.hausdorff_distance(*rings))


def test_a_turned_rectangle_stays_one_with_two_corners_cut_off_at_most() -> None:
    """All but one in a hundred; these have one corner more, or are off by 1.5 pixels."""
    generator = np.random.default_rng(11)
    places = generator.uniform([0, -0.5, -0.5], [np.pi / 2, 0.5, 0.5], (500, 3))
    corners, distances = np.array([trace_rectangle(*place) for place in places]).T
    assert corners.max() <= 7
    assert distances.max() <= 1.5
    assert np.mean((corners <= 6) & (distances <= 1.25)) >= 0.99


def test_junctions_stay_where_three_classes_meet() -> None:
    values = half_plane(0.3, 0.0) + 2 * half_plane(1.9, 0.0)
    arcs, _ = trace_map(values)
    drawn = draw(arcs)
    for arc in range(len(arcs)):
        np.testing.assert_array_equal(drawn[arc][[0, -1]], arcs[arc][[0, -1]])


@pytest.mark.parametrize("height", [1, 7, 60])
def test_strips_and_workers_change_nothing(height: int) -> None:
    values = half_plane(0.3, 2.0) + 2 * half_plane(1.2, -3.0) * half_plane(2.9, 1.0)
    whole = draw(trace_map(values)[0])
    arcs, _ = trace_map(values, strip=height, workers=3)
    cut = simplify(
        arcs,
        method="optimal_polygon",
        tolerance=1.0,
        pixel_size=(1, 1),
        fixed=free(arcs),
        workers=3,
    )
    assert whole.points.tobytes() == cut.points.tobytes()
    assert whole.offsets.tobytes() == cut.offsets.tobytes()


def test_a_long_diagonal_has_no_line_of_more_than_a_thousand_points() -> None:
    """Time grows with the number of points, so a line passes no more than so many."""
    arcs, _ = trace_map(np.tri(1200, dtype=int))
    inner = int(np.flatnonzero(~arcs.outer)[0])
    drawn = draw(arcs)[inner]
    assert 3 <= len(drawn) <= 6
    assert np.abs(drawn[:, 0] - drawn[:, 1]).max() <= 1
