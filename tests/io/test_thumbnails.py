"""Rasters at reduced size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from affine import Affine

from rs_seg.io.raster import create_raster
from rs_seg.io.thumbnails import read_thumbnail
from rs_seg.values.grid import Grid


def test_thumbnails_average_valid_pixels_only_and_keep_proportions(tmp_path: Path) -> None:
    grid = Grid((40, 80), Affine(1, 0, 5000, 0, -1, 7000), "EPSG:32632")
    path = tmp_path / "image.tif"
    with create_raster(path, grid, dtype="uint8", bands=["blue", "green", "red"]) as dataset:
        pixels = np.full((3, 40, 80), 100, dtype=np.uint8)
        valid = np.ones((40, 80), dtype=bool)
        valid[:, :41] = False
        pixels[:, ~valid] = 0
        dataset.write(pixels)
        dataset.write_mask(valid)
    thumbnail = read_thumbnail(path, size=20, composite=True, resampling="average")
    assert thumbnail.pixels.shape == (3, 10, 20)
    assert thumbnail.bands == (3, 2, 1)
    assert (thumbnail.pixels[:, thumbnail.valid] == 100).all()
    assert thumbnail.valid.mean() == 0.5 - 0.5 / 20 or thumbnail.valid.mean() == 0.5


def test_small_rasters_are_read_as_they_are(tmp_path: Path) -> None:
    grid = Grid((4, 6), Affine(1, 0, 5000, 0, -1, 7000), "EPSG:32632")
    codes = np.arange(24, dtype=np.uint8).reshape(4, 6)
    with create_raster(
        tmp_path / "codes.tif", grid, dtype="uint8", bands=["class"], nodata=255
    ) as dataset:
        dataset.write(codes, 1)
    thumbnail = read_thumbnail(tmp_path / "codes.tif", size=100, resampling="nearest")
    np.testing.assert_array_equal(thumbnail.pixels[0], codes)


def test_any_band_can_be_shown_and_nodata_does_not_bleed_into_it(tmp_path: Path) -> None:
    grid = Grid((8, 8), Affine(1, 0, 5000, 0, -1, 7000), "EPSG:32632")
    shares = np.stack([np.full((8, 8), value, np.uint8) for value in (10, 90)])
    shares[:, :, :3] = 255
    with create_raster(
        tmp_path / "shares.tif", grid, dtype="uint8", bands=["a", "b"], nodata=255
    ) as dataset:
        dataset.write(shares)
    thumbnail = read_thumbnail(tmp_path / "shares.tif", size=4, band=2, resampling="average")
    assert thumbnail.bands == (2,)
    assert thumbnail.pixels[0, 0].tolist() == [255, 90, 90, 90]
