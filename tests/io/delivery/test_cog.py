"""Rasters to hand over keep their codes at every scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from rs_seg.io.delivery.cog import copy_to_cog
from rs_seg.io.raster import create_raster
from rs_seg.values.grid import Grid

GRID = Grid((700, 1100), Affine(0.5, 0, 5000, 0, -0.5, 7000), "EPSG:32632")


@pytest.fixture
def codes(tmp_path: Path) -> Path:
    path = tmp_path / "codes.tif"
    colors = {3: (10, 20, 30, 255), 200: (40, 50, 60, 255), 255: (0, 0, 0, 0)}
    pixels = np.random.default_rng(0).choice([3, 200, 255], size=GRID.shape).astype(np.uint8)
    with create_raster(
        path, GRID, dtype="uint8", bands=["class"], nodata=255, colormap=colors
    ) as dataset:
        dataset.write(pixels, 1)
    return path


def test_overviews_of_codes_hold_only_codes(codes: Path, tmp_path: Path) -> None:
    copy_to_cog(codes, tmp_path / "cog.tif", overviews="nearest")
    with rasterio.open(tmp_path / "cog.tif") as dataset:
        assert dataset.overviews(1)
        assert dataset.colormap(1)[200] == (40, 50, 60, 255)
    with rasterio.open(tmp_path / "cog.tif", overview_level=0) as overview:
        assert set(np.unique(overview.read(1))) == {3, 200, 255}


def test_equal_rasters_give_equal_bytes(codes: Path, tmp_path: Path) -> None:
    for name in ("a.tif", "b.tif"):
        copy_to_cog(codes, tmp_path / name, overviews="nearest")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_overviews_of_imagery_average_valid_pixels_only(tmp_path: Path) -> None:
    valid = np.zeros(GRID.shape, dtype=bool)
    valid[:, 555:] = True
    with create_raster(tmp_path / "image.tif", GRID, dtype="uint16", bands=["a", "b"]) as dataset:
        dataset.write(np.where(valid, 900, 0)[None].repeat(2, axis=0).astype(np.uint16))
        dataset.write_mask(valid)
    copy_to_cog(tmp_path / "image.tif", tmp_path / "cog.tif", overviews="average")
    with rasterio.open(tmp_path / "cog.tif", overview_level=0) as overview:
        mask = overview.dataset_mask() > 0
        assert mask.any()
        assert (overview.read()[:, mask] == 900).all()
    with rasterio.open(tmp_path / "cog.tif") as dataset:
        assert dataset.descriptions == ("a", "b")
