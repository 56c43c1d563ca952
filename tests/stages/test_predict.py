from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import rasterio

from rs_seg.config import Likelihood, PredictConfig, RandomForest
from rs_seg.errors import UserError
from rs_seg.io.engine import read_engine, write_engine
from rs_seg.io.model import read_description, read_model, write_model
from rs_seg.io.raster import RasterReader, create_raster
from rs_seg.io.strips import StripStore
from rs_seg.predicting.strips import plan_prediction
from rs_seg.stages.predict import predict
from rs_seg.stages.predict_shard import predict_shard
from rs_seg.values import ClassName, ClassNames, Shard, Window, dequantize
from rs_seg.values.grid import Grid, equal, whole
from tests.stages.torch_engine import write_torch_engine

from .learning_run import BANDS, CLASSES, PREDICT, LearningRun, train_model


@pytest.fixture(scope="module")
def forest(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = RandomForest(
        name="forest", architecture="random_forest", trees=5, max_depth=6, samples=2000
    )
    return train_model(tmp_path_factory.mktemp("forest"), run, network)


@pytest.fixture(scope="module")
def likelihood(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = Likelihood(name="likelihood", architecture="gaussian_likelihood", samples=2000)
    return train_model(tmp_path_factory.mktemp("likelihood"), run, network)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An engine folder as accelerate writes it, for torch in float32."""
    return write_torch_engine(tmp_path_factory.mktemp("engine") / "engine", network="small")


def files_of(model: Path, engine: Path, image: Path, folder: Path) -> dict[str, Path | None]:
    """The files that prediction takes in; methods without layers have no engine."""
    pixelwise = read_description(model).kind != "convolutional"
    return {
        "model": model,
        "engine": None if pixelwise else engine,
        "image": image,
        "strips": folder / "strips",
    }


def predict_scene(
    model: Path, engine: Path, image: Path, path: Path, config: PredictConfig = PREDICT
):
    files = files_of(model, engine, image, path.parent)
    files["strips"].mkdir(parents=True, exist_ok=True)
    predict(config, CLASSES, **files, shards=[], probabilities=path)
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


@pytest.mark.parametrize("kind", ["model", "forest", "likelihood"])
def test_probabilities_lie_on_the_grid_of_the_scene_and_invalid_pixels_are_nodata(
    kind, run, engine, tmp_path, request
):
    found, reader = predict_scene(
        request.getfixturevalue(kind), engine, run.images[0], tmp_path / "p.tif"
    )
    with RasterReader(run.images[0]) as image:
        valid = image.read_valid(whole(image.grid))
        assert equal(image.grid, reader.grid)
    assert reader.bands == CLASSES.names
    assert (reader.dtype, reader.nodata) == (np.uint8, 255)
    assert (found[:, ~valid] == 255).all()
    assert (found[:, valid] < 255).all()
    np.testing.assert_allclose(dequantize(found)[:, valid].sum(axis=0), 1, atol=0.01)


@pytest.mark.parametrize("kind", ["model", "forest", "likelihood"])
def test_maps_agree_with_the_reference_where_nothing_was_trained(
    kind, run, engine, tmp_path, request
):
    found, _ = predict_scene(
        request.getfixturevalue(kind), engine, run.images[0], tmp_path / "p.tif"
    )
    with RasterReader(run.references[0]) as reader:
        reference = CLASSES.decode(reader.read_codes(whole(reader.grid)))
    test = Window(74, 100, 54, 60).slices
    assert (found.argmax(axis=0)[test] == reference[test]).mean() > 0.7


@pytest.mark.parametrize("kind", ["model", "forest", "likelihood"])
def test_the_same_input_gives_the_same_bytes(kind, run, engine, tmp_path, request):
    for name in ("one.tif", "two.tif"):
        predict_scene(request.getfixturevalue(kind), engine, run.images[0], tmp_path / name)
    assert (tmp_path / "one.tif").read_bytes() == (tmp_path / "two.tif").read_bytes()


def test_batches_change_nothing(model, engine, run, tmp_path):
    one, _ = predict_scene(
        model,
        engine,
        run.images[0],
        tmp_path / "one.tif",
        PREDICT.model_copy(update={"batch_size": 1}),
    )
    many, _ = predict_scene(
        model,
        engine,
        run.images[0],
        tmp_path / "many.tif",
        PREDICT.model_copy(update={"batch_size": 7}),
    )
    assert np.abs(one.astype(int) - many).max() <= 1


@pytest.mark.parametrize("kind", ["model", "forest", "likelihood"])
@pytest.mark.parametrize("shape", [(1, 40), (40, 1), (1, 1), (64, 64), (33, 65)])
def test_scenes_smaller_than_a_tile_are_mapped(kind, shape, run, engine, tmp_path, request):
    image = rewrite(run.images[0], tmp_path / "small.tif", window=Window(30, 30, *shape))
    found, _ = predict_scene(request.getfixturevalue(kind), engine, image, tmp_path / "p.tif")
    assert found.shape == (3, *shape)
    assert (found < 255).all()


def test_bands_are_matched_by_name(model, engine, run, tmp_path):
    window = Window(30, 30, 64, 64)
    straight, _ = predict_scene(
        model,
        engine,
        rewrite(run.images[0], tmp_path / "a.tif", window=window),
        tmp_path / "pa.tif",
    )
    turned = rewrite(run.images[0], tmp_path / "b.tif", window=window, bands=BANDS[::-1])
    np.testing.assert_array_equal(
        straight, predict_scene(model, engine, turned, tmp_path / "pb.tif")[0]
    )


def test_a_scene_without_a_band_of_the_model_is_refused(model, engine, run, tmp_path):
    image = rewrite(
        run.images[0], tmp_path / "two.tif", window=Window(30, 30, 32, 32), bands=BANDS[:2]
    )
    with pytest.raises(UserError, match="height"):
        predict_scene(model, engine, image, tmp_path / "p.tif")


def test_a_scene_of_another_resolution_is_refused(model, engine, run, tmp_path):
    image = rewrite(
        run.images[0], tmp_path / "coarse.tif", window=Window(30, 30, 32, 32), pixel=1.3
    )
    with pytest.raises(UserError, match=r"0\.65"):
        predict_scene(model, engine, image, tmp_path / "p.tif")


def test_a_legend_of_other_classes_is_refused(model, engine, run, tmp_path):
    other = ClassNames((*tuple(CLASSES)[:2], ClassName(code=31, name="lake")))
    with pytest.raises(UserError, match="31 lake"):
        predict(
            PREDICT,
            other,
            **files_of(model, engine, run.images[0], tmp_path),
            shards=[],
            probabilities=tmp_path / "p.tif",
        )


def test_a_model_whose_tensors_are_not_its_network_s_is_refused(model, engine, run, tmp_path):
    description, tensors = read_model(model)
    write_model(tmp_path / "m", description, dict(list(tensors.items())[1:]))
    with pytest.raises(UserError, match="train the model again"):
        predict_scene(tmp_path / "m", engine, run.images[0], tmp_path / "p.tif")


TALL = PREDICT.model_copy(update={"tile": 96, "overlap": 32})


@pytest.fixture(scope="module")
def tall(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene of several bands: the small one, mirrored again and again."""
    with RasterReader(run.images[0]) as reader:
        pixels, valid = reader.read(whole(reader.grid)), reader.read_valid(whole(reader.grid))
        rows = 1100 - reader.height
        pixels, valid = (
            np.pad(pixels, ((0, 0), (0, rows), (0, 0)), "symmetric"),
            np.pad(valid, ((0, rows), (0, 0)), "symmetric"),
        )
        grid = Grid(pixels.shape[1:], reader.grid.affine, reader.grid.crs)
    path = tmp_path_factory.mktemp("tall") / "image.tif"
    with create_raster(path, grid, dtype="float32", bands=BANDS) as dataset:
        dataset.write(pixels)
        dataset.write_mask(valid)
    return path


@pytest.mark.parametrize("kind", ["model", "forest", "likelihood"])
@pytest.mark.parametrize("count", [2, 3, 9])
def test_shards_of_a_scene_give_the_bytes_of_one_job(kind, count, tall, engine, tmp_path, request):
    model = request.getfixturevalue(kind)
    predict_scene(model, engine, tall, tmp_path / "once.tif", TALL)
    config = TALL.model_copy(update={"shards": count})
    files = files_of(model, engine, tall, tmp_path)
    flags = [tmp_path / f"{index}.txt" for index in range(1, count + 1)]
    for index, finished in enumerate(flags, start=1):
        predict_shard(config, CLASSES, Shard(index, count), **files, finished=finished)
    rows = [int(number) for flag in flags for number in re.findall(r"\d+", flag.read_text())]
    assert rows[0] == 0
    assert rows[-1] == 1100
    assert rows[1:-1:2] == rows[2::2], (
        "shards are neighbours, and every band belongs to one of them"
    )
    folder = str(files["strips"])
    assert len(list(Path(folder).rglob("*.tif"))) == len(rows) // 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "rs_seg.predicting.strips._open_engine", pytest.fail
        )  # nothing is left to compute
        predict(
            config,
            CLASSES,
            **files,
            shards=flags,
            probabilities=tmp_path / "joined.tif",
            timing=tmp_path / "t.json",
        )
    assert (tmp_path / "joined.tif").read_bytes() == (tmp_path / "once.tif").read_bytes()
    assert not Path(folder).exists()
    timing = json.loads((tmp_path / "t.json").read_text())
    assert timing["seconds"] > 0, "though nothing was left to compute"
    assert timing["cpu_seconds"] > 0
    assert timing["pixels"] == 1100 * 160


@pytest.mark.parametrize("threads", ["1", "3"])
def test_a_restart_after_a_kill_gives_the_bytes_of_one_run_with_any_number_of_threads(  # noqa: PLR0917
    threads, model, tall, engine, tmp_path, monkeypatch, caplog
):
    predict_scene(model, engine, tall, tmp_path / "once.tif", TALL)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    write = StripStore.write

    def die_at_the_third(store: StripStore, row: int, pixels) -> None:
        if row >= 512:
            raise KeyboardInterrupt
        write(store, row, pixels)

    monkeypatch.setattr(StripStore, "write", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        predict_scene(model, engine, tall, tmp_path / "again.tif", TALL)
    assert not (tmp_path / "again.tif").exists()
    monkeypatch.setattr(StripStore, "write", write)
    with caplog.at_level("INFO", logger="rs_seg"):
        predict_scene(model, engine, tall, tmp_path / "again.tif", TALL)
    assert "2 of 5 strips were finished before" in caplog.text
    assert (tmp_path / "again.tif").read_bytes() == (tmp_path / "once.tif").read_bytes()


def test_bands_of_other_settings_or_another_model_are_not_taken(model, tall, engine, tmp_path):
    predict_scene(
        model, engine, tall, tmp_path / "crop.tif", TALL.model_copy(update={"join": "crop"})
    )
    files = files_of(model, engine, tall, tmp_path)
    predict_shard(
        TALL, CLASSES, Shard(1, 1), **files, finished=tmp_path / "f"
    )  # blended bands lie in the folder
    predict_scene(
        model, engine, tall, tmp_path / "crop2.tif", TALL.model_copy(update={"join": "crop"})
    )
    assert (tmp_path / "crop.tif").read_bytes() == (tmp_path / "crop2.tif").read_bytes()


def test_unfinished_work_belongs_to_the_tensors_that_are_computed(model, tall, engine, tmp_path):
    description, tensors = read_model(model)
    retrained = {key: values + 1 for key, values in tensors.items()}
    write_model(tmp_path / "retrained", description, retrained)
    cooler = description.model_copy(update={"temperature": description.temperature + 1})
    write_model(tmp_path / "cooler", cooler, tensors)
    of_onnx = {"engine": "openvino", "runs_onnx": True}
    record = read_engine(engine).model_copy(update=of_onnx)
    for onnx in (b"one", b"other"):
        write_engine(tmp_path / onnx.decode(), record, onnx)

    def work(of_model: Path, of_engine: Path) -> Path:
        files = files_of(of_model, of_engine, tall, tmp_path)
        return plan_prediction(TALL, CLASSES, **files).store.folder

    assert work(tmp_path / "retrained", engine) != work(model, engine)
    assert work(tmp_path / "retrained", tmp_path / "one") == work(model, tmp_path / "one")
    assert work(tmp_path / "cooler", tmp_path / "one") != work(model, tmp_path / "one")
    assert work(model, tmp_path / "other") != work(model, tmp_path / "one")


def test_exact_tiling_is_refused_for_a_network_that_looks_at_whole_tiles(
    model, tall, engine, tmp_path
):
    with pytest.raises(UserError, match="blend or crop"):
        predict_scene(
            model, engine, tall, tmp_path / "p.tif", TALL.model_copy(update={"join": "exact"})
        )


def test_a_network_without_an_engine_is_told_to_tune_first(model, tall, tmp_path):
    with pytest.raises(UserError, match="rs-seg accelerate"):
        predict_scene(model, None, tall, tmp_path / "p.tif")


def test_a_tile_off_the_stride_of_the_network_is_refused(model, tall, engine, tmp_path):
    wide = tmp_path / "engine"
    write_engine(wide, read_engine(engine).model_copy(update={"stride": 128}), None)
    with pytest.raises(UserError, match=r"set predict\.tile to 256"):
        predict_scene(
            model, wide, tall, tmp_path / "p.tif", PREDICT.model_copy(update={"tile": 160})
        )


@pytest.mark.parametrize(
    ("fits_memory", "scales", "largest"),
    [(False, (1.0,), 416), (True, (1.0,), 320), (True, (1.0, 0.5), 320), (True, (1.0, 2.0), 160)],
)
def test_no_tile_is_larger_than_memory_holds(
    fits_memory, scales, largest, *, model, tall, engine, tmp_path
):
    fitting = tmp_path / "engine"
    changed = {"tile": 320, "overlap": 32, "stride": 32, "fits_memory": fits_memory}
    write_engine(fitting, read_engine(engine).model_copy(update=changed), None)
    config, files = PredictConfig(scales=scales), files_of(model, fitting, tall, tmp_path)
    plan = plan_prediction(config, CLASSES, **files).plan
    assert plan.rows.length > 800
    assert plan.rows.tile == largest


def test_an_overlap_of_half_a_tile_is_refused(model, tall, engine, tmp_path):
    config = PredictConfig(tile=None, overlap=40)  # the engine says 64
    with pytest.raises(UserError, match=r"predict\.tile to 256"):
        predict_scene(model, engine, tall, tmp_path / "p.tif", config)


@pytest.mark.parametrize("symmetries", ["flips", "all"])
def test_test_time_augmentation_changes_little_and_gives_probabilities(
    symmetries, model, engine, run, tmp_path
):
    plain, _ = predict_scene(model, engine, run.images[0], tmp_path / "plain.tif")
    config = PREDICT.model_copy(update={"symmetries": symmetries, "scales": (1.0, 0.5)})
    found, _ = predict_scene(model, engine, run.images[0], tmp_path / "augmented.tif", config)
    valid = plain[0] < 255
    assert ((found == 255) == (plain == 255)).all()
    assert (found != plain).any()
    np.testing.assert_allclose(dequantize(found)[:, valid].sum(axis=0), 1, atol=0.01)


def test_a_full_disk_leaves_no_output(model, tall, engine, tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(StripStore, "join", full)
    with pytest.raises(OSError, match="No space"):
        predict_scene(model, engine, tall, tmp_path / "p.tif", TALL)
    assert not (tmp_path / "p.tif").exists()
    assert len(list((tmp_path / "strips").rglob("*.tif"))) == 5, (
        "what was computed is kept for the next try"
    )


@pytest.mark.parametrize("spoilt", [b"", b"0.1\0\0", bytes(range(200, 256))])
def test_spoilt_notes_of_unfinished_work_change_no_map(
    spoilt, forest, engine, run, tmp_path, caplog
):
    predict_scene(forest, engine, run.images[0], tmp_path / "whole.tif")
    files = files_of(forest, engine, run.images[0], tmp_path / "again")
    predict_shard(
        PREDICT,
        CLASSES,
        Shard(1, 1),
        **{key: files[key] for key in ("model", "engine", "image", "strips")},
        finished=tmp_path / "done.txt",
    )
    notes = [path for path in files["strips"].rglob("*") if path.suffix == ".seconds"]
    assert notes
    for note in notes:
        note.write_bytes(spoilt)
    timing = tmp_path / "timing.json"
    timing.write_text("{}")
    predict(
        PREDICT, CLASSES, **files, shards=[], probabilities=tmp_path / "again.tif", timing=timing
    )
    assert (tmp_path / "again.tif").read_bytes() == (tmp_path / "whole.tif").read_bytes()
    assert not timing.exists()
    assert "counts as not timed" in caplog.text
