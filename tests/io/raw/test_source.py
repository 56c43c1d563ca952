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
    with rasterio.open(
        path, "w", driver="GTiff", transform=transform, **profile, **options
    ) as dataset:
        dataset.write(pixels)
    return path


def read(path, **options):
    bands = options.pop("bands", 1)
    with SourceRaster(
        path, bands=bands, rules=SourceRules(validity=ValidityRule(**options))
    ) as raster:
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
    _, valid = read(
        write_raw(tmp_path / "a.tif", np.zeros((1, 8, 8), dtype=np.uint8)), values=(-9999,)
    )
    assert valid.all()


def test_an_internal_mask_is_respected(tmp_path):
    masked = np.ones((8, 8), dtype=bool)
    masked[3:5] = False
    path = write_image(
        tmp_path / "a.tif", grid_at(8, 8), np.full((2, 8, 8), 7, dtype=np.uint16), valid=masked
    )
    assert np.array_equal(read(path, bands=2)[1], masked)


def test_an_alpha_band_after_the_last_named_one_is_a_mask(tmp_path):
    pixels = np.full((4, 8, 8), 200, dtype=np.uint8)
    pixels[3] = 255
    pixels[3, 0] = 40
    path = write_raw(tmp_path / "a.tif", pixels)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [
            ColorInterp.red,
            ColorInterp.green,
            ColorInterp.blue,
            ColorInterp.alpha,
        ]
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
    with SourceRaster(
        path, bands=1, rules=SourceRules(placing=Placing(crs="EPSG:32633"))
    ) as raster:
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


RGBA = [ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.alpha]


def write_tagged(path, pixels, colors=RGBA, **options):
    write_raw(path, pixels, **options)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = colors
    return path


def imagery(bands=4, *, dtype=np.uint8, side=64):
    return np.random.default_rng(0).integers(0, 255, (bands, side, side)).astype(dtype)


def open_tagged(path, bands, *, mask="auto", **rules):
    return SourceRaster(
        path, bands=bands, rules=SourceRules(validity=ValidityRule(mask=mask), **rules)
    )


def test_near_infrared_that_gdal_tags_as_alpha_is_imagery(tmp_path):
    pixels = imagery()
    with open_tagged(
        write_tagged(tmp_path / "naip.tif", pixels), ("red", "green", "blue", "nir")
    ) as raster:
        found, valid = raster.read(Window(0, 0, 64, 64))
    assert valid.all()
    assert np.array_equal(found, pixels)
    assert "read as nir, and masks nothing" in raster.notes[0]


def test_an_alpha_of_many_values_is_told_and_not_trusted(tmp_path):
    path = write_tagged(tmp_path / "a.tif", imagery())
    with open_tagged(path, ("red", "green", "blue")) as raster:
        assert raster.read(Window(0, 0, 64, 64))[1].all()
    assert "set mask: alpha if it is one" in raster.notes[0]
    with open_tagged(path, ("red", "green", "blue"), mask="alpha") as raster:
        assert np.array_equal(raster.read(Window(0, 0, 64, 64))[1], imagery()[3] >= 128)


@pytest.mark.parametrize("value", [255, 1, 200])
def test_a_constant_alpha_named_like_imagery_is_a_fault(tmp_path, value):
    pixels = imagery()
    pixels[3] = value
    with pytest.raises(UserError, match=r"band 4 .* named 'nir'"):
        open_tagged(write_tagged(tmp_path / "a.tif", pixels), ("red", "green", "blue", "nir"))


@pytest.mark.parametrize(
    ("dtype", "opaque"), [(np.uint8, 255), (np.uint16, 65535), (np.uint16, 255)]
)
@pytest.mark.parametrize("place", [0, 2, 3])
def test_an_alpha_band_masks_wherever_it_stands(tmp_path, place, dtype, opaque):
    pixels, colors = imagery(dtype=dtype), RGBA[:3]
    pixels[place] = opaque
    pixels[place, :5] = 0
    colors = [*RGBA[:place], ColorInterp.alpha, *RGBA[place:3]]
    with open_tagged(
        write_tagged(tmp_path / "a.tif", pixels, colors), ("red", "green", "blue")
    ) as raster:
        found, valid = raster.read(Window(0, 0, 64, 64))
        assert raster.nodata_rule == "alpha band"
    assert np.array_equal(found, np.delete(pixels, place, axis=0))
    assert not valid[:5].any()
    assert valid[5:].all()


