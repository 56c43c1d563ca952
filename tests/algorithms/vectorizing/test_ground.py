"""Areas and lengths on the ground from borders, in any CRS."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing import ground as ground_module
from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.ground import (
    Ground,
    arc_areas,
    arc_lengths,
    measure_ground,
    region_sums,
)
from rs_seg.errors import UserError
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values.grid import Grid, crs_of

WGS84_AREA = 510_065_621_724_000
MOON = "+proj=eqc +R=1737400 +units=m +no_defs"


def mercator_grid(longitude: float, latitude: float, *, pixel: float, size: int = 1) -> Grid:
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(longitude, latitude)
    return Grid((size, size), Affine(pixel, 0, x, 0, -pixel, y), "EPSG:3857")


def ring(*corners: tuple[float, float]) -> Arcs:
    """Region 1 within the corners (column, row).

    They run as their arc must: the region on the left, rows down.
    """
    points = np.array([*corners, corners[0]], dtype=np.float64)
    if shapely.Polygon(points).exterior.is_ccw:  # as drawn with y upward
        points = points[::-1]
    return Arcs(points, np.array([0, len(points)]), np.array([[1, 0]], dtype=np.int32))


def box(left: float, top: float, right: float, bottom: float) -> Arcs:
    return ring((left, top), (right, top), (right, bottom), (left, bottom))


@lru_cache
def ground_of(grid: Grid) -> Ground:
    return measure_ground(grid)


def measured(
    arcs: Arcs, grid: Grid, region_count: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas and perimeters of regions 0 (outside), 1, 2, ..."""
    ground = ground_of(grid)
    areas = region_sums(arc_areas(arcs, ground), arcs, region_count=region_count, signed=True)
    return areas, region_sums(
        arc_lengths(arcs, ground), arcs, region_count=region_count, signed=False
    )


def geodesic(arcs: Arcs, grid: Grid, *, pieces: int = 4000) -> tuple[float, float]:
    """Area and perimeter by Karney's geodesics between points set densely on lines of the map.

    The lines are straight on the map.
    """
    crs = crs_of(grid).proj
    line = shapely.LineString(arcs.points)
    dense = shapely.get_coordinates(shapely.segmentize(line, line.length / pieces))
    x, y = grid.affine * (dense[:, 0], dense[:, 1])
    longitudes, latitudes = pyproj.Transformer.from_crs(
        crs, crs.geodetic_crs, always_xy=True
    ).transform(x, y)
    degrees = np.degrees(crs.geodetic_crs.axis_info[0].unit_conversion_factor)
    area, perimeter = crs.get_geod().polygon_area_perimeter(
        longitudes * degrees, latitudes * degrees
    )
    return abs(area), perimeter


GRIDS = {
    "utm": grid_at(300, 200, pixel=10),
    "utm, far from its meridian": grid_at(5000, 4000, pixel=100, left=100_000),
    "drone": grid_at(3000, 3000, pixel=0.01),
    "web mercator": mercator_grid(10, 60, pixel=5, size=2000),
    "web mercator, continent": mercator_grid(10, 60, pixel=5000, size=800),
    "degrees": Grid((100, 100), Affine(1e-4, 0, 85.5, 0, -2e-4, 27.6), "EPSG:4326"),
    "degrees, continent": Grid((1000, 1500), Affine(0.05, 0, -20, 0, -0.05, 75), "EPSG:4326"),
    "over the antimeridian": Grid(
        (400, 400), Affine(30, 0, 200_000, 0, -30, 8_000_000), "EPSG:32701"
    ),
    "over the pole": Grid((501, 501), Affine(2000, 0, -500_000, 0, -2000, 500_000), "EPSG:3031"),
    "beside the pole": Grid((500, 500), Affine(30, 0, 400_000, 0, -30, -2_000_000), "EPSG:3031"),
    "turned": rotated_grid(400, 300, pixel=20),
    "sheared": Grid((400, 300), Affine(20, 5, 500_000, -3, -25, 5_400_000), "EPSG:32632"),
    "south-up": Grid((400, 300), Affine(20, 0, 500_000, 0, 20, 5_400_000), "EPSG:32632"),
    "feet": grid_at(800, 900, pixel=30, left=1_000_000, top=700_000, crs="EPSG:2263"),
    "grads": grid_at(400, 300, pixel=20, left=600_000, top=2_200_000, crs="EPSG:27572"),
    "moon": Grid((500, 400), Affine(100, 0, 1_000_000, 0, -100, 1_400_000), MOON),
    "equal area": Grid((400, 500), Affine(5000, 0, 3_000_000, 0, -5000, 4_500_000), "EPSG:3035"),
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())
def test_polygons_have_their_area_and_perimeter_on_the_ellipsoid(grid: Grid) -> None:
    height, width = grid.shape
    whole = box(0, 0, width, height)
    triangle = ring(
        (width * 0.1, height * 0.2), (width * 0.9, height * 0.35), (width * 0.4, height * 0.95)
    )
    for arcs in (whole, triangle):
        areas, perimeters = measured(arcs, grid)
        area, perimeter = geodesic(arcs, grid)
        assert areas[1] == pytest.approx(
            area, rel=1e-6, abs=1e-3
        )  # the oracle sums many small errors
        assert perimeters[1] == pytest.approx(perimeter, rel=1e-6)


