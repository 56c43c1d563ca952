"""Raw rasters: every fault named, one rule of validity."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp

from rs_seg.errors import UserError
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import ValidityRule
from rs_seg.testing import grid_at, write_image
from rs_seg.values import Window

WHOLE = Window(0, 0, 8, 8)


def write_raw(path, pixels, *, crs="EPSG:32632", transform=None, **options):
    count, height, width = pixels.shape
    transform = transform or Affine(2, 0, 500_000, 0, -2, 5_400_000)
    profile = {"height": height, "width": width, "count": count, "dtype": pixels.dtype, "crs": crs}
    with rasterio.open(path, "w", driver="GTiff", transform=transform, **profile, **options) as dataset:
        dataset.write(pixels)
    return path


def read(path, **options):
    bands = options.pop("bands", 1)
    with SourceRaster(path, bands=bands, rules=SourceRules(validity=ValidityRule(**options))) as raster:
        return raster.read(Window(0, 0, raster.height, raster.width))


def test_a_pixel_is_invalid_when_any_band_holds_the_nodata_tag(tmp_path):
    pixels = np.full((3, 8, 8), 9, dtype=np.uint8)
    pixels[1, 2, 3] = 0
    _, valid = read(write_raw(tmp_path / "a.tif", pixels, nodata=0), bands=3)
    assert not valid[2, 3]
    assert valid.sum() == 63


def test_stated_nodata_adds_to_what_the_file_declares(tmp_path):
    pixels = np.full((1, 8, 8), 9, dtype=np.uint8)
    pixels[0, 0, :3] = 0, 255, 254
    path = write_raw(tmp_path / "a.tif", pixels, nodata=0)
    assert list(read(path, values=(255, 254))[1][0, :4]) == [False, False, False, True]
    assert list(read(path, values=(255,), mask="none")[1][0, :4]) == [True, False, True, True]


def test_nan_and_infinity_are_never_valid_beside_another_nodata_tag(tmp_path):
    pixels = np.ones((1, 8, 8), dtype=np.float32)
    pixels[0, 0, :3] = np.nan, np.inf, -9999
    _, valid = read(write_raw(tmp_path / "a.tif", pixels, nodata=-9999))
    assert list(valid[0, :4]) == [False, False, False, True]


def test_nodata_outside_the_type_matches_nothing(tmp_path):
    _, valid = read(write_raw(tmp_path / "a.tif", np.zeros((1, 8, 8), dtype=np.uint8)), values=(-9999,))
    assert valid.all()


def test_an_internal_mask_is_respected(tmp_path):
    masked = np.ones((8, 8), dtype=bool)
    masked[3:5] = False
    path = write_image(tmp_path / "a.tif", grid_at(8, 8), np.full((2, 8, 8), 7, dtype=np.uint16), valid=masked)
    assert np.array_equal(read(path, bands=2)[1], masked)


def test_an_alpha_band_after_the_last_named_one_is_a_mask(tmp_path):
    pixels = np.full((4, 8, 8), 200, dtype=np.uint8)
    pixels[3] = 255
    pixels[3, 0] = 40
    path = write_raw(tmp_path / "a.tif", pixels)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]
    found, valid = read(path, bands=3)
    assert found.shape == (3, 8, 8)
    assert not valid[0].any()
    assert valid[1:].all()


def test_all_faults_of_a_header_are_told_at_once(tmp_path):
    path = write_raw(tmp_path / "a.tif", np.zeros((2, 8, 8), dtype=np.complex64), crs=None)
    with pytest.raises(UserError) as caught:
        SourceRaster(path, bands=3)
    text = str(caught.value)
    assert "3 faults" in text
    assert "2 bands" in text
    assert "complex" in text
    assert "no CRS" in text


def test_a_stated_crs_places_a_file_without_one(tmp_path):
    path = write_raw(tmp_path / "a.tif", np.zeros((1, 8, 8), dtype=np.uint8), crs=None)
    with SourceRaster(path, bands=1, rules=SourceRules(placing=Placing(crs="EPSG:32633"))) as raster:
        assert raster.georeference.crs.to_epsg() == 32633


def test_a_file_without_a_place_is_a_user_error(tmp_path):
    path = tmp_path / "a.tif"
    profile = {"height": 8, "width": 8, "count": 1, "dtype": "uint8"}
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(path, "w", driver="GTiff", **profile) as file,
    ):
        file.write(np.zeros((1, 8, 8), dtype=np.uint8))
    with pytest.raises(UserError, match="no georeference"):
        SourceRaster(path, bands=1)


def test_an_unknown_crs_is_a_user_error(tmp_path):
    path = write_raw(tmp_path / "a.tif", np.zeros((1, 8, 8), dtype=np.uint8))
    with pytest.raises(UserError, match="EPSG:999999"):
        SourceRaster(path, bands=1, rules=SourceRules(placing=Placing(crs="EPSG:999999")))


def test_a_truncated_file_is_found_by_its_directory_and_on_reading(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (1, 256, 256), dtype=np.uint8)
    path = write_raw(tmp_path / "a.tif", pixels, tiled=True, blockxsize=64, blockysize=64)
    path.write_bytes(path.read_bytes()[:-5000])
    with SourceRaster(path, bands=1) as raster:
        fault = raster.find_missing_blocks()
        assert fault is not None
        assert "truncated" in str(fault)
        with pytest.raises(UserError, match="cannot be read"):
            raster.read(Window(0, 0, 256, 256))


def test_a_whole_file_has_no_missing_blocks(tmp_path):
    path = write_raw(tmp_path / "a.tif", np.ones((3, 100, 90), dtype=np.uint8), interleave="band")
    with SourceRaster(path, bands=3) as raster:
        assert raster.find_missing_blocks() is None
