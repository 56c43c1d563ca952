"""Clouds on the own grid of an overview: every orientation, thinned, by points, by polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.control import GroundControlPoint

from rs_seg.config import Clouds, Source
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.stages.inspect.clear import clear_overview
from rs_seg.testing import (
    grid_at,
    picture_grid,
    rotated_grid,
    square,
    write_image,
    write_polygons,
)
from rs_seg.values.grid import Grid, picture_of

SOURCE = Source(
    path="image.tif", bands=("red",), clouds=Clouds(path="clouds.tif", nodata_values=(9,))
)
HEIGHT, WIDTH = 120, 90
CLOUDY = np.zeros((HEIGHT, WIDTH), dtype=bool)
CLOUDY[20:60, 12:48] = True
CORNERS = [(0, 0), (0, WIDTH), (HEIGHT, 0), (HEIGHT, WIDTH)]


def south_up(height: int, width: int) -> Grid:
    return Grid((height, width), Affine(2, 0, 500_000, 0, 2, 5_400_000), "EPSG:32632")


def cloudy_of(
    image: Path, clouds: Path, shape: tuple[int, int], *, picture: str | None = None
) -> np.ndarray:
    rules = SourceRules(placing=Placing(picture=picture))
    with SourceRaster(image, bands=1, rules=rules) as raster:
        return ~clear_overview(raster, np.ones(shape, bool), name="s", source=SOURCE, clouds=clouds)


@pytest.mark.parametrize("grid_of", [grid_at, south_up, rotated_grid, picture_grid])
@pytest.mark.parametrize("step", [1, 3])
def test_clouds_on_the_grid_of_the_raster_are_those_of_the_file(tmp_path, grid_of, step):
    grid = grid_of(HEIGHT, WIDTH)
    image = write_image(tmp_path / "image.tif", grid, np.ones((1, HEIGHT, WIDTH), np.uint8))
    clouds = write_image(tmp_path / "clouds.tif", grid, np.where(CLOUDY, 9, 4)[None].astype("u1"))
    shape = HEIGHT // step, WIDTH // step
    cloudy = cloudy_of(image, clouds, shape, picture=picture_of(grid))
    assert np.array_equal(cloudy, CLOUDY[step // 2 :: step, step // 2 :: step])


def test_polygons_are_clouds_of_a_raster_that_reaches_beyond_them(tmp_path):
    grid = grid_at(HEIGHT, WIDTH)
    image = write_image(tmp_path / "image.tif", grid, np.ones((1, HEIGHT, WIDTH), np.uint8))
    clouds = write_polygons(tmp_path / "c.gpkg", [square(500_020.0, 5_400_000.0 - 80, 40)])
    rows, columns = np.nonzero(cloudy_of(image, clouds, (HEIGHT // 2, WIDTH // 2)))
    assert len(rows) == 100
    assert np.ptp(rows) == np.ptp(columns) == 9
    assert columns.min() == 5


def test_clouds_by_ground_control_points_are_all_found_and_hardly_more(tmp_path):
    turned = rotated_grid(HEIGHT, WIDTH)
    points = [
        GroundControlPoint(row, column, *(turned.affine * (column, row))) for row, column in CORNERS
    ]
    profile = {"height": HEIGHT, "width": WIDTH, "count": 1, "dtype": "uint8", "gcps": points}
    paths = tmp_path / "image.tif", tmp_path / "clouds.tif"
    for path, pixels in zip(paths, (np.ones_like(CLOUDY), np.where(CLOUDY, 9, 4)), strict=True):
        with rasterio.open(path, "w", driver="GTiff", crs="EPSG:32632", **profile) as dataset:
            dataset.write(pixels.astype(np.uint8), 1)
    cloudy = cloudy_of(*paths, (HEIGHT, WIDTH))
    around = np.zeros_like(CLOUDY)
    around[17:63, 9:51] = True
    assert not (CLOUDY & ~cloudy).any()
    assert not (cloudy & ~around).any()
