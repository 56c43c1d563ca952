"""Polygons of a class map tile it: a valid coverage, exact areas, the same raster when burnt back."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio.features
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rs_seg.algorithms.mapping.polygonize import label_regions, polygonize, region_means, region_values, simplify

ANY_MAP = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(-1, 2))
TWO_CLASSES = arrays(np.int64, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 1))
PINCHED = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
NESTED = np.pad(np.pad(np.pad([[2]], 1), 1, constant_values=1), 1, constant_values=-1)


def burn(indices: np.ndarray, polygons: np.ndarray, values: np.ndarray) -> np.ndarray:
    shapes = list(zip(polygons, values.tolist(), strict=True))
    if not shapes:
        return np.full(indices.shape, -1)
    return rasterio.features.rasterize(shapes, out_shape=indices.shape, fill=-1, dtype="int32")


@settings(max_examples=300, deadline=None)
@given(ANY_MAP | TWO_CLASSES)
@example(np.array([[0]]))
@example(np.array([[-1]]))
@example(np.zeros((5, 7), dtype=int))
@example(np.full((3, 3), -1))
@example(np.array([[0, 1, 1, -1, 0]]))
@example(np.array([[0], [1], [-1]]))
@example(np.array([[0, 1], [1, 0]]))
@example(PINCHED)
@example(1 - PINCHED)
@example(NESTED)
def test_polygons_tile_the_map_and_burn_back_to_it(indices: np.ndarray) -> None:
    regions = label_regions(indices)
    polygons = polygonize(regions)
    values = region_values(regions, indices)
    assert len(polygons) == regions.max()
    assert (shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON).all()
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    np.testing.assert_array_equal(shapely.area(polygons), np.bincount(regions.ravel())[1:])
    assert shapely.union_all(polygons).area == (indices >= 0).sum()
    np.testing.assert_array_equal(burn(indices, polygons, values), indices)
    np.testing.assert_array_equal(burn(indices, polygons, np.arange(len(polygons)) + 1) + (regions == 0), regions)


@given(ANY_MAP)
def test_regions_are_numbered_by_their_first_pixel(indices: np.ndarray) -> None:
    regions = label_regions(indices)
    numbers, first = np.unique(regions[regions > 0], return_index=True)
    np.testing.assert_array_equal(numbers, np.arange(len(numbers)) + 1)
    assert (np.diff(first) > 0).all()


def test_pixels_that_touch_at_a_corner_are_apart() -> None:
    assert len(polygonize(label_regions(np.array([[0, -1], [-1, 0]])))) == 2


def test_no_vertices_stand_on_straight_borders_but_where_borders_meet() -> None:
    polygons = polygonize(label_regions(np.repeat([[0, 0, 0, 0], [1, 1, 2, 2]], 3, axis=0)))
    above = {tuple(point) for point in shapely.get_coordinates(polygons[0])}
    assert above == {(0, 0), (4, 0), (4, 3), (2, 3), (0, 3)}


def test_a_lake_is_a_hole() -> None:
    polygons = polygonize(label_regions(NESTED))
    assert [shapely.get_num_interior_rings(each) for each in polygons] == [1, 1, 0]
    assert shapely.area(polygons).tolist() == [16, 8, 1]


@settings(max_examples=200, deadline=None)
@given(
    arrays(np.int64, array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=24), elements=st.integers(-1, 2)),
    st.floats(0.1, 30),
)
def test_simplified_polygons_still_tile_the_map(indices: np.ndarray, tolerance: float) -> None:
    polygons = polygonize(label_regions(indices))
    simplified = simplify(polygons, tolerance=tolerance)
    assert len(simplified) == len(polygons)
    assert not shapely.is_empty(simplified).any()
    assert (shapely.area(simplified) > 0).all()
    assert shapely.is_valid(simplified).all()
    assert shapely.coverage_is_valid(simplified)
    assert shapely.area(simplified).sum() == pytest.approx((indices >= 0).sum(), rel=1e-9)
    before, after = shapely.union_all(polygons), shapely.union_all(simplified)
    assert after.symmetric_difference(before).area < 1e-6


def test_simplification_without_tolerance_changes_nothing() -> None:
    polygons = polygonize(label_regions(PINCHED))
    assert simplify(polygons, tolerance=0) is polygons


def test_simplification_takes_vertices_from_stairs() -> None:
    stairs = (np.arange(40)[:, None] > np.arange(40)).astype(int)
    polygons = polygonize(label_regions(stairs))
    simplified = simplify(polygons, tolerance=1.5)
    assert shapely.get_num_coordinates(simplified).sum() < shapely.get_num_coordinates(polygons).sum() / 5


def test_means_leave_out_unknown_values() -> None:
    regions = np.array([[1, 1, 2], [0, 3, 2]])
    values = np.array([[0.2, 0.4, 0.5], [0.9, np.nan, np.nan]])
    np.testing.assert_allclose(region_means(regions, values), [0.3, 0.5, np.nan])
