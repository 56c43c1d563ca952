from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from rs_seg.config import PredictConfig, RandomForest
from rs_seg.errors import UserError
from rs_seg.io.model import read_model, write_model
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.stages.export import export
from rs_seg.stages.predict import predict
from rs_seg.stages.train import train
from rs_seg.values import ClassName, ClassNames, Window, dequantize
from rs_seg.values.grid import Grid, equal, whole

from .learning_run import BANDS, CLASSES, LEGEND, NETWORK, PREDICT, SCENES, TRAIN, LearningRun, make_learning_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    return make_learning_run(tmp_path_factory.mktemp("learning"))


def train_model(folder: Path, run: LearningRun, network) -> Path:
    model = folder / "model.safetensors"
    files = {**run.inputs, "model": model, "curves": folder / "curves.csv", "checkpoints": folder / "checkpoints"}
    train(TRAIN, network, CLASSES, SCENES, 1, **files)
    return model


@pytest.fixture(scope="module")
def model(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_model(tmp_path_factory.mktemp("network"), run, NETWORK)


@pytest.fixture(scope="module")
def forest(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = RandomForest(name="forest", architecture="random_forest", trees=5, max_depth=6, samples=2000)
    return train_model(tmp_path_factory.mktemp("forest"), run, network)


def predict_scene(model: Path, image: Path, path: Path, config: PredictConfig = PREDICT):
    predict(config, CLASSES, model=model, image=image, probabilities=path)
    with RasterReader(path) as reader:
        return reader.read(whole(reader.grid)), reader


def rewrite(image: Path, path: Path, *, window: Window, bands=BANDS, pixel: float = 1.0) -> Path:
    """Part of an image with its bands in another order, or with pixels of another size."""
    with RasterReader(image) as reader:
        order = [reader.bands.index(band) for band in bands if band in reader.bands]
        pixels, valid = reader.read(window)[order], reader.read_valid(window)
        affine = reader.grid.affine @ rasterio.Affine.scale(pixel)
        grid = Grid((window.height, window.width), affine, reader.grid.crs)
    with create_raster(path, grid, dtype="float32", bands=bands) as dataset:
        dataset.write(pixels)
        dataset.write_mask(valid)
    return path


@pytest.mark.parametrize("kind", ["model", "forest"])
def test_probabilities_lie_on_the_grid_of_the_scene_and_invalid_pixels_are_nodata(kind, run, tmp_path, request):
    found, reader = predict_scene(request.getfixturevalue(kind), run.images[0], tmp_path / "p.tif")
    with RasterReader(run.images[0]) as image:
        valid = image.read_valid(whole(image.grid))
        assert equal(image.grid, reader.grid)
    assert reader.bands == CLASSES.names
    assert (reader.dtype, reader.nodata) == (np.uint8, 255)
    assert (found[:, ~valid] == 255).all()
    assert (found[:, valid] < 255).all()
    np.testing.assert_allclose(dequantize(found)[:, valid].sum(axis=0), 1, atol=0.01)


@pytest.mark.parametrize("kind", ["model", "forest"])
def test_maps_agree_with_the_reference_where_nothing_was_trained(kind, run, tmp_path, request):
    found, _ = predict_scene(request.getfixturevalue(kind), run.images[0], tmp_path / "p.tif")
    with RasterReader(run.references[0]) as reader:
        reference = CLASSES.decode(reader.read_codes(whole(reader.grid)))
    test = Window(74, 100, 54, 60).slices
    assert (found.argmax(axis=0)[test] == reference[test]).mean() > 0.7


@pytest.mark.parametrize("kind", ["model", "forest"])
def test_the_same_input_gives_the_same_bytes(kind, run, tmp_path, request):
    for name in ("one.tif", "two.tif"):
        predict_scene(request.getfixturevalue(kind), run.images[0], tmp_path / name)
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()


def test_batches_change_nothing(model, run, tmp_path):
    one, _ = predict_scene(model, run.images[0], tmp_path / "one.tif", PREDICT.model_copy(update={"batch_size": 1}))
    many, _ = predict_scene(model, run.images[0], tmp_path / "many.tif", PREDICT.model_copy(update={"batch_size": 7}))
    assert np.abs(one.astype(int) - many).max() <= 1


@pytest.mark.parametrize("kind", ["model", "forest"])
@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (1, 1), (64, 64), (33, 65)])
def test_scenes_smaller_than_a_tile_are_mapped(kind, shape, run, tmp_path, request):
    image = rewrite(run.images[0], tmp_path / "small.tif", window=Window(30, 30, *shape))
    found, _ = predict_scene(request.getfixturevalue(kind), image, tmp_path / "p.tif")
    assert found.shape == (3, *shape)
    assert (found < 255).all()


