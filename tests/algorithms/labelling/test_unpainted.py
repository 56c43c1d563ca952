"""Polygons that label nothing."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.labelling.rasterize import PolygonCodes, find_unpainted
from rs_seg.testing import grid_at, rotated_grid, square
from rs_seg.values import partition
from rs_seg.values.grid import whole

GRID = grid_at(30, 30, pixel=1.0, left=0.0, top=30.0)


def hundredths(number: int) -> float:
    return number / 100


PLACES = st.integers(-200, 3000).map(hundredths)


def paint(polygons, codes, grid=GRID, size=30):
    painted = PolygonCodes(np.array(polygons), codes, grid, outside=None)
    for window in partition(grid.height, grid.width, size=size):
        painted.read(window)
    return painted.find_unpainted()


def test_slivers_between_pixel_centres_hold_none():
    diagonal = shapely.Polygon([(2, 1.1), (20, 19.1), (20, 19.3), (2, 1.3)])
    found = paint([square(3.6, 3.6, 0.8), diagonal, square(8, 8, 3)], [1, 1, 1])
    assert found.without_pixel.tolist() == [0, 1]
    assert found.covered.tolist() == []


def test_polygons_under_many_others_are_covered_and_slivers_below_them_are_not():
    stack = [square(5, 5, 10)] * 12
    found = paint([square(7.6, 7.6, 0.8), *stack, square(4, 4, 12)], list(range(14)))
    assert found.without_pixel.tolist() == [0]
    assert found.covered.tolist() == list(range(1, 13))


def test_polygons_that_reach_beyond_the_grid_may_hold_pixels_there():
    assert paint([square(-5, 3, 5.3), square(50, 50, 3)], [1, 1]).without_pixel.tolist() == []


def test_nothing_is_found_missing_on_a_rotated_grid_that_holds_all():
    grid = rotated_grid(40, 40)
    x, y = grid.affine * (20.5, 20.5)
    found = paint([square(x - 1, y - 1, 2), square(x + 3, y + 3, 0.01)], [1, 1], grid)
    assert found.without_pixel.tolist() == [1]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(PLACES, PLACES, st.integers(5, 900).map(hundredths)), min_size=1, max_size=25
    )
)
def test_windows_and_the_short_way_find_what_painting_one_by_one_finds(squares):
    polygons = [square(x, y, side) for x, y, side in squares]
    codes = list(range(len(polygons)))
    alone = [
        PolygonCodes(np.array([each]), [1], GRID, outside=None).read(whole(GRID)) >= 0
        for each in polygons
    ]
    below = np.zeros((30, 30), dtype=bool)
    covered, without = [], []
    for number in reversed(codes):
        box = polygons[number].bounds
        if not alone[number].any():
            without += [number] if min(box) >= 0 and max(box) <= 30 else []
        elif not (alone[number] & ~below).any():
            covered.append(number)
        below |= alone[number]
    for found in (
        paint(polygons, codes),
        paint(polygons, codes, size=7),
        find_unpainted(np.array(polygons), codes, GRID),
    ):
        assert found.without_pixel.tolist() == sorted(without)
        assert found.covered.tolist() == sorted(covered)
