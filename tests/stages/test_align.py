"""align: several sources become one raster with one mask."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import rasterio

from rs_seg.config import AlignConfig, Source
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.stages.align import align
from rs_seg.testing import coordinate_image, grid_at, write_image
from rs_seg.values import Scene
from rs_seg.values.grid import equal, whole

OPTICAL = Source(path="o", bands=("nir", "red"))
HEIGHT = Source(path="h", bands=("dsm",), nodata=-9999)


def run(folder, images, *, config=None, sources=None, scene=None):
    out = folder / "image.tif"
    sources = sources or {"optical": OPTICAL, "height": HEIGHT}
    align(
        config or AlignConfig(),
        sources,
        scene or Scene(name="scene"),
        inspection=folder / "i.json",
        images=images,
        image=out,
    )
    return out


@pytest.fixture
def pair(tmp_path):
    optical, height = (
        grid_at(300, 280),
        grid_at(130, 120, pixel=5.0, left=499_990.0, top=5_400_010.0),
    )
    pixels = np.random.default_rng(0).integers(1, 255, (2, 300, 280)).astype(np.uint8)
    pixels[:, :20] = 0
    heights = coordinate_image(height)[:1].astype(np.float32) - 500_000
    heights[:, 50:55] = -9999
    return [
        write_image(tmp_path / "optical, a.tif", optical, pixels, nodata=0),
        write_image(tmp_path / "höhe.tif", height, heights),
    ]


def test_sources_are_stacked_on_the_reference_grid_with_one_mask(tmp_path, pair):
    with RasterReader(pair[0]) as first, RasterReader(run(tmp_path, pair)) as image:
        assert equal(image.grid, first.grid)
        assert image.bands == ("nir", "red", "dsm")
        assert image.dtype == np.float32
        pixels, valid = image.read(whole(image.grid)), image.read_valid(whole(image.grid))
        assert np.array_equal(pixels[:2], np.where(valid, first.read(whole(first.grid)), 0))
        expected = coordinate_image(image.grid)[0] - 500_000
        inner = valid.copy()
        inner[:, :3] = inner[:, -3:] = False
        assert np.abs(pixels[2] - expected)[inner].max() < 0.05
    assert not valid[:20].any(), "nodata of the optical source"
    assert not valid[120:132].any(), (
        "nodata of the heights: their rows 50 to 54, 240 to 265 m from the first row"
    )
    assert valid[30:118].all()
    assert 0.85 < valid.mean() < 0.95
    assert set(np.unique(pixels[:, ~valid])) == {0}


def test_dropped_bands_are_left_out_of_the_image(tmp_path, pair):
    dropping = {
        "optical": Source(path="o", bands=("nir", "red"), drop_bands=("nir",)),
        "height": HEIGHT,
    }
    with (
        RasterReader(pair[0]) as first,
        RasterReader(run(tmp_path, pair, sources=dropping)) as image,
    ):
        assert image.bands == ("red", "dsm")
        pixels, valid = image.read(whole(image.grid)), image.read_valid(whole(image.grid))
        assert np.array_equal(pixels[0], np.where(valid, first.read(whole(first.grid))[1], 0))


def test_a_source_that_is_filled_leaves_no_pixel_out(tmp_path, pair, caplog):
    filled = {"optical": OPTICAL, "height": HEIGHT.model_copy(update={"fill": -5.5})}
    with caplog.at_level(logging.INFO), RasterReader(run(tmp_path, pair, sources=filled)) as image:
        pixels, valid = image.read(whole(image.grid)), image.read_valid(whole(image.grid))
    with RasterReader(pair[0]) as first:
        optical = first.read_valid(whole(first.grid))
    np.testing.assert_array_equal(valid, optical)
    assert set(np.unique(pixels[2, 122:130])) == {-5.5}
    assert set(np.unique(pixels[:, ~valid])) == {0}
    missing = int((pixels[2] == -5.5).sum())
    assert (
        f"höhe.tif: no data in {missing} pixels, {missing} of which all other sources hold"
        in caplog.text
    )
    assert f"optical, a.tif: no data in {20 * 280} pixels, {20 * 280} of which" in caplog.text


def test_where_every_source_is_filled_a_pixel_needs_one_of_them(tmp_path):
    grid = grid_at(40, 30)
    dates = np.full((2, 1, 40, 30), 7, dtype=np.uint8)
    dates[0, 0, :10], dates[1, 0, 5:20] = 0, 0
    images = [
        write_image(tmp_path / f"{n}.tif", grid, date, nodata=0) for n, date in enumerate(dates)
    ]
    sources = {name: Source(path="x", bands=(name,), fill=200) for name in ("june", "july")}
    with RasterReader(run(tmp_path, images, sources=sources)) as image:
        pixels, valid = image.read(whole(image.grid)), image.read_valid(whole(image.grid))
    assert not valid[5:10].any()
    assert valid.sum() == 35 * 30
    assert (pixels[0, :5] == 200).all()
    assert (pixels[1, :5] == 7).all()
    assert (pixels[1, 10:20] == 200).all()


def test_a_fill_that_the_values_cannot_hold_is_a_user_error(tmp_path, pair):
    sources = {"optical": OPTICAL.model_copy(update={"fill": -1.0})}
    with pytest.raises(UserError, match=r"sources\.optical\.fill") as error:
        run(tmp_path, pair[:1], sources=sources)
    assert "-1, but the values of the sources are uint8" in str(error.value)
    sources = {"height": HEIGHT.model_copy(update={"fill": 1e300})}
    with pytest.raises(UserError, match=r"sources\.height\.fill"):
        run(tmp_path, pair[1:], sources=sources)


def test_the_grid_can_be_stated(tmp_path, pair):
    with RasterReader(
        run(tmp_path, pair, config=AlignConfig(crs="EPSG:3857", resolution=4.0))
    ) as image:
        assert image.grid.crs.to_epsg() == 3857
        assert image.grid.resolution.x == 4.0
    with RasterReader(run(tmp_path, pair, config=AlignConfig(reference="height"))) as image:
        assert image.grid.shape == (130, 120)


def test_the_same_inputs_give_the_same_bytes(tmp_path, pair):
    assert run(tmp_path, pair).read_bytes() == run(tmp_path, pair).read_bytes()


def test_sources_that_do_not_meet_are_a_user_error(tmp_path, pair):
    far = write_image(
        tmp_path / "far.tif",
        grid_at(50, 50, left=700_000.0),
        np.ones((1, 50, 50), dtype=np.float32),
    )
    with pytest.raises(UserError, match=r"far\.tif: source does not meet the grid"):
        run(tmp_path, [pair[0], far])


def test_nothing_valid_is_a_user_error(tmp_path):
    path = write_image(
        tmp_path / "a.tif", grid_at(20, 20), np.zeros((2, 20, 20), dtype=np.uint8), nodata=0
    )
    with pytest.raises(UserError, match=r"no pixel is valid.*value 0 \(file\)"):
        run(tmp_path, [path], sources={"optical": OPTICAL})


def test_the_log_says_how_each_source_was_resampled(tmp_path, pair, caplog):
    with caplog.at_level(logging.INFO):
        run(tmp_path, pair)
    assert "optical, a.tif: passed through" in caplog.text
    assert "höhe.tif: bilinear" in caplog.text


def test_one_row_of_pixels_works(tmp_path):
    path = write_image(tmp_path / "a.tif", grid_at(1, 700), np.ones((2, 1, 700), dtype=np.uint16))
    with RasterReader(run(tmp_path, [path], sources={"optical": OPTICAL})) as image:
        assert image.grid.shape == (1, 700)


def test_bands_come_out_as_they_are_named_whatever_their_order_in_the_file(tmp_path):
    pixels = np.stack([np.full((40, 40), value, dtype=np.uint8) for value in (10, 20, 30, 40)])
    path = write_image(
        tmp_path / "a.tif", grid_at(40, 40), pixels, bands=["blue", "green", "red", "nir"]
    )
    sources = {"photo": Source(path="p", bands=("red", "green", "blue", "nir"))}
    with RasterReader(run(tmp_path, [path], sources=sources)) as image:
        assert image.bands == ("red", "green", "blue", "nir")
        assert [int(band.max()) for band in image.read(whole(image.grid))] == [30, 20, 10, 40]
        assert image.read_valid(whole(image.grid)).all()


def test_near_infrared_tagged_as_alpha_keeps_all_its_pixels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (4, 60, 60)).astype(np.uint8)
    path = tmp_path / "naip.tif"
    grid = grid_at(60, 60)
    # as GDAL writes four bands by default
    options = {
        "height": 60,
        "width": 60,
        "count": 4,
        "dtype": "uint8",
        "crs": str(grid.crs),
        "transform": grid.affine,
    }
    with rasterio.open(path, "w", driver="GTiff", **options) as dataset:
        dataset.write(pixels)
        assert dataset.colorinterp[3].name == "alpha"
    sources = {"photo": Source(path="p", bands=("red", "green", "blue", "nir"))}
    with RasterReader(run(tmp_path, [path], sources=sources)) as image:
        assert image.read_valid(whole(image.grid)).all()
        assert np.array_equal(image.read(whole(image.grid)), pixels)


def test_stated_nodata_masks_a_collar_without_letting_the_alpha_band_go(tmp_path):
    pixels = np.full((4, 40, 40), 90, dtype=np.uint8)
    pixels[3] = 255
    pixels[3, :4] = 0
    pixels[:3, -4:] = 0
    path = tmp_path / "a.tif"
    options = {"height": 40, "width": 40, "count": 4, "dtype": "uint8", "crs": "EPSG:32632"}
    with rasterio.open(
        path, "w", driver="GTiff", transform=grid_at(40, 40).affine, **options
    ) as dataset:
        dataset.write(pixels)
    sources = {"photo": Source(path="p", bands=("red", "green", "blue"), nodata=0)}
    with RasterReader(run(tmp_path, [path], sources=sources)) as image:
        valid = image.read_valid(whole(image.grid))
    assert not valid[:4].any()
    assert not valid[-4:].any()
    assert valid[4:-4].all()


def test_scaled_values_are_decimals_in_the_units_of_the_tags(tmp_path):
    pixels = np.array([0, 5000, 10_000], dtype=np.uint16).repeat(400).reshape(1, 30, 40)
    path = write_image(tmp_path / "a.tif", grid_at(30, 40), pixels, nodata=0, bands=["nir"])
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.0001,), (-0.1,)
    sources = {"photo": Source(path="p", bands=("nir",), apply_scale=True)}
    with RasterReader(run(tmp_path, [path], sources=sources)) as image:
        assert image.dtype == np.float32
        found, valid = image.read_codes(whole(image.grid)), image.read_valid(whole(image.grid))
    assert list(valid[:, 0]) == [False] * 10 + [True] * 20
    np.testing.assert_allclose(np.unique(found[valid]), [0.4, 0.9], rtol=1e-6)


@pytest.mark.parametrize(("pixel", "worries"), [(30.0, 0), (0.5, 1)])
def test_the_operation_between_two_crs_is_logged_and_a_warning_where_it_is_worse_than_a_pixel(
    tmp_path, caplog, pixel, worries
):
    caplog.set_level(logging.INFO)
    place = {"pixel": pixel, "left": 600_000.0, "top": 6_200_000.0}
    pixels = np.ones((1, 800, 800), dtype=np.uint8)
    images = [
        write_image(tmp_path / "new.tif", grid_at(800, 800, crs="EPSG:32755", **place), pixels),
        write_image(tmp_path / "old.tif", grid_at(800, 800, crs="EPSG:20355", **place), pixels),
    ]
    run(
        tmp_path,
        images,
        sources={name: Source(path=name, bands=(name,)) for name in ("new", "old")},
    )
    assert "old.tif: from AGD84 / AMG zone 55 by " in caplog.text
    assert "AGD84 to WGS 84" in caplog.text
    warnings = [
        record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING
    ]
    assert len(warnings) == worries
    assert all(
        "is exact to" in warning and "more than a pixel of 0.5 m" in warning for warning in warnings
    )
