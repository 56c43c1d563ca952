"""Rasters of very many pixels in very few bytes are looked at in no time."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window as RasterioWindow

from rs_seg.io.raw import searching
from rs_seg.io.raw.searching import search_windows
from rs_seg.io.raw.source import SourceRaster
from rs_seg.values import Window


def write_sparse(
    path: Path, *, size: int, block: int, nodata: float | None, at: int | None = None
) -> Path:
    """A TIFF without blocks, or with the one around the pixel at this row and column (1)."""
    options = {
        "nodata": nodata,
        "compress": "deflate",
        "crs": "EPSG:32633",
        "transform": from_origin(5e5, 5e6, 1, 1),
    }
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="uint8", tiled=True,
        blockxsize=block, blockysize=block, sparse_ok=True, **options,
    ) as dataset:  # fmt: skip
        if at is not None:
            dataset.write(np.ones((1, 1, 1), np.uint8), window=RasterioWindow(at, at, 1, 1))
    return path


@pytest.mark.parametrize("nodata", [0, None])
def test_a_huge_tiff_without_blocks_is_looked_at_in_seconds(
    tmp_path: Path, nodata: float | None
) -> None:
    path = write_sparse(tmp_path / "a.tif", size=100_000, block=16384, nodata=nodata)
    assert path.stat().st_size < 1000
    begin = time.monotonic()
    with SourceRaster(path, bands=1) as raster:
        assert raster.find_missing_blocks() is None
        assert raster.has_valid_pixel() is (nodata is None)
        pixels, valid = raster.read_overview(1024)
        assert pixels.shape == (1, 1024, 1024)
        assert (valid == (nodata is None)).all()
        assert (raster.find_absent(1024) == (nodata is not None)).all()
    assert time.monotonic() - begin < 10  # minutes before


def test_the_one_pixel_of_a_sparse_tiff_is_found(tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "a.tif", size=20_000, block=256, nodata=0, at=7_000)
    with SourceRaster(path, bands=1) as raster:
        assert raster.has_valid_pixel()
        windows = list(search_windows(raster.dataset, raster._stored))
    # one pixel of all that is not stored, and the block that is
    assert windows == [Window(0, 0, 1, 1), Window(27 * 256, 27 * 256, 256, 256)]


class Size:
    driver, height, width = "VRT", 3000, 2000


def test_all_windows_are_searched_once_or_as_many_spread_over_the_raster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    windows = list(search_windows(Size(), None))
    assert len(set(windows)) == len(windows) == 6 * 4
    assert sum(each.height * each.width for each in windows) == 3000 * 2000
    monkeypatch.setattr(searching, "MOST", 6)
    windows = list(search_windows(Size(), None))
    assert len(set(windows)) == 6
    assert len({each.column for each in windows}) > 1


@pytest.mark.parametrize(("most", "known"), [(9, False), (8, None)])
def test_a_sample_without_data_does_not_declare_a_raster_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, known: bool | None
) -> None:
    path = tmp_path / "a.tif"
    options = {"crs": "EPSG:32633", "transform": from_origin(5e5, 5e6, 1, 1), "compress": "deflate"}
    side = 2 * searching.SEARCHED + 1
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=side,
        height=side,
        count=1,
        dtype="uint8",
        nodata=0,
        **options,
    ) as d:
        d.write(np.zeros((1, side, side), np.uint8))
    monkeypatch.setattr(searching, "MOST", most)
    with SourceRaster(path, bands=1) as raster:
        assert raster.has_valid_pixel() is known