def test_bands_are_matched_by_name(model, run, tmp_path):
    window = Window(30, 30, 64, 64)
    straight, _ = predict_scene(model, rewrite(run.images[0], tmp_path / "a.tif", window=window), tmp_path / "pa.tif")
    turned = rewrite(run.images[0], tmp_path / "b.tif", window=window, bands=BANDS[::-1])
    np.testing.assert_array_equal(straight, predict_scene(model, turned, tmp_path / "pb.tif")[0])


def test_a_scene_without_a_band_of_the_model_is_refused(model, run, tmp_path):
    image = rewrite(run.images[0], tmp_path / "two.tif", window=Window(30, 30, 32, 32), bands=BANDS[:2])
    with pytest.raises(UserError, match="height"):
        predict_scene(model, image, tmp_path / "p.tif")


def test_a_scene_of_another_resolution_is_refused(model, run, tmp_path):
    image = rewrite(run.images[0], tmp_path / "coarse.tif", window=Window(30, 30, 32, 32), pixel=1.3)
    with pytest.raises(UserError, match=r"0\.65"):
        predict_scene(model, image, tmp_path / "p.tif")


def test_a_legend_of_other_classes_is_refused(model, run, tmp_path):
    other = ClassNames((*tuple(CLASSES)[:2], ClassName(code=31, name="lake")))
    with pytest.raises(UserError, match="31 lake"):
        predict(PREDICT, other, model=model, image=run.images[0], probabilities=tmp_path / "p.tif")


def test_a_model_whose_tensors_are_not_its_network_s_is_refused(model, run, tmp_path):
    description, tensors = read_model(model)
    write_model(tmp_path / "m", description, dict(list(tensors.items())[1:]))
    with pytest.raises(UserError, match="train the model again"):
        predict_scene(tmp_path / "m", run.images[0], tmp_path / "p.tif")


@pytest.mark.slow
def test_an_onnx_model_says_what_it_is_and_gives_the_same_bytes(model, run, tmp_path):
    import onnx
    import onnxruntime

    for name in ("one.onnx", "two.onnx"):
        export(LEGEND, model=model, onnx=tmp_path / name)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    loaded = onnx.load(tmp_path / "one.onnx")
    metadata = {each.key: each.value for each in loaded.metadata_props}
    assert metadata["bands"] == '["red", "green", "height"]'
    assert metadata["class_codes"] == "[2, 7, 30]"
    assert str(Path(onnx.__file__).parents[1]).encode() not in (tmp_path / "one.onnx").read_bytes()
    session = onnxruntime.InferenceSession(tmp_path / "one.onnx", providers=["CPUExecutionProvider"])
    with RasterReader(run.images[0]) as reader:
        pixels = reader.read(Window(32, 32, 64, 96))
    (found,) = session.run(None, {"pixels": pixels[None]})
    assert found.shape == (1, 3, 64, 96)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_a_random_forest_is_not_exported(forest, tmp_path):
    with pytest.raises(UserError, match="forest"):
        export(LEGEND, model=forest, onnx=tmp_path / "m.onnx")
