"""The CRS of pictures without a place: one for each, which files keep."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from odc.geo.crs import CRS

from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.testing import grid_at, picture_grid
from rs_seg.values.grid import (
    crs_of,
    crs_of_files,
    describe_grid,
    ground_pixel_sides,
    ground_pixel_size,
    ground_resolution,
    has_place,
)
from rs_seg.values.pictures import is_picture, picture_crs, restore_crs

NAMES = ["photo", "photo 2", "$a_$ <b> !", 'it\'s; "a"', "äöü", "x" * 300, "x" * 299, "|", ""]


def test_each_picture_has_a_crs_of_its_own() -> None:
    known = [CRS(picture_crs(name)) for name in NAMES]
    assert all(first != second for first, second in combinations(known, 2))
    assert all(is_picture(crs) for crs in known)
    assert not is_picture(CRS("EPSG:32632"))


@pytest.mark.parametrize("name", NAMES)
def test_a_raster_keeps_the_crs_of_its_picture(tmp_path: Path, name: str) -> None:
    grid = picture_grid(3, 5, scene=name)
    with create_raster(tmp_path / "p.tif", grid, dtype=np.uint8, bands=["v"]) as dataset:
        dataset.write(np.ones((1, 3, 5), dtype=np.uint8))
    with RasterReader(tmp_path / "p.tif") as reader:
        assert reader.grid == grid
        assert crs_of(reader.grid) == crs_of(grid)


def test_the_crs_of_places_stay_as_they_are() -> None:
    wkt = grid_at(2, 2).crs.to_wkt()
    assert restore_crs(wkt) == wkt


def test_lengths_on_a_picture_are_in_pixels() -> None:
    grid = picture_grid(30, 40)
    assert not has_place(grid)
    assert (ground_pixel_size(grid), ground_pixel_sides(grid)) == (1.0, (1.0, 1.0))
    assert (ground_resolution(grid), crs_of_files(grid)) == (None, None)
    assert describe_grid(grid) == "30 x 40 pixels without a place"
    placed = grid_at(30, 40)
    assert has_place(placed)
    assert ground_resolution(placed) == ground_pixel_size(placed)