@pytest.mark.parametrize("grid", [GRIDS[name] for name in GRIDS if name != "drone"])
def test_single_pixels_have_their_area_and_perimeter(grid: Grid) -> None:
    height, width = grid.shape
    for column, row in ((0, 0), (width // 3, height // 4), (width - 1, height - 1)):
        arcs = box(column, row, column + 1, row + 1)
        areas, perimeters = measured(arcs, grid)
        area, perimeter = geodesic(arcs, grid, pieces=40)
        assert areas[1] == pytest.approx(
            area, rel=1e-6, abs=2e-5
        )  # the oracle is exact to some 1e-5 m2
        assert perimeters[1] == pytest.approx(perimeter, rel=1e-6)


def test_a_drone_pixel_has_its_area() -> None:
    grid = GRIDS["drone"]
    areas, _ = measured(box(1500, 1500, 1501, 1501), grid)
    whole, _ = measured(box(0, 0, 3000, 3000), grid)
    assert areas[1] == pytest.approx(
        whole[1] / 3000**2, rel=1e-7
    )  # the scale changes by 1e-9 over 30 m


def test_a_web_mercator_pixel_at_banepa_has_its_ground_area() -> None:
    areas, _ = measured(box(0, 0, 1, 1), mercator_grid(85.52, 27.63, pixel=0.1493))
    assert areas[1] == pytest.approx(0.132**2, rel=0.01)


@pytest.mark.parametrize("first", [-180, 0, 35])
@pytest.mark.parametrize("degrees", [1, 0.01])
def test_the_whole_globe_has_the_area_of_the_ellipsoid(first: int, degrees: float) -> None:
    height, width = round(180 / degrees), round(360 / degrees)
    grid = Grid((height, width), Affine(degrees, 0, first, 0, -degrees, 90), "EPSG:4326")
    areas, _ = measured(box(0, 0, width, height), grid)
    assert areas[1] == pytest.approx(WGS84_AREA, rel=1e-7)
    assert areas[0] == -areas[1]
    for row in (0, 1, 10, height // 2, height - 1):  # at the poles too
        pixel = box(width // 2, row, width // 2 + 1, row + 1)
        areas, perimeters = measured(pixel, grid)
        area, perimeter = geodesic(pixel, grid, pieces=400)
        assert areas[1] == pytest.approx(area, rel=2e-6)
        assert perimeters[1] == pytest.approx(perimeter, rel=2e-6)


def test_the_corners_beyond_a_full_disk_do_not_spoil_the_disk() -> None:
    disk = "+proj=geos +h=35785831 +lon_0=0 +sweep=y +datum=WGS84 +units=m"
    grid = Grid((1000, 1000), Affine(11_000, 0, -5_500_000, 0, -11_000, 5_500_000), disk)
    ground = measure_ground(grid)
    assert np.isfinite(ground.cumulative).all()
    assert np.isfinite(ground.metric).all()
    for arcs in (box(500, 500, 501, 501), box(200, 300, 350, 600), box(800, 500, 850, 501)):
        area, perimeter = geodesic(arcs, grid)
        areas, perimeters = measured(arcs, grid)
        assert areas[1] == pytest.approx(area, rel=1e-5)
        assert perimeters[1] == pytest.approx(perimeter, rel=1e-5)
    corner, _ = measured(box(0, 0, 1, 1), grid)
    assert corner[1] > 0


maps = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1))


@given(maps, st.sampled_from(sorted(GRIDS)), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_areas_of_regions_add_up_to_that_of_the_map(
    shape: tuple[int, int, int], name: str, seed: int
) -> None:
    """Whatever the inner borders do: their points are thrown about."""
    height, width, content = shape
    values = np.random.default_rng(content).integers(-1, 3, (height, width), dtype=np.int32)
    arcs, regions = trace([Strip(values)])
    ends = np.zeros(len(arcs.points), dtype=bool)
    ends[arcs.offsets[:-1]] = ends[arcs.offsets[1:] - 1] = True
    fixed = ends | np.repeat(arcs.outer, np.diff(arcs.offsets))
    thrown = np.random.default_rng(seed).uniform(-0.4, 0.4, arcs.points.shape)
    moved = arcs.with_points(
        np.where(fixed[:, None], arcs.points, arcs.points + thrown), arcs.offsets
    )
    before, _ = measured(arcs, GRIDS[name], len(regions))
    after, _ = measured(moved, GRIDS[name], len(regions))
    assert before.sum() == pytest.approx(0, abs=1e-9 * before[1:].sum())
    assert after[0] == pytest.approx(before[0], rel=1e-12)
    assert after[1:].sum() == pytest.approx(before[1:].sum(), rel=1e-9)
    assert (before[1:] > 0).all()


def test_the_regions_of_a_map_are_as_large_as_their_pixels() -> None:
    grid = grid_at(40, 50, pixel=10)
    values = np.random.default_rng(1).integers(-1, 3, grid.shape, dtype=np.int32)
    arcs, regions = trace([Strip(values)])
    areas, perimeters = measured(arcs, grid, len(regions))
    scale = 0.9996**2
    assert areas[1:] * scale == pytest.approx(regions.pixels[1:] * 100, rel=1e-6)
    single = np.flatnonzero(regions.pixels == 1)[1:]
    assert perimeters[single] * 0.9996 == pytest.approx(np.full(len(single), 40), rel=1e-6)


def test_the_number_of_workers_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground_module, "CHUNK", 100)
    values = np.random.default_rng(2).integers(-1, 3, (60, 50), dtype=np.int32)
    arcs, _ = trace([Strip(values)])
    ground = measure_ground(GRIDS["turned"])
    for measure in (arc_areas, arc_lengths):
        one, three = measure(arcs, ground, workers=1), measure(arcs, ground, workers=3)
        assert len(one) == len(arcs)
        assert np.array_equal(one, three)
        monkeypatch.setattr(ground_module, "CHUNK", 1 << 18)
        assert np.array_equal(one, measure(arcs, ground))


def test_no_arcs_have_no_areas() -> None:
    none = Arcs(np.empty((0, 2), np.int32), np.zeros(1, np.int64), np.empty((0, 2), np.int32))
    areas, perimeters = measured(none, grid_at(3, 4), 0)
    assert areas.tolist() == perimeters.tolist() == [0]


def test_a_crs_that_is_of_no_planet_is_refused() -> None:
    local = 'LOCAL_CS["site",UNIT["metre",1],AXIS["x",EAST],AXIS["y",NORTH]]'
    with pytest.raises(UserError, match="has no datum"):
        measure_ground(Grid((3, 4), Affine(1, 0, 0, 0, -1, 0), local))


def test_a_grid_beyond_the_map_of_its_crs_is_refused() -> None:
    beyond = Grid(
        (100, 100), Affine(10, 0, 9e6, 0, -10, 9e6), "+proj=geos +h=35785831 +datum=WGS84"
    )
    with pytest.raises(UserError, match="outside the map"):
        measure_ground(beyond)
