"""Edges of polygons in another CRS: where the straight edges of the file truly run."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.features import rasterize

from rs_seg.io.raw.densify import move_polygons
from rs_seg.testing import square, with_hole
from rs_seg.values.grid import Grid

TO_UTM = Transformer.from_crs("EPSG:4326", "EPSG:32632", always_xy=True)


def to_utm(points):
    return np.column_stack(TO_UTM.transform(*points.T))


@pytest.mark.parametrize(
    ("crs", "left", "top"),
    [("EPSG:32632", 400_000, 6_680_000), ("EPSG:3035", 4_200_000, 4_200_000)],
)
def test_a_long_edge_at_60_north_paints_the_pixels_that_lie_inside_in_degrees(crs, left, top):
    grid = Grid((300, 400), Affine(400, 0, left, 0, -400, top), crs)
    rows, columns = np.mgrid[0:300, 0:400] + 0.5
    centres = np.stack(grid.affine * (columns, rows))
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    east, north = to_degrees.transform(*centres)
    west, far, low, high = east.min() - 3, east.max() + 3, north.mean() - 0.3, north.mean() + 0.35
    polygon = shapely.Polygon([(west, low), (far, low - 0.1), (far, high), (west, high + 0.1)])
    inside = shapely.contains_xy(polygon, east, north)

    from_degrees = Transformer.from_crs("EPSG:4326", crs, always_xy=True)

    def move(points):
        return np.column_stack(from_degrees.transform(*points.T))

    moved, torn = move_polygons(np.array([polygon]), move, tolerance=40.0)
    painted = rasterize([(moved[0], 1)], out_shape=grid.shape, transform=grid.affine) == 1
    wrong = painted != inside
    border = shapely.get_exterior_ring(
        move_polygons(np.array([polygon]), move, tolerance=0.4)[0][0]
    )
    gaps = shapely.distance(border, shapely.points(*centres[:, wrong]))
    assert not torn.any()
    assert 10_000 < inside.sum() < 0.8 * inside.size
    assert (gaps <= 40.0).all(), "only pixels within the tolerance of the border may differ"
    assert wrong.sum() < 100
    by_corners = (
        rasterize(
            [(shapely.transform(polygon, move), 1)], out_shape=grid.shape, transform=grid.affine
        )
        == 1
    )
    assert (by_corners != inside).sum() > 1000


@settings(max_examples=40, deadline=None)
@given(
    corner=st.tuples(st.floats(3, 12), st.floats(-70, 70)),
    size=st.floats(1e-3, 5),
    tolerance=st.floats(0.5, 500),
)
def test_no_point_of_an_edge_lies_further_from_its_place_than_the_tolerance(
    corner, size, tolerance
):
    polygons = np.array([square(*corner, size)])
    moved, torn = move_polygons(polygons, to_utm, tolerance)
    edge = shapely.segmentize(polygons[0].exterior, size / 57)
    points = shapely.points(to_utm(shapely.get_coordinates(edge)))
    assert not torn.any()
    assert shapely.distance(moved[0].exterior, points).max() <= 1.01 * tolerance


def test_holes_parts_and_order_are_kept():
    shapes = np.array(
        [with_hole(9, 60, 2), shapely.multipolygons([square(7, 60, 1), square(9, 50, 1)])]
    )
    moved, torn = move_polygons(shapes, to_utm, tolerance=1.0)
    assert [shape.geom_type for shape in moved] == ["Polygon", "MultiPolygon"]
    assert shapely.get_num_interior_rings(moved[0]) == 1
    assert len(moved[1].geoms) == 2
    assert shapely.is_valid(moved).all()
    assert not torn.any()


def test_short_edges_gain_no_points():
    shapes = np.array([square(9, 60, 1e-4)])
    moved, _ = move_polygons(shapes, to_utm, tolerance=0.01)
    assert shapely.get_num_coordinates(moved[0]) == 5
    assert np.allclose(
        shapely.get_coordinates(moved[0]), to_utm(shapely.get_coordinates(shapes[0]))
    )


def test_an_edge_that_jumps_is_torn():
    to_degrees = Transformer.from_crs("EPSG:32660", "EPSG:4326", always_xy=True)
    across = square(650_000, 5_000_000, 200_000)
    moved, torn = move_polygons(
        np.array([across, square(400_000, 5_000_000, 1000)]),
        lambda points: np.column_stack(to_degrees.transform(*points.T)),
        tolerance=1e-4,
    )
    assert torn.tolist() == [True, False]
    assert moved[1].is_valid


def test_an_edge_that_swings_to_both_sides_of_its_chord_is_seen():
    def swing(points):
        return np.column_stack([points[:, 0], np.sin(2 * np.pi * points[:, 0] / 1000) * 50])

    moved, _ = move_polygons(
        np.array([shapely.Polygon([(0, 0), (1000, 0), (1000, 1)])]), swing, tolerance=1.0
    )
    assert shapely.get_num_coordinates(moved[0]) > 20
