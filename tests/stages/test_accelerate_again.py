"""An engine that was chosen here for the same model is taken again, if labels still agree."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import AccelerateConfig
from rs_seg.io import engine_memory
from rs_seg.io.engine import EngineRecord, read_engine
from rs_seg.io.model import read_model, write_model
from rs_seg.stages.accelerate import accelerate, choosing
from rs_seg.stages.accelerate.recalling import describe_choice
from rs_seg.stages.export import export
from rs_seg.values.machine import cache_folder

from .learning_run import CLASSES, NETWORK, SCENES, LearningRun
from .test_accelerate import accelerate_model

INT8 = AccelerateConfig(engine="onnxruntime", precision="int8", agreement=0.5, miou_change=1)
OPENVINO = AccelerateConfig(engine="openvino", precision="float32")


@pytest.fixture(scope="module")
def models(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model file and its ONNX model."""
    folder = tmp_path_factory.mktemp("exported")
    export(CLASSES, model=model, onnx=folder / "model.onnx", deepness=folder / "deepness.onnx")
    return {"model": model, "onnx": folder / "model.onnx"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that knows nothing yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))


def given(
    config: AccelerateConfig,
    models: dict[str, Path],
    run: LearningRun,
    engine: Path,
    **changes: Any,
) -> EngineRecord:
    """The engine of a given model: nothing is labelled, and the first image is looked at."""
    files = {"images": run.images[:1], "references": [], "split": [], **changes}
    return accelerate_model(config, models, run, engine, **files)


def test_the_engine_of_a_training_run_is_taken_for_its_model(
    models,
    run,
    tmp_path,
    monkeypatch,
    caplog,
):
    first = accelerate_model(OPENVINO, models, run, tmp_path / "first")
    monkeypatch.setattr(choosing, "choose", lambda *_, **__: pytest.fail("chosen anew"))
    with caplog.at_level("INFO"):
        second = given(OPENVINO, models, run, tmp_path / "second")
    assert "as this machine chose before; on tiles of this scene" in caplog.text
    assert second == first.model_copy(update={"recalled": True})
    assert (tmp_path / "second/model.onnx").read_bytes() == models["onnx"].read_bytes()


@pytest.mark.slow
def test_int8_is_remembered_with_its_quantised_model(models, run, tmp_path, monkeypatch):
    given(INT8, models, run, tmp_path / "first")
    monkeypatch.setattr(choosing, "choose", lambda *_, **__: pytest.fail("chosen anew"))
    assert given(INT8, models, run, tmp_path / "second").recalled
    onnx = [(tmp_path / name / "model.onnx").read_bytes() for name in ("first", "second")]
    assert onnx[0] == onnx[1] != models["onnx"].read_bytes()


def test_another_model_other_settings_and_labels_are_chosen_for_anew(
    models,
    run,
    tmp_path,
):
    given(OPENVINO, models, run, tmp_path / "first")
    description, tensors = read_model(models["model"])
    other = tmp_path / "other.safetensors"
    write_model(other, description.model_copy(update={"seed": description.seed + 1}), tensors)
    assert not given(OPENVINO, {**models, "model": other}, run, tmp_path / "model").recalled
    stricter = OPENVINO.model_copy(update={"agreement": 0.999})
    assert not given(stricter, models, run, tmp_path / "settings").recalled
    assert not accelerate_model(OPENVINO, models, run, tmp_path / "labels").recalled


def test_images_with_more_dates_are_chosen_for_anew(models):
    given = {"model": models["model"], "config": AccelerateConfig()}
    others = {"prediction_tile": None, "batch_size": 1}
    few, many = (
        describe_choice(**given, band_count=band_count, **others) for band_count in (8, 11)
    )
    assert few != many


def test_an_engine_whose_labels_no_longer_agree_is_not_taken(
    models,
    run,
    tmp_path,
    caplog,
):
    given(OPENVINO, models, run, tmp_path / "first")
    (kept,) = (cache_folder() / engine_memory.FOLDER).iterdir()
    record = json.loads((kept / "engine.json").read_text())
    record["precision"] = "bfloat16"  # of which this tiny network has few labels in common
    (kept / "engine.json").write_text(json.dumps(record))
    (kept / "model.onnx").write_bytes(b"no model")
    with caplog.at_level("INFO"):
        assert not given(OPENVINO, models, run, tmp_path / "second").recalled
    assert "was chosen here before, but now" in caplog.text


def test_what_was_chosen_without_a_race_serves_no_larger_run(models, run, tmp_path):
    auto = AccelerateConfig()
    small = {"images": run.images[:1], "references": [], "split": [], **models}
    for name, other_scenes in (("first", False), ("second", False)):
        accelerate(
            auto, NETWORK, CLASSES, SCENES, 64, 2, other_scenes, 5, **small, engine=tmp_path / name
        )
    assert read_engine(tmp_path / "second").recalled
    assert engine_memory.recall_engine(()) is None
    (kept,) = (cache_folder() / engine_memory.FOLDER).iterdir()
    note = json.loads((kept / "note.json").read_text())
    assert note["megapixels"] > 0
    (kept / "note.json").write_text(json.dumps({"megapixels": 1e-6}))
    accelerate(auto, NETWORK, CLASSES, SCENES, 64, 2, False, 5, **small, engine=tmp_path / "third")
    assert not read_engine(tmp_path / "third").recalled


def test_junk_in_the_cache_is_nothing(models, run, tmp_path):
    given(OPENVINO, models, run, tmp_path / "first")
    (kept,) = (cache_folder() / engine_memory.FOLDER).iterdir()
    (kept / "engine.json").write_text("{")
    assert not given(OPENVINO, models, run, tmp_path / "second").recalled
    shutil.rmtree(kept)
    kept.write_text("in the way")
    assert not given(OPENVINO, models, run, tmp_path / "third").recalled


def test_the_oldest_engines_are_dropped(models, run, tmp_path, monkeypatch):
    record = given(OPENVINO, models, run, tmp_path / "first")
    monkeypatch.setattr(engine_memory, "MOST", 2)
    for number in range(4):
        engine_memory.remember_engine([number], record, b"onnx", megapixels=None)
    assert len(list((cache_folder() / engine_memory.FOLDER).iterdir())) == 2
    assert engine_memory.recall_engine([3]) is not None
    assert engine_memory.recall_engine([0]) is None
