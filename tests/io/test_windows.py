from __future__ import annotations

import multiprocessing

import numpy as np
import pytest
from affine import Affine

from rs_seg.errors import UserError
from rs_seg.io.raster import BLOCK, create_raster
from rs_seg.io.windows import PixelSamples, Place, SceneReaders, WindowSamples
from rs_seg.values import ClassName, ClassNames, Window
from rs_seg.values.grid import Grid

CLASSES = ClassNames((ClassName(code=4, name="a"), ClassName(code=9, name="b")))
HEIGHT, WIDTH = 40, 50


@pytest.fixture
def readers(tmp_path) -> SceneReaders:
    """Bands that hold row and column; class by column; row 0 unlabelled, column 0 invalid."""
    grid = Grid((HEIGHT, WIDTH), Affine(2, 0, 500_000, 0, -2, 5_300_000), "EPSG:32632")
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.uint16)
    codes = np.where(columns < 25, 4, 9).astype(np.uint8)
    codes[0] = CLASSES.nodata
    with create_raster(
        tmp_path / "image.tif", grid, dtype="uint16", bands=["row", "column"]
    ) as dataset:
        dataset.write(np.stack([rows, columns]))
        dataset.write_mask(columns > 0)
    with create_raster(
        tmp_path / "labels.tif", grid, dtype="uint8", bands=["code"], nodata=CLASSES.nodata
    ) as dataset:
        dataset.write(codes, 1)
    return SceneReaders([tmp_path / "image.tif"], [tmp_path / "labels.tif"], CLASSES)


def test_a_sample_holds_the_pixels_of_its_window_and_indices_not_codes(readers):
    pixels, valid, indices = readers.read(Place(0, Window(3, 20, 8, 10)))
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels[0], np.repeat(np.arange(3, 11)[:, None], 10, axis=1))
    np.testing.assert_array_equal(pixels[1], np.repeat(np.arange(20, 30)[None], 8, axis=0))
    assert valid.all()
    np.testing.assert_array_equal(indices[0], [0] * 5 + [1] * 5)


def test_unlabelled_invalid_and_outside_pixels_have_no_class(readers):
    _, valid, indices = readers.read(Place(0, Window(-1, -1, 4, 4)))
    assert not valid[0].any()
    assert not valid[:, :2].any()
    np.testing.assert_array_equal(indices, [[-1] * 4, [-1] * 4, [-1, -1, 0, 0], [-1, -1, 0, 0]])


def test_labels_outside_the_counted_part_are_left_out_and_pixels_kept(readers):
    place = Place(0, Window(4, 4, 6, 6), counted=Window(5, 6, 2, 3))
    pixels, valid, indices = readers.read(place)
    expected = np.full((6, 6), -1)
    expected[1:3, 2:5] = 0
    np.testing.assert_array_equal(indices, expected)
    assert valid.all()
    assert (pixels > 0).all()


def test_samples_are_read_in_order(readers):
    samples = WindowSamples(readers, [Place(0, Window(row, 5, 1, 1)) for row in (7, 3, 9)])
    assert len(samples) == 3
    assert [int(samples[index][0][0, 0, 0]) for index in range(3)] == [7, 3, 9]


def test_drawn_pixels_are_labelled_distinct_and_keep_their_class(readers):
    places = [Place(0, Window(0, 0, 20, WIDTH)), Place(0, Window(20, 0, 20, WIDTH))]
    features, indices = PixelSamples(readers, places, bands=[0, 1]).draw(count=500, seed=0)
    assert features.shape == (500, 2)
    assert len(np.unique(features, axis=0)) == 500
    assert features.min() >= 1
    np.testing.assert_array_equal(indices, (features[:, 1] >= 25).astype(int))
    assert np.mean(features[:, 0] < 20) == pytest.approx(0.49, abs=0.07)


def test_fewer_labelled_pixels_than_asked_for_are_all_taken(readers):
    features, _ = PixelSamples(readers, [Place(0, Window(0, 0, 3, 4))], bands=[0, 1]).draw(
        count=500, seed=0
    )
    assert len(features) == 2 * 3


def test_no_labelled_pixel_is_an_error(readers):
    with pytest.raises(UserError, match="no labelled pixel"):
        PixelSamples(readers, [Place(0, Window(0, 0, 1, 9))], bands=[0, 1]).draw(count=5, seed=0)


def test_a_forked_process_reads_where_its_parent_has_read_before(tmp_path, monkeypatch):
    monkeypatch.setenv("GDAL_NUM_THREADS", "2")  # as `rs-seg --threads 2` does
    side = 3 * BLOCK  # several blocks, which GDAL decodes side by side
    grid = Grid((side, side), Affine(2, 0, 500_000, 0, -2, 5_300_000), "EPSG:32632")
    paths = [tmp_path / "image.tif", tmp_path / "reference.tif"]
    codes = np.random.default_rng(0).integers(0, 2, (side, side)).astype(np.uint8)
    for path in paths:
        with create_raster(path, grid, dtype="uint8", bands=["only"], nodata=255) as dataset:
            dataset.write(codes, 1)
    names = ClassNames((ClassName(code=0, name="a"), ClassName(code=1, name="b")))
    readers = SceneReaders(paths[:1], paths[1:], names)
    place = Place(0, Window(0, 0, side, side))
    readers.read(place)
    child = multiprocessing.get_context("fork").Process(target=readers.read, args=(place,))
    child.start()
    child.join(timeout=30)
    hanging = child.is_alive()
    child.kill()
    assert not hanging
    assert child.exitcode == 0
