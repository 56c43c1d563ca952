from __future__ import annotations

import csv
import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from rs_seg.config import TrainConfig
from rs_seg.config.augmenting import ElasticConfig, EraseConfig, RotateConfig, ShearConfig
from rs_seg.errors import UserError
from rs_seg.io.curves import DETECTOR_COLUMNS, read_curves
from rs_seg.io.model import read_model
from rs_seg.learning import detectors
from rs_seg.predicting.detectors import read_detector
from rs_seg.stages.train_detector import train_detector
from rs_seg.values import ClassNames

from .object_run import (
    BANDS,
    DETECTOR,
    OBJECTS,
    OUTLINE,
    ROLES,
    SCENES,
    TRAIN,
    ObjectRun,
    make_object_run,
)

CHANGED = TRAIN.model_copy(
    update={
        "augment": TRAIN.augment.model_copy(
            update={
                "scale": 0.2,
                "rotate": RotateConfig(),
                "shear": ShearConfig(),
                "elastic": ElasticConfig(displacement=2, spacing=16),
                "erase": EraseConfig(),
            }
        ),
        "rare_classes": 0.5,
        "averaging": None,
    }
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> ObjectRun:
    return make_object_run(tmp_path_factory.mktemp("objects"))


def train_into(
    folder: Path,
    run: ObjectRun,
    *,
    config: TrainConfig = TRAIN,
    counted: ClassNames | None = None,
    **changes: Any,
) -> tuple[bytes, bytes]:
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    model, curves = folder / "model.safetensors", folder / "curves.csv"
    detector = DETECTOR.model_copy(update=changes)
    train_detector(
        config,
        OUTLINE,
        detector,
        OBJECTS,
        SCENES,
        1,
        counted,
        **run.inputs,
        model=model,
        curves=curves,
        checkpoints=folder / "checkpoints",
        timing=folder / "timings" / "centre.json",
    )
    return model.read_bytes(), curves.read_bytes()


@pytest.fixture(scope="module")
def finished(run: ObjectRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished training; tests change copies of it."""
    folder = tmp_path_factory.mktemp("undisturbed")
    train_into(folder, run, config=CHANGED)
    return folder


@pytest.fixture(scope="module")
def undisturbed(finished: Path) -> tuple[bytes, bytes]:
    model, curves = (finished / name for name in ("model.safetensors", "curves.csv"))
    return model.read_bytes(), curves.read_bytes()


def test_a_detector_learns_the_objects_and_describes_itself(run, tmp_path):
    longer = TRAIN.model_copy(update={"epochs": 4, "steps_per_epoch": 25})
    train_into(tmp_path, run, config=longer)
    description, network = read_detector(tmp_path / "model.safetensors")
    assert (description.kind, description.classes, description.bands) == (
        "detector",
        OBJECTS,
        BANDS,
    )
    assert description.plan["largest"] == pytest.approx(11, abs=0.01)
    assert description.largest_m == pytest.approx(11 * 0.5, rel=0.01)
    assert description.validation["ap50"] > 0.6
    assert not network.training
    rows = list(csv.DictReader((tmp_path / "curves.csv").read_text().splitlines()))
    assert tuple(rows[0]) == DETECTOR_COLUMNS
    scores = [float(row["validation_ap50"]) for row in rows]
    assert description.validation["epoch"] == scores.index(max(scores)) + 1
    curve = read_curves(tmp_path / "curves.csv")
    assert (curve.score_name, curve.best) == ("AP50", scores.index(max(scores)))
    assert json.loads((tmp_path / "timings" / "centre.json").read_text())["steps"] == 100


@pytest.mark.slow
def test_a_detector_that_is_fitted_says_how_good_it_is_and_gives_the_same_bytes(run, tmp_path):
    fitted = {"architecture": "rcnn", "decoder": None, "encoder": "tu-mobilenetv3_small_050"}
    first = train_into(tmp_path / "first", run, **fitted)
    assert train_into(tmp_path / "second", run, **fitted) == first
    description, network = read_detector(tmp_path / "first" / "model.safetensors")
    curve = read_curves(tmp_path / "first" / "curves.csv")
    assert (curve.score_name, len(curve.scores)) == ("AP50", 1)
    assert description.validation["ap50"] == pytest.approx(curve.scores[0])
    assert description.validation["ap50"] > 0.3
    assert not network.training


def test_the_same_seed_gives_the_same_bytes_whoever_reads_the_windows(run, undisturbed, tmp_path):
    with_workers = CHANGED.model_copy(update={"workers": 1})
    model, curves = train_into(tmp_path, run, config=with_workers)
    assert curves == undisturbed[1]
    assert train_into(tmp_path / "again", run, config=CHANGED) == undisturbed
    assert model == undisturbed[0]


@pytest.mark.parametrize("moment", ["on_train_epoch_start", "on_validation_epoch_start"])
def test_a_killed_training_goes_on_to_the_same_bytes(run, undisturbed, tmp_path, moment):
    task = detectors.DetectionTask
    whole = getattr(task, moment)

    def killed(self: Any) -> None:
        whole(self)
        if self.current_epoch == 1:
            raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(task, moment, killed)
        with pytest.raises(ZeroDivisionError):
            train_into(tmp_path, run, config=CHANGED)
    torch.rand(3)  # draws in between change nothing
    assert list((tmp_path / "checkpoints").glob("*/last.ckpt"))
    assert train_into(tmp_path, run, config=CHANGED) == undisturbed


def test_a_finished_training_is_not_run_again(run, finished, undisturbed, tmp_path, monkeypatch):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(detectors, "DetectionTask", _Nobody)
    assert train_into(tmp_path, run, config=CHANGED) == undisturbed


class _Nobody:
    score_key = detectors.DetectionTask.score_key


def test_what_changes_the_result_trains_anew_and_the_loss_of_maps_does_not(
    run, finished, undisturbed, tmp_path
):
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    faster = CHANGED.model_copy(update={"learning_rate": 0.02})
    assert train_into(tmp_path, run, config=faster)[0] != undisturbed[0]
    losses = CHANGED.model_copy(update={"loss": CHANGED.loss.model_copy(update={"dice": 0.0})})
    assert train_into(tmp_path, run, config=losses, counted=OBJECTS) == undisturbed
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2


def test_only_objects_that_count_choose_the_epoch(run, undisturbed, tmp_path):
    one = ClassNames((next(iter(OBJECTS)),))
    _, curves = train_into(tmp_path, run, config=CHANGED, counted=one)
    rows = [list(csv.DictReader(text.decode().splitlines())) for text in (curves, undisturbed[1])]
    for own, other in zip(*rows, strict=True):
        assert own["train_loss"] == other["train_loss"]
    precisions = [[row["validation_ap50"] for row in curve] for curve in rows]
    assert precisions[0] != precisions[1]


def test_averages_of_weights_are_what_is_judged_and_kept(run, tmp_path):
    kept = set()
    for averaging in ({"method": "ema"}, {"method": "swa", "start": 0.0}):
        folder = tmp_path / averaging["method"]
        kept.add(train_into(folder, run, config=short(averaging))[0])
        assert read_detector(folder / "model.safetensors")[0].validation["epoch"] == 1
    assert len(kept) == 2


def short(averaging: dict[str, Any]) -> TrainConfig:
    return TrainConfig.model_validate({**TRAIN.model_dump(), "averaging": averaging, "epochs": 1})


def test_a_detector_is_trained_in_bfloat16_for_as_long_as_there_is_time(run, tmp_path, caplog):
    caplog.set_level("INFO")
    config = TRAIN.model_copy(
        update={"precision": "bfloat16", "epochs": None, "steps_per_epoch": 2, "minutes": 0.001}
    )
    train_into(tmp_path, run, config=config)
    description, _ = read_detector(tmp_path / "model.safetensors")
    assert description.precision == "bfloat16"
    assert "train.minutes 0.001: 1 epochs of 2 steps" in caplog.text
    assert read_curves(tmp_path / "curves.csv").train_losses[0] > 0


def test_without_objects_to_validate_on_the_loss_chooses_and_it_is_said(run, tmp_path, caplog):
    nowhere = {**ROLES, "validation": [[125, 98, 3, 7]], "test": []}
    empty = make_object_run(tmp_path / "scenes", roles=nowhere)
    train_into(tmp_path, empty)
    assert "the validation areas hold no object" in caplog.text
    assert caplog.text.count("the validation areas hold no object") == 1
    description, _ = read_model(tmp_path / "model.safetensors")
    assert math.isnan(description.validation["ap50"])
    rows = list(csv.DictReader((tmp_path / "curves.csv").read_text().splitlines()))
    assert [row["validation_ap50"] for row in rows] == ["", ""]
    losses = [float(row["validation_loss"]) for row in rows]
    assert description.validation["epoch"] == losses.index(min(losses)) + 1
    assert not read_curves(tmp_path / "curves.csv").is_scored


def test_without_objects_to_learn_from_the_error_names_the_remedy(run, tmp_path):
    nowhere = {**ROLES, "train": [[0, 0, 128, 32]], "test": [[0, 40, 128, 20]]}
    empty = make_object_run(tmp_path / "scenes", roles=nowhere, drawn=(40, 192))
    with pytest.raises(UserError, match="cannot be planned without objects"):
        train_into(tmp_path, empty)


def test_a_class_without_training_objects_is_named(run, tmp_path, caplog):
    caplog.set_level("INFO")
    few = make_object_run(tmp_path / "scenes", only=5)
    train_into(tmp_path, few)
    assert "no object of class roof" in caplog.text
