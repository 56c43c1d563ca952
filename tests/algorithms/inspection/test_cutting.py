"""Large polygons in small pieces, so that each is compared with what is near it only."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from rs_seg.algorithms.inspection.label_facts import overlap_area
from rs_seg.algorithms.inspection.uniting import MOST_POINTS, cut_small
from rs_seg.testing import grid_at


def roads(side: float = 1000.0, step: float = 20.0) -> shapely.Polygon:
    """The roads of a town: one polygon around all its blocks."""
    corners = np.arange(5, side - step, step)
    blocks = [shapely.box(x, y, x + 15, y + 15) for x in corners for y in corners]
    return shapely.box(0, 0, side, side).difference(shapely.MultiPolygon(blocks))


def test_pieces_are_small_and_cover_their_polygons_once():
    star = shapely.Point(300, 300).buffer(50, quad_segs=400)
    polygons = np.array([roads(), star, shapely.box(0, 0, 1, 1)])
    pieces, owners = cut_small(polygons)
    assert shapely.get_num_coordinates(polygons[0]) > 40 * MOST_POINTS
    assert shapely.get_num_coordinates(pieces).max() <= MOST_POINTS
    for index, polygon in enumerate(polygons):
        own = pieces[owners == index]
        assert shapely.area(own).sum() == pytest.approx(polygon.area, rel=1e-12)
        assert shapely.symmetric_difference(shapely.union_all(own), polygon).area < 1e-6
    assert pieces[owners == 2].tolist() == [polygons[2]]


def test_corners_that_lie_on_one_spot_end_the_cutting():
    turns = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    dot = shapely.Polygon(500_000 + 1e-8 * np.column_stack([np.cos(turns), np.sin(turns)]))
    pieces, owners = cut_small(np.array([dot, shapely.box(0, 0, 1, 1)]))
    assert set(owners.tolist()) <= {0, 1}
    assert pieces[owners == 1].tolist() == [shapely.box(0, 0, 1, 1)]


def test_the_ground_of_two_classes_is_that_of_whole_polygons():
    grid = grid_at(1000, 1000, pixel=1.0)
    left, bottom = grid.extent.boundingbox[:2]
    houses = [shapely.box(x, x, x + 12, x + 12) for x in range(0, 900, 50)]
    polygons = shapely.transform(
        np.array([roads(), *houses]), lambda points: points + np.array([left, bottom])
    )
    codes = [1] + [2] * len(houses)
    expected = shapely.area(shapely.intersection(polygons[0], polygons[1:])).sum()
    assert expected > 100
    assert overlap_area(polygons, codes, grid) == pytest.approx(expected, rel=1e-3)


def test_no_polygons_have_no_pieces():
    pieces, owners = cut_small(np.empty(0, dtype=object))
    assert len(pieces) == len(owners) == 0
