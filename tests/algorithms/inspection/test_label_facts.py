"""Ground in polygons of different classes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.inspection.label_facts import class_areas, overlap_area
from rs_seg.testing import bow_tie, grid_at, square

GRID = grid_at(100, 100)
X, Y = 500_000, 5_399_800


def overlap(polygons, codes):
    return overlap_area(np.array(polygons), codes, GRID)


def test_ground_in_many_polygons_is_counted_once():
    shapes = [square(X, Y, 60), square(X + 30, Y, 60), square(X + 30, Y, 60), square(X, Y, 10)]
    assert overlap(shapes, [1, 4, 7, 1]) == pytest.approx(60 * 60, rel=2e-3), (
        "the second and third share all of theirs"
    )
    assert overlap(shapes, [1, 4, 4, 1]) == pytest.approx(30 * 60, rel=2e-3)
    assert overlap(shapes, [1, 1, 1, 1]) == 0


def test_polygons_that_touch_share_no_ground():
    ell = shapely.Polygon(
        [(X, Y), (X + 20, Y), (X + 20, Y + 5), (X + 10, Y + 5), (X + 10, Y + 20), (X, Y + 20)]
    )
    beside = [square(X + 10, Y + 5, 10), square(X + 20, Y, 5)]
    assert overlap([ell, *beside], [1, 4, 7]) == 0


def test_lines_and_points_that_are_shared_too_do_no_harm():
    comb = shapely.union_all(
        [square(X, Y, 10), square(X + 20, Y, 10), shapely.box(X, Y - 5, X + 30, Y)]
    )
    assert overlap([comb, shapely.box(X + 5, Y, X + 25, Y + 4)], [1, 4]) == pytest.approx(
        40, rel=2e-3
    )


def test_polygons_that_another_crs_has_made_invalid_have_areas():
    shapes = np.array([bow_tie(X, Y, 10), square(X, Y, 10)])
    assert class_areas(shapes, [1, 4], GRID)[1] == pytest.approx(50, rel=2e-3)
    assert overlap_area(shapes, [1, 4], GRID) == pytest.approx(50, rel=2e-3)
