import numpy as np
import pytest
import shapely
from shapely import affinity

from rs_seg.algorithms.vectorizing.buildings.footprints import Footprint, fit_footprint
from rs_seg.algorithms.vectorizing.buildings.pixel_outlines import (
    Outline,
    outline_of,
    signed_area,
)
from tests.algorithms.vectorizing.maps import trace_map

RECTANGLE = shapely.box(0, 0, 24, 14)
ANGLE = shapely.Polygon([(0, 0), (30, 0), (30, 10), (12, 10), (12, 26), (0, 26)])
CUT_CORNER = shapely.Polygon([(0, 0), (30, 0), (30, 12), (20, 22), (0, 22)])


def outline_on_pixels(
    shape: shapely.Geometry, pixel_size: tuple[float, float] = (1.0, 1.0)
) -> Outline:
    """The outline of a shape in ground metres, on pixels, with one pixel or more around it."""
    low = np.array(shape.bounds[:2]) - 2 * np.array(pixel_size[::-1])
    columns, rows = (np.array(shape.bounds[2:]) - low) // pixel_size[::-1] + 3
    y, x = np.mgrid[: int(rows), : int(columns)] + 0.5
    inside = shapely.contains_xy(
        affinity.translate(shape, *-low), x * pixel_size[1], y * pixel_size[0]
    )
    traced, regions = trace_map(inside.astype(np.int32))
    building = np.flatnonzero(regions.values == 1)
    assert len(building) == 1
    arc = int(np.flatnonzero((traced.sides == building[0]).any(axis=1))[0])
    corners = traced[arc][:-1].astype(np.int64)
    return outline_of(corners if traced.sides[arc, 1] == building[0] else corners[::-1], pixel_size)


def assert_regular(footprint: Footprint, tolerance: float = 1e-6) -> None:
    sides = np.roll(footprint.corners, -1, axis=0) - footprint.corners
    angles = np.degrees(np.arctan2(sides[:, 1], sides[:, 0])) - np.degrees(footprint.direction)
    assert np.abs((angles + 22.5) % 45 - 22.5).max() <= tolerance


def departure(footprint: Footprint, outline: Outline, step: float) -> float:
    rings = [
        shapely.segmentize(shapely.linearrings(ring), step)
        for ring in (footprint.corners, outline.corners)
    ]
    return float(shapely.hausdorff_distance(*rings))


@pytest.mark.parametrize("angle", range(0, 90, 7))
@pytest.mark.parametrize(("shape", "corners"), [(RECTANGLE, 4), (ANGLE, 6), (CUT_CORNER, 5)])
def test_a_turned_building_gets_back_its_walls(shape, corners, angle):
    turned = affinity.rotate(shape, angle)
    outline = outline_on_pixels(turned)
    footprint = fit_footprint(outline, maximum_departure=2.0, pixel_size=(1.0, 1.0))
    assert footprint is not None
    assert len(footprint.corners) == corners
    assert_regular(footprint)
    off = (np.degrees(footprint.direction) - angle + 22.5) % 45 - 22.5
    assert abs(off) < 3
    assert departure(footprint, outline, 0.1) <= 2.0


@pytest.mark.parametrize("pixel_size", [(0.5, 0.5), (1.0, 0.6), (0.7, 1.2)])
@pytest.mark.parametrize("angle", [0, 20, 65])
def test_pixels_need_not_be_squares_of_one_metre(pixel_size, angle):
    outline = outline_on_pixels(affinity.rotate(ANGLE, angle), pixel_size)
    footprint = fit_footprint(outline, maximum_departure=2 * max(pixel_size), pixel_size=pixel_size)
    assert footprint is not None
    assert_regular(footprint)
    assert departure(footprint, outline, 0.05) <= 2 * max(pixel_size)


@pytest.mark.parametrize("angle", [3, 31, 77])
def test_the_area_is_kept(angle):
    outline = outline_on_pixels(affinity.rotate(ANGLE, angle))
    footprint = fit_footprint(outline, maximum_departure=2.0, pixel_size=(1.0, 1.0))
    assert signed_area(footprint.corners) == pytest.approx(outline.area, rel=1e-3)


def test_notches_below_the_departure_go_and_larger_ones_stay():
    small = RECTANGLE.difference(shapely.box(10, 0, 13, 1))
    large = RECTANGLE.difference(shapely.box(8, 0, 16, 6))
    for shape, corners in ((small, 4), (large, 8)):
        footprint = fit_footprint(
            outline_on_pixels(shape), maximum_departure=2.0, pixel_size=(1.0, 1.0)
        )
        assert len(footprint.corners) == corners


def test_a_round_outline_has_no_regular_one_nearby():
    outline = outline_on_pixels(shapely.Point(0, 0).buffer(40))
    assert fit_footprint(outline, maximum_departure=1.0, pixel_size=(1.0, 1.0)) is None


def test_a_departure_of_less_than_half_a_pixel_fits_nothing():
    assert (
        fit_footprint(outline_on_pixels(RECTANGLE), maximum_departure=0.5, pixel_size=(1.0, 1.0))
        is None
    )


def test_walls_take_the_direction_that_is_given():
    outline = outline_on_pixels(affinity.rotate(RECTANGLE, 20))
    direction = np.radians(21.5)
    footprint = fit_footprint(
        outline, maximum_departure=2.0, pixel_size=(1.0, 1.0), directions=[direction]
    )
    assert footprint.direction == direction
    assert_regular(footprint)


def test_the_fit_is_the_same_each_time():
    outline = outline_on_pixels(affinity.rotate(ANGLE, 33))
    first, second = (
        fit_footprint(outline, maximum_departure=2.0, pixel_size=(1.0, 1.0)) for _ in range(2)
    )
    assert np.array_equal(first.corners, second.corners)
