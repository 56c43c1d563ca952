"""Tracing: regions and borders of a map, the same however it is cut.

Polygons tile the map and burn back to it.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import rasterio.features
import shapely
from affine import Affine
from hypothesis import example, given, settings
from hypothesis import strategies as st
from skimage.measure import label

from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.regions import Regions
from tests.algorithms.vectorizing.maps import NESTED, PINCHED, any_map, polygons_of, trace_map


def assert_same(first: tuple, second: tuple) -> None:
    for one, other in zip(first, second, strict=True):
        for field in dataclasses.fields(one):
            np.testing.assert_equal(getattr(one, field.name), getattr(other, field.name))


def burn(values: np.ndarray, polygons: np.ndarray, codes: np.ndarray) -> np.ndarray:
    shapes = list(zip(polygons, codes.tolist(), strict=True))
    if not shapes:
        return np.full(values.shape, -1)
    up = Affine(1, 0, 0, 0, -1, 0)
    return rasterio.features.rasterize(
        shapes, out_shape=values.shape, fill=-1, dtype="int32", transform=up
    )


@settings(max_examples=400, deadline=None)
@given(any_map())
@example(np.array([[0]]))
@example(np.array([[-1]]))
@example(np.zeros((5, 7), dtype=int))
@example(np.full((3, 3), -1))
@example(np.array([[0, 1, 1, -1, 0]]))
@example(np.array([[0], [1], [-1]]))
@example(np.array([[0, 1], [1, 0]]))
@example(np.array([[0, 70000]]))
@example(PINCHED)
@example(1 - PINCHED)
@example(NESTED)
def test_polygons_tile_the_map_and_burn_back_to_it(values: np.ndarray) -> None:
    arcs, regions = trace_map(values)
    polygons = polygons_of(arcs, count=len(regions))
    assert (shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON).all()
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    np.testing.assert_array_equal(shapely.area(polygons), regions.pixels[1:])
    assert shapely.union_all(polygons).area == (values >= 0).sum()
    np.testing.assert_array_equal(burn(values, polygons, regions.values[1:]), values)


@settings(max_examples=300, deadline=None)
@given(any_map(max_side=12), st.integers(1, 5), st.integers(1, 3))
def test_strips_and_workers_change_nothing(values: np.ndarray, strip: int, workers: int) -> None:
    assert_same(trace_map(values), trace_map(values, strip=strip, workers=workers))


@given(any_map())
def test_regions_are_those_of_pixels_that_touch_by_sides(values: np.ndarray) -> None:
    _, regions = trace_map(values)
    expected = label(values, background=-1, connectivity=1)
    numbers, first, counts = np.unique(
        expected[expected > 0], return_index=True, return_counts=True
    )
    assert len(regions) == len(numbers)
    np.testing.assert_array_equal(regions.pixels[1:], counts)
    np.testing.assert_array_equal(regions.first[1:], np.flatnonzero(expected.ravel() > 0)[first])
    np.testing.assert_array_equal(regions.values[1:], values.ravel()[regions.first[1:]])
    assert (np.diff(regions.first[1:]) > 0).all()


@given(any_map())
def test_arcs_end_where_three_borders_meet_and_have_no_points_on_straight_stretches(
    values: np.ndarray,
) -> None:
    arcs, _ = trace_map(values)
    padded = np.pad(label(values, background=-1, connectivity=1), 1)
    corners = np.stack([padded[:-1, :-1], padded[:-1, 1:], padded[1:, 1:], padded[1:, :-1]])
    degrees = (corners != np.roll(corners, 1, axis=0)).sum(axis=0)
    for arc in range(len(arcs)):
        points = arcs[arc]
        steps = np.diff(points, axis=0)
        assert ((steps == 0).sum(axis=1) == 1).all()
        turns = (steps[1:] * steps[:-1]).sum(axis=1)
        assert (turns == 0).all(), "no points on straight stretches"
        inner = degrees[points[1:-1, 1], points[1:-1, 0]]
        assert (inner == 2).all()
        closed = (points[0] == points[-1]).all()
        assert closed or (degrees[points[[0, -1], 1], points[[0, -1], 0]] > 2).all()


@given(any_map())
def test_sides_are_what_lies_left_and_right(values: np.ndarray) -> None:
    arcs, _ = trace_map(values)
    numbers = np.pad(label(values, background=-1, connectivity=1), 1)
    for arc in range(len(arcs)):
        start, end = arcs[arc][:2]
        step = np.sign(end - start)
        middle = start + 0.5 * step
        left, right = (
            middle + 0.5 * np.array([step[1], -step[0]]),
            middle - 0.5 * np.array([step[1], -step[0]]),
        )
        found = [
            numbers[int(np.floor(place[1])) + 1, int(np.floor(place[0])) + 1]
            for place in (left, right)
        ]
        assert arcs.sides[arc].tolist() == found


@pytest.mark.parametrize("strip", [1, 3, 100])
def test_sums_over_regions_are_exact_and_do_not_know_strips(strip: int) -> None:
    generator = np.random.default_rng(1)
    values = generator.integers(-1, 2, (40, 30)).astype(np.int32)
    band = generator.normal(300, 200, values.shape).astype(np.float32)
    band[generator.random(values.shape) < 0.2] = np.nan
    strips = [
        Strip(values[row : row + strip], (band[row : row + strip],)) for row in range(0, 40, strip)
    ]
    _, regions = trace(strips, workers=2)
    whole = trace([Strip(values, (band,))])[1]
    assert_same((regions.bands[0],), (whole.bands[0],))
    numbers = label(values, background=-1, connectivity=1)
    for region in range(1, len(regions) + 1):
        known = band[(numbers == region) & ~np.isnan(band)].astype(np.float64)
        assert regions.bands[0].counts[region] == known.size
        if known.size:
            assert regions.bands[0].means[region] == pytest.approx(known.mean(), rel=1e-12)
            assert regions.bands[0].minima[region] == known.min()
            assert regions.bands[0].maxima[region] == known.max()
        else:
            assert np.isnan(regions.bands[0].means[region])


def test_a_lake_is_a_hole_and_rings_that_touch_part() -> None:
    arcs, regions = trace_map(NESTED)
    polygons = polygons_of(arcs, count=len(regions))
    assert shapely.get_num_interior_rings(polygons).tolist() == [1, 1, 0]
    assert shapely.area(polygons).tolist() == [16, 8, 1]
    arcs, regions = trace_map(PINCHED)
    polygons = polygons_of(arcs, count=len(regions))
    assert shapely.get_num_interior_rings(polygons).tolist() == [2, 0, 0]


def test_outlines_turn_against_the_clock_and_holes_with_it() -> None:
    arcs, regions = trace_map(NESTED)
    for polygon in polygons_of(arcs, count=len(regions)):
        assert polygon.exterior.is_ccw
        assert not any(hole.is_ccw for hole in polygon.interiors)


def test_merged_regions_are_numbered_by_their_first_pixels() -> None:
    _, regions = trace_map(np.array([[0, 1, 2], [0, 1, 2]]))
    merged, numbers = regions.merge(np.array([0, 3, 2, 3]))
    assert numbers.tolist() == [0, 1, 2, 1]
    assert merged.values.tolist() == [-1, 2, 1]
    assert merged.pixels.tolist() == [0, 4, 2]
    assert isinstance(merged, Regions)