def test_the_mask_setting_says_what_of_the_file_counts(tmp_path):
    masked = np.ones((8, 8), dtype=bool)
    masked[7] = False
    pixels = np.full((1, 8, 8), 9, dtype=np.uint8)
    pixels[0, 0] = 3
    path = write_image(tmp_path / "a.tif", grid_at(8, 8), pixels, valid=masked, nodata=3)
    rows = {
        mask: list(read(path, mask=mask)[1].all(axis=1))
        for mask in ("auto", "alpha", "nodata", "none")
    }
    whole = [True] * 8
    assert rows["auto"] == [False, *whole[1:7], False]
    assert rows["alpha"] == [*whole[:7], False]
    assert rows["nodata"] == [False, *whole[1:]]
    assert rows["none"] == whole


def test_stated_values_add_to_an_alpha_band(tmp_path):
    pixels = imagery()
    pixels[3] = 255
    pixels[3, 0] = 0
    pixels[:3, 1] = 0
    path = write_tagged(tmp_path / "a.tif", pixels)
    rules = SourceRules(validity=ValidityRule((0,), nodata_rule="all"))
    with SourceRaster(path, bands=("red", "green", "blue"), rules=rules) as raster:
        _, valid = raster.read(Window(0, 0, 64, 64))
        assert raster.nodata_rule == "value 0 (configuration), alpha band (in all bands)"
    assert not valid[:2].any()
    assert valid[2:].all()


@pytest.mark.parametrize("tagged", [True, False])
def test_by_the_rule_all_a_pixel_needs_one_band_with_data(tmp_path, tagged):
    pixels = np.full((2, 8, 8), 9, dtype=np.float32)
    pixels[:, 0] = -9999
    pixels[1, 1] = -9999
    path = write_raw(tmp_path / "a.tif", pixels, nodata=-9999 if tagged else None)
    stated = () if tagged else (-9999,)
    assert read(path, bands=2, values=stated, nodata_rule="all")[1].sum() == 56
    assert read(path, bands=2, values=stated)[1].sum() == 48


def test_scale_and_offset_are_applied_on_request_and_nodata_is_compared_before(tmp_path):
    pixels = np.array([[[0, 100, 10_000]], [[0, 200, 20_000]]], dtype=np.uint16)
    path = write_raw(tmp_path / "a.tif", pixels, nodata=0)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.0001, 0.001), (-0.1, 5.0)
    rules = SourceRules(apply_scale=True)
    with SourceRaster(path, bands=2, rules=rules) as raster:
        found, valid = raster.read(Window(0, 0, 1, 3))
        assert raster.dtype == found.dtype == np.float32
    assert list(valid[0]) == [False, True, True]
    np.testing.assert_allclose(found[:, 0, 1:], [[-0.09, 0.9], [5.2, 25.0]], rtol=1e-6)
    assert np.array_equal(read(path, bands=2)[0], pixels)


def test_valid_pixels_are_looked_for_at_full_resolution_wherever_they_are(tmp_path):
    pixels = np.zeros((1, 1300, 1100), dtype=np.uint8)
    path = write_raw(tmp_path / "empty.tif", pixels, nodata=0)
    with SourceRaster(path, bands=1) as raster:
        assert not raster.has_valid_pixel()
    pixels[0, 1299, 3] = 7
    with SourceRaster(write_raw(tmp_path / "one.tif", pixels, nodata=0), bands=1) as raster:
        assert raster.has_valid_pixel()


def test_near_infrared_over_much_water_is_no_transparency(tmp_path):
    pixels = imagery()
    pixels[3, :40] = 0
    path = write_tagged(tmp_path / "lake.tif", pixels)
    with open_tagged(path, ("red", "green", "blue", "nir")) as raster:
        assert raster.read(Window(0, 0, 64, 64))[1].all()
