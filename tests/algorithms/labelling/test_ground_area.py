"""Areas on the ground, in any CRS."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine

from rs_seg.algorithms.labelling.ground_area import ground_areas
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values.grid import Grid, ground_pixel_size

PIXEL = np.array([shapely.box(0, 0, 1, 1)])


def mercator_grid(longitude: float, latitude: float, *, pixel: float) -> Grid:
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(longitude, latitude)
    return Grid((1, 1), Affine(pixel, 0, x, 0, -pixel, y), "EPSG:3857")


def test_a_web_mercator_pixel_at_banepa_has_its_ground_area() -> None:
    areas = ground_areas(PIXEL, mercator_grid(85.52, 27.63, pixel=0.1493))
    assert areas[0] == pytest.approx(0.132**2, rel=0.01)


@pytest.mark.parametrize(
    "grid",
    [
        grid_at(300, 200, pixel=10),
        mercator_grid(10, 60, pixel=5),
        Grid((100, 100), Affine(1e-4, 0, 85.5, 0, -2e-4, 27.6), "EPSG:4326"),
        Grid((50, 50), Affine(30, 0, 400_000, 0, -30, -2_000_000), "EPSG:3031"),
        rotated_grid(40, 30, pixel=20),  # geodesic areas, the oracle, are exact to some 1e-5 m2
    ],
    ids=["utm", "web mercator", "degrees", "polar", "rotated"],
)
def test_areas_are_those_of_the_ellipsoid(grid: Grid) -> None:
    row, column = grid.height // 2, grid.width // 2
    areas = ground_areas(np.array([shapely.box(column, row, column + 1, row + 1)]), grid)
    assert areas[0] == pytest.approx(ground_pixel_size(grid) ** 2, rel=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:32632", "EPSG:3857"])
def test_a_large_polygon_has_the_area_of_its_pixels(crs: str) -> None:
    grid = grid_at(1024, 1024, pixel=150.0, crs=crs)
    whole = ground_areas(np.array([shapely.box(0, 0, 1024, 1024)]), grid)
    columns, rows = (
        each.ravel() for each in np.meshgrid(np.arange(0, 1024, 8), np.arange(0, 1024, 8))
    )
    parts = ground_areas(shapely.box(columns, rows, columns + 8, rows + 8), grid)
    assert whole[0] == pytest.approx(parts.sum(), rel=1e-6)


def test_the_whole_earth_has_the_area_of_the_ellipsoid() -> None:
    grid = Grid((180, 360), Affine(1, 0, -180, 0, -1, 90), "EPSG:4326")
    areas = ground_areas(np.array([shapely.box(0, 0, 360, 180)]), grid)
    assert areas[0] == pytest.approx(510_065_621_724_000, rel=1e-6)  # WGS 84


def test_no_polygons_have_no_areas() -> None:
    assert ground_areas(np.empty(0, dtype=object), grid_at(3, 4)).shape == (0,)
