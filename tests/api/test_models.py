"""A model in the library says of an image what the stage says of it."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

import rs_seg
from rs_seg.config import PredictConfig
from rs_seg.errors import UserError
from rs_seg.stages.predict import predict
from rs_seg.values import dequantize
from tests.stages.learning_run import BANDS, CLASSES


def read_image(run):
    """Pixels with NaN where they are not valid, and where they lie."""
    with rasterio.open(run.images[0]) as image:
        pixels, valid = image.read(), image.dataset_mask() > 0
        return np.where(valid, pixels, np.nan), {"transform": image.transform, "crs": image.crs}


def test_a_raster_is_mapped_as_by_the_stage(run, likelihood, tmp_path):
    prediction = rs_seg.load_model(likelihood).predict(run.images[0])
    path = tmp_path / "probabilities.tif"
    predict(
        PredictConfig(),
        CLASSES,
        model=likelihood,
        image=run.images[0],
        shards=[],
        probabilities=path,
        strips=tmp_path / "strips",
    )
    with rasterio.open(path) as stage:
        bytes_, grid = stage.read(), stage.transform
    np.testing.assert_array_equal(prediction.probabilities, dequantize(bytes_))
    expected = np.array(CLASSES.codes)[bytes_.argmax(axis=0)]
    expected[bytes_[0] == 255] = prediction.nodata
    np.testing.assert_array_equal(prediction.classes, expected)
    assert prediction.transform == grid


def test_an_array_is_mapped_like_the_raster_it_came_from(run, likelihood):
    model = rs_seg.load_model(likelihood)
    pixels, place = read_image(run)
    expected = model.predict(str(run.images[0]))
    np.testing.assert_array_equal(model.predict(pixels, **place).classes, expected.classes)
    swapped = model.predict(pixels[::-1], bands=BANDS[::-1], **place)
    np.testing.assert_array_equal(swapped.classes, expected.classes)
    marked = model.predict(np.nan_to_num(pixels, nan=-9), nodata=-9, **place)
    np.testing.assert_array_equal(marked.classes, expected.classes)


def test_an_array_without_a_place_has_pixels_of_the_size_of_the_training(run, likelihood):
    model = rs_seg.load_model(likelihood)
    pixels, _ = read_image(run)
    prediction = model.predict(pixels)
    assert prediction.transform.a == pytest.approx(model.resolution_m)
    assert prediction.classes.shape == pixels.shape[1:]


@pytest.mark.slow
def test_a_network_without_an_engine_is_computed_by_torch_as_by_the_stage(run, network):
    model = rs_seg.load_model(network)
    assert model.engine is None
    pixels, place = read_image(run)
    first = model.predict(pixels, tile=64, **place)
    again = model.predict(run.images[0], tile=64)
    np.testing.assert_array_equal(first.classes, again.classes)
    assert set(np.unique(first.classes)) <= {*CLASSES.codes, first.nodata}
    assert np.isnan(first.confidence[:20, :20]).all()


def test_a_model_says_what_it_needs(likelihood):
    model = rs_seg.load_model(likelihood)
    assert model.bands == BANDS
    assert model.names == {2: "meadow", 7: "roof", 30: "lake"}
    assert model.resolution_m == pytest.approx(0.5, rel=0.01)


def test_polygons_of_a_prediction_cover_the_ground_with_data(run, likelihood):
    prediction = rs_seg.load_model(likelihood).predict(run.images[0])
    polygons = prediction.polygonize(simplify={"tolerance": 0})
    there = (prediction.classes != prediction.nodata).sum()
    assert polygons.geometry.area.sum() == pytest.approx(there * 0.25)
    assert polygons["prob_mean"].between(0, 1).all()


@pytest.mark.parametrize(
    ("image", "given", "told"),
    [
        (np.zeros((2, 8, 8)), {}, "2 bands"),
        (np.zeros((8, 8)), {}, "no image"),
        (np.zeros((3, 8, 8)), {"bands": ("red", "red", "height")}, "3 different names"),
        (np.zeros((3, 8, 8)), {"bands": ("red", "blue", "height")}, "lacks bands"),
        (np.zeros((3, 8, 8)), {"crs": "EPSG:32632"}, "no transform"),
        (np.zeros((3, 8, 8)), {"tiles": 64}, "unknown key 'tiles'"),
        ("nowhere.tif", {}, "cannot be opened"),
    ],
)
def test_what_does_not_fit_is_told(likelihood, image, given, told):
    with pytest.raises(UserError, match=told):
        rs_seg.load_model(likelihood).predict(image, **given)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_place_is_refused_with_the_way_out(likelihood, tmp_path):
    path = tmp_path / "photo.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=8, height=8, count=3, dtype="uint8"
    ) as photo:
        photo.write(np.zeros((3, 8, 8), dtype=np.uint8))
    with pytest.raises(UserError, match="pass the array"):
        rs_seg.load_model(likelihood).predict(path)
