from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from rs_seg.algorithms.prediction.engines import supported_choices
from rs_seg.config import AccelerateConfig, RandomForest
from rs_seg.errors import UserError
from rs_seg.io.engine import read_engine
from rs_seg.io.model import read_description
from rs_seg.io.raster import RasterReader
from rs_seg.predicting.engines import open_recorded
from rs_seg.stages.accelerate import accelerate
from rs_seg.stages.accelerate import race as engine_race
from rs_seg.stages.accelerate.tiles import image_ground, split_ground
from rs_seg.stages.export import export
from rs_seg.values import ClassName, ClassNames, Window

from .learning_run import CLASSES, NETWORK, SCENES, LearningRun, train_model
from .test_predict import rewrite

REFERENCE = AccelerateConfig(engine="torch", precision="float32")


@pytest.fixture(scope="module")
def models(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exported")
    export(CLASSES, model=model, onnx=folder / "model.onnx", deepness=folder / "deepness.onnx")
    return {"model": model, "onnx": folder / "model.onnx"}


@pytest.fixture(autouse=True)
def no_speeds_of_other_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


def accelerate_model(
    config: AccelerateConfig,
    models: dict[str, Path],
    run: LearningRun,
    engine: Path,
    *,
    maps_other_scenes: bool = True,
    **changes,
):
    files = {"images": run.images, "references": run.references, "split": [run.split]}
    files |= {**models, **changes}
    accelerate(
        config, NETWORK, CLASSES, SCENES, 64, 2, maps_other_scenes, 5, **files, engine=engine
    )
    return read_engine(engine)


@pytest.mark.slow
def test_auto_chooses_the_fastest_of_those_that_agree(models, run, tmp_path):
    record = accelerate_model(AccelerateConfig(tiles=4), models, run, tmp_path / "engine")
    tried = {(each.engine, each.precision): each for each in record.candidates}
    assert list(tried) == [(each.engine, each.precision) for each in supported_choices()]
    assert all(each.mpix_per_s > 0 for each in record.candidates)
    asked = [each for each in record.candidates if each.agrees is not None]
    assert [each.agrees for each in asked].count(True) == 1
    assert record.agreement.agrees
    slowest = min(each.mpix_per_s for each in asked)
    left = [each for each in record.candidates if each.agrees is None]
    assert all(0.9 * each.mpix_per_s <= slowest / 0.9 for each in left)
    reference = tried["torch", "float32"]
    assert reference.labels_equal is None
    assert (
        (tmp_path / "engine" / "model.onnx").exists()
        == record.runs_onnx
        == (record.engine != "torch")
    )
    assert record.tile == 64
    assert record.network == "small"


@pytest.mark.slow
def test_speeds_of_an_architecture_are_measured_once_on_a_machine(models, run, tmp_path, caplog):
    config = AccelerateConfig(engine="onnxruntime", agreement=0.5, miou_change=1)
    first = accelerate_model(config, models, run, tmp_path / "first")
    with caplog.at_level("INFO"):
        second = accelerate_model(config, models, run, tmp_path / "second")
    assert "measured for the architecture before" in caplog.text
    speeds = [[each.mpix_per_s for each in record.candidates] for record in (first, second)]
    assert speeds[0] == speeds[1]


def test_no_race_is_held_where_the_scenes_are_mapped_sooner(models, run, tmp_path, caplog):
    with caplog.at_level("INFO"):
        record = accelerate_model(
            AccelerateConfig(), models, run, tmp_path / "engine", maps_other_scenes=False
        )
    assert "speeds are not measured" in caplog.text
    (candidate,) = record.candidates
    assert (record.engine, record.precision) == ("onnxruntime", "float32")
    assert candidate.labels_equal > 0.999
    assert candidate.mpix_per_s is None


def test_the_reference_is_taken_where_the_light_engine_disagrees(
    models, run, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine_race, "LIGHT", ("onnxruntime", "int8"))
    config = AccelerateConfig(agreement=1, miou_change=0)
    record = accelerate_model(config, models, run, tmp_path / "engine", maps_other_scenes=False)
    assert (record.engine, record.precision) == ("torch", "float32")
    assert [each.agrees for each in record.candidates] == [False, True]


def test_the_overlap_follows_from_the_receptive_field(models, run, tmp_path):
    record = accelerate_model(REFERENCE, models, run, tmp_path / "engine")
    field = record.receptive_field
    assert record.stride == 32
    assert record.overlap == min(
        32, -(-2 * field.effective_radius // 32) * 32
    )  # a stride: half a tile of 64
    assert field.effective_radius <= field.support
    assert (field.radius is None) == bool(field.reason)


def test_the_reference_is_taken_as_it_is_and_gives_the_same_bytes(models, run, tmp_path):
    for name in ("one", "two"):
        record = accelerate_model(
            REFERENCE, models, run, tmp_path / name, onnx=tmp_path / "none.onnx"
        )
    assert (record.engine, record.precision, record.candidates) == ("torch", "float32", ())
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["engine.json"]
    assert (tmp_path / "one/engine.json").read_bytes() == (
        tmp_path / "two/engine.json"
    ).read_bytes()


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_named_engine_is_judged_but_not_raced(engine, models, run, tmp_path):
    record = accelerate_model(
        AccelerateConfig(engine=engine, precision="float32"), models, run, tmp_path / "engine"
    )
    (candidate,) = record.candidates
    assert (
        (record.engine, record.precision)
        == (candidate.engine, candidate.precision)
        == (engine, "float32")
    )
    assert candidate.labels_equal > 0.999
    assert candidate.mpix_per_s is None
    assert (tmp_path / "engine/model.onnx").read_bytes() == models["onnx"].read_bytes()


def test_a_recorded_engine_computes_what_torch_computes(models, run, tmp_path):
    pixels = np.random.default_rng(0).normal(90, 30, (1, 3, 64, 64)).astype(np.float32)
    found = []
    for engine in ("torch", "openvino"):
        record = accelerate_model(
            AccelerateConfig(engine=engine, precision="float32"), models, run, tmp_path / engine
        )
        found.append(
            open_recorded(models["model"], tmp_path / engine, record, batch_size=1).forward(pixels)
        )
    np.testing.assert_allclose(*found, atol=1e-4)


def test_without_labels_tiles_of_the_first_image_are_compared(models, run, tmp_path):
    config = AccelerateConfig(engine="openvino", precision="float32")
    changes = {"images": run.images[:1], "references": [], "split": []}
    record = accelerate_model(config, models, run, tmp_path / "engine", **changes)
    assert record.agreement.labels_equal > 0.999
    assert record.agreement.miou is None


@pytest.mark.slow
def test_int8_is_quantised_and_written(models, run, tmp_path):
    config = AccelerateConfig(engine="onnxruntime", precision="int8", agreement=0.5, miou_change=1)
    record = accelerate_model(config, models, run, tmp_path / "engine")
    assert 0.5 <= record.agreement.labels_equal < 1
    content = (tmp_path / "engine/model.onnx").read_bytes()
    assert content != models["onnx"].read_bytes()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["pixels"]


@pytest.mark.slow
def test_a_named_engine_that_fails_the_gate_is_refused_with_its_figures(models, run, tmp_path):
    config = AccelerateConfig(engine="onnxruntime", precision="int8", agreement=1, miou_change=0)
    with pytest.raises(
        UserError, match=r"onnxruntime int8: \d\d\.\d\d% of labels equal.*accelerate.agreement"
    ):
        accelerate_model(config, models, run, tmp_path / "engine")
    assert not (tmp_path / "engine").exists()


@pytest.mark.parametrize(
    ("engine", "precision"), [("torch", "int8"), ("openvino", "float16"), ("auto", "float16")]
)
def test_what_this_machine_does_not_compute_is_refused(engine, precision, models, run, tmp_path):
    with pytest.raises(UserError, match=f"Found: {engine}, {precision}.*float32"):
        accelerate_model(
            AccelerateConfig(engine=engine, precision=precision), models, run, tmp_path / "engine"
        )


def test_a_forest_needs_no_engine(run, tmp_path):
    network = RandomForest(
        name="forest", architecture="random_forest", trees=2, max_depth=3, samples=500
    )
    model = train_model(tmp_path, run, network)
    with pytest.raises(UserError, match="forest"):
        accelerate_model(REFERENCE, {"model": model, "onnx": model}, run, tmp_path / "engine")


def test_a_legend_of_other_classes_is_refused(models, run, tmp_path):
    other = ClassNames((*tuple(CLASSES)[:2], ClassName(code=31, name="lake")))
    files = {"images": run.images, "references": run.references, "split": [run.split], **models}
    with pytest.raises(UserError, match="31 lake"):
        accelerate(
            REFERENCE, NETWORK, other, SCENES, None, 2, True, 5, **files, engine=tmp_path / "engine"
        )


def ground_of(models, run, *, tile=64, count=3, seed=0):
    files = {"images": run.images, "references": run.references, "split": run.split}
    return split_ground(
        read_description(models["model"]),
        CLASSES,
        SCENES,
        **files,
        tile=tile,
        count=count,
        seed=seed,
    )


def test_judging_tiles_are_of_validation_areas_and_anywhere_in_turn(models, run):
    areas = json.loads(run.split.read_text())["areas"]
    inside = sum(
        height * width for each in areas.values() for _, _, height, width in each["validation"]
    )
    ground = ground_of(models, run, count=1000)
    labelled = [(indices >= 0).any() for _, _, indices in ground.judging]
    assert sum(int((indices >= 0).sum()) for _, _, indices in ground.judging) == inside
    assert labelled[:4] == [True, False, True, False]
    whole = sum(read_pixels(image) for image in run.images)
    assert ground.megapixels == whole / 1e6
    unlabelled = [
        valid.sum() for (_, valid, _), own in zip(ground.judging, labelled, strict=True) if not own
    ]
    assert sum(unlabelled) == sum(read_pixels(image, valid=True) for image in run.images)
    for pixels, valid, _ in ground.judging:
        assert pixels.shape == (3, 64, 64)
        np.testing.assert_array_equal(np.isnan(pixels).any(axis=0), ~valid)
    assert all(pixels.shape == (3, 32, 32) for pixels, _, _ in ground.calibrating)


def read_pixels(image: Path, *, valid: bool = False) -> int:
    with RasterReader(image) as reader:
        mask = reader.read_valid(Window(0, 0, reader.height, reader.width))
    return int(mask.sum()) if valid else mask.size


def test_the_seed_draws_the_tiles(models, run):
    one, same, other = (ground_of(models, run, count=4, seed=seed).judging for seed in (1, 1, 2))
    assert len(one) == 4
    assert all(np.array_equal(a[0], b[0], equal_nan=True) for a, b in zip(one, same, strict=True))
    assert not all(
        np.array_equal(a[0], b[0], equal_nan=True) for a, b in zip(one, other, strict=True)
    )


def test_bands_of_tiles_have_the_order_of_the_model(models, run, tmp_path):
    description = read_description(models["model"])
    window = Window(0, 0, 128, 160)
    straight = rewrite(run.images[0], tmp_path / "a.tif", window=window)
    turned = rewrite(
        run.images[0], tmp_path / "b.tif", window=window, bands=description.bands[::-1]
    )
    first, second = (
        image_ground(description, path, tile=64, count=9, seed=0) for path in (straight, turned)
    )
    assert len(first.judging) == 6
    for one, two in zip(first.judging, second.judging, strict=True):
        np.testing.assert_array_equal(one[0], two[0])


def test_an_image_without_a_valid_pixel_is_refused(models, run, tmp_path):
    empty = rewrite(run.images[0], tmp_path / "empty.tif", window=Window(0, 0, 20, 20))
    with pytest.raises(UserError, match="no valid pixel"):
        image_ground(read_description(models["model"]), empty, tile=64, count=9, seed=0)
