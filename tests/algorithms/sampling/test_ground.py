"""Areas and sides of pixels are those on the ellipsoid, whatever the CRS."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.testing import grid_at, rotated_grid
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop, crs_of, ground_pixel_sides, whole

GRIDS = {
    "UTM": grid_at(40, 30, pixel=30),
    "UTM, tall": grid_at(9000, 30, pixel=100, top=5_900_000),
    "rotated": rotated_grid(40, 30, pixel=10),
    "web Mercator": Grid((40, 30), Affine(30, 0, 1_500_000, 0, -30, 8_399_737), "EPSG:3857"),
    "degrees": Grid((4000, 30), Affine(0.01, 0, 10, 0, -0.01, 60), "EPSG:4326"),
    "date line": Grid((40, 30), Affine(0.001, 0, 179.99, 0, -0.001, 60), "EPSG:4326"),
}


def area_on_ellipsoid(grid: Grid, row: int, column: int) -> float:
    pixel = crop(grid, Window(row, column, 1, 1)).extent.to_crs("EPSG:4326")
    return abs(crs_of(grid).proj.get_geod().geometry_area_perimeter(pixel.geom)[0])


@pytest.mark.parametrize("name", [name for name in GRIDS if name != "date line"])
def test_areas_of_rows_are_those_of_polygons_on_the_ellipsoid(name: str) -> None:
    grid = GRIDS[name]
    areas = PixelGround(grid).areas(whole(grid))
    for row in (0, 1, grid.height // 3, grid.height - 1):
        expected = area_on_ellipsoid(grid, row, grid.width // 2)
        assert areas[row] == pytest.approx(expected, rel=2e-5), row


@pytest.mark.parametrize("name", GRIDS)
def test_sides_are_those_of_the_pixel_in_the_middle(name: str) -> None:
    grid = GRIDS[name]
    row = Window(grid.height // 2, 0, 1, grid.width)
    ground = PixelGround(grid)
    height, width = float(ground.heights(row)[0]), float(ground.widths(row)[0])
    assert (height, width) == pytest.approx(ground_pixel_sides(grid), rel=1e-4)


def test_a_pixel_in_degrees_is_half_as_wide_at_60_degrees_as_at_the_equator() -> None:
    grid = Grid((6050, 10), Affine(0.01, 0, 10, 0, -0.01, 60.5), "EPSG:4326")
    areas = PixelGround(grid).areas(whole(grid))
    assert areas[50] / areas[-1] == pytest.approx(0.5, rel=0.02)
    assert (np.diff(areas) > 0).all()


def test_the_date_line_is_no_border() -> None:
    grid = GRIDS["date line"]
    ground = PixelGround(grid)
    west, east = (ground.areas(Window(0, column, 40, 1)) for column in (0, 29))
    middle = ground.areas(Window(0, 9, 40, 3))
    np.testing.assert_allclose(west, east, rtol=1e-9)
    np.testing.assert_allclose(middle, east, rtol=1e-9)
