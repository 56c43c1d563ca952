from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from rs_seg.config import AugmentConfig, Likelihood, RandomForest
from rs_seg.config.augmenting import (
    BlurConfig,
    BrightnessConfig,
    ContrastConfig,
    ElasticConfig,
    EraseConfig,
    GammaConfig,
    HazeConfig,
    RotateConfig,
    SaturationConfig,
    ShadowConfig,
    ShearConfig,
)
from rs_seg.errors import UserError
from rs_seg.ground.training import describe_ground, unlabelled_ground
from rs_seg.io.curves import COLUMNS
from rs_seg.io.model import read_description, read_model
from rs_seg.io.raster import RasterReader
from rs_seg.stages.train import train
from rs_seg.values.clocks import Clocks

from .learning_run import BANDS, CLASSES, NETWORK, SCENES, TRAIN, LearningRun, make_learning_run

EVERYTHING = AugmentConfig(
    scale=0.2,
    rotate=RotateConfig(),
    shear=ShearConfig(),
    elastic=ElasticConfig(displacement=2, spacing=16),
    brightness=BrightnessConfig(),
    contrast=ContrastConfig(),
    gamma=GammaConfig(),
    saturation=SaturationConfig(),
    haze=HazeConfig(),
    shadow=ShadowConfig(),
    blur=BlurConfig(),
    erase=EraseConfig(),
    optical_bands=("red", "green"),
)
GAUSSIAN = Likelihood(name="gaussian", architecture="gaussian_likelihood", samples=2000)
GAMMA = Likelihood(
    name="gamma", architecture="gamma_likelihood", band="red", looks=40, samples=2000
)
FOREST = RandomForest(
    name="forest", architecture="random_forest", trees=5, max_depth=6, samples=2000
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LearningRun:
    return make_learning_run(tmp_path_factory.mktemp("learning"))


def train_into(
    folder: Path, run: LearningRun, *, network=NETWORK, config=TRAIN, seed=1, counted=None
) -> tuple[bytes, bytes]:
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    model, curves = folder / "model.safetensors", folder / "curves.csv"
    train(
        config,
        network,
        CLASSES,
        SCENES,
        seed,
        counted,
        **run.inputs,
        model=model,
        curves=curves,
        checkpoints=folder / "checkpoints",
        timing=folder / "timings" / "small.json",
    )
    return model.read_bytes(), curves.read_bytes()


@pytest.fixture(scope="module")
def undisturbed(run: LearningRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    return train_into(tmp_path_factory.mktemp("undisturbed"), run)


def test_a_model_learns_the_scenes_and_describes_itself(run, tmp_path):
    train_into(tmp_path, run)
    description, tensors = read_model(tmp_path / "model.safetensors")
    assert description.bands == BANDS
    assert description.classes == CLASSES
    assert description.resolution_m == pytest.approx(0.5, rel=1e-3)
    assert description.network["encoder"] == NETWORK.encoder
    assert description.validation["miou"] > 0.8
    assert description.precision == "float32"
    assert all(key.startswith("layers.") for key in tensors)


def test_the_curve_has_one_row_per_epoch_and_the_best_is_kept(run, undisturbed, tmp_path):
    (tmp_path / "curves.csv").write_bytes(undisturbed[1])
    with (tmp_path / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    (tmp_path / "model.safetensors").write_bytes(undisturbed[0])
    validation = read_model(tmp_path / "model.safetensors")[0].validation
    assert tuple(rows[0]) == COLUMNS
    assert [int(row["epoch"]) for row in rows] == list(range(1, TRAIN.epochs + 1))
    mious = [float(row["validation_miou"]) for row in rows]
    assert validation["epoch"] == mious.index(max(mious)) + 1
    assert validation["miou"] == pytest.approx(max(mious))


def test_the_same_seed_gives_the_same_bytes(run, undisturbed, tmp_path):
    assert train_into(tmp_path, run) == undisturbed


def test_processes_that_read_windows_change_nothing_but_the_time(run, undisturbed, tmp_path):
    assert train_into(tmp_path, run, config=TRAIN.model_copy(update={"workers": 2})) == undisturbed


def test_processes_that_read_windows_change_nothing_with_every_augmentation_and_rare_classes(
    run, tmp_path
):
    balanced = TRAIN.model_copy(update={"rare_classes": 0.5, "augment": EVERYTHING})
    alone = train_into(tmp_path / "alone", run, config=balanced)
    assert (
        train_into(tmp_path / "two", run, config=balanced.model_copy(update={"workers": 2}))
        == alone
    )


def test_a_batch_that_the_network_cannot_normalise_is_refused(run, tmp_path):
    pooled = NETWORK.model_copy(
        update={"architecture": "deeplabv3plus", "decoder_channels": None, "encoder": "resnet18"}
    )
    with pytest.raises(UserError, match=r"raise train\.batch_size"):
        train_into(tmp_path, run, network=pooled, config=TRAIN.model_copy(update={"batch_size": 1}))


def test_another_seed_gives_another_model(run, undisturbed, tmp_path):
    assert train_into(tmp_path, run, seed=2)[0] != undisturbed[0]


def test_a_killed_training_with_every_augmentation_and_rare_classes_goes_on_to_the_same_bytes(
    run, tmp_path, monkeypatch
):
    from rs_seg.algorithms.training.task import SegmentationTask

    config = TRAIN.model_copy(update={"rare_classes": 0.5, "augment": EVERYTHING})
    whole = SegmentationTask.on_validation_epoch_start

    def killed(self: SegmentationTask) -> None:
        whole(self)
        if self.current_epoch == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationTask, "on_validation_epoch_start", killed)
        with pytest.raises(Killed):
            train_into(tmp_path / "killed", run, config=config)
    undisturbed = train_into(tmp_path / "undisturbed", run, config=config)
    assert train_into(tmp_path / "killed", run, config=config) == undisturbed


@pytest.mark.parametrize("epoch", [1, 3])
@pytest.mark.parametrize("moment", ["on_train_epoch_start", "on_validation_epoch_start"])
def test_a_killed_training_goes_on_to_the_same_bytes(
    run, undisturbed, tmp_path, monkeypatch, epoch, moment
):
    from rs_seg.algorithms.training.task import SegmentationTask

    whole = getattr(SegmentationTask, moment)

    def killed(self: SegmentationTask) -> None:
        whole(self)
        if self.current_epoch == epoch:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationTask, moment, killed)
        with pytest.raises(Killed):
            train_into(tmp_path, run)
    assert not (tmp_path / "model.safetensors").exists()
    assert train_into(tmp_path, run) == undisturbed


def read_timing(folder: Path) -> dict[str, float]:
    timing = json.loads((folder / "timings" / "small.json").read_text())
    assert list(timing) == ["seconds", "cpu_seconds", "steps", "waiting_seconds"]
    return timing


def test_times_add_up_over_a_kill_and_say_how_long_data_was_waited_for(
    run, tmp_path, monkeypatch, caplog
):
    from rs_seg.algorithms.training import history

    caplog.set_level("INFO")
    clocks = iter([Clocks(wall=10.0 * step, cpu=15.0 * step) for step in range(100)])
    whole = history.save_whole

    def killed(trainer, path):
        whole(trainer, path)
        if trainer.current_epoch == 1:
            raise Killed

    monkeypatch.setattr(history.Clocks, "now", lambda: next(clocks))
    with monkeypatch.context() as patch:
        patch.setattr(history, "save_whole", killed)
        with pytest.raises(Killed):
            train_into(tmp_path, run)
    assert not (tmp_path / "timings").exists()
    train_into(tmp_path, run)
    timing = read_timing(tmp_path)
    assert timing["seconds"] == 10 * TRAIN.epochs
    assert timing["cpu_seconds"] == 15 * TRAIN.epochs
    assert timing["steps"] == TRAIN.epochs * TRAIN.steps_per_epoch
    assert 0 < timing["waiting_seconds"] < 10
    assert re.search(r"epoch 3/4: .*, \d+ % waiting for data, at most", caplog.text)
    train_into(tmp_path, run)
    assert read_timing(tmp_path) == timing, "a finished training takes no more time"


def test_a_training_begun_by_an_older_version_has_no_cpu_seconds(run, tmp_path):
    train_into(tmp_path, run)
    (state,) = tmp_path.glob("checkpoints/*/finished.ckpt")
    content = torch.load(state, weights_only=True)
    del content["callbacks"]["History"]["timing"]["cpu_seconds"]
    torch.save(content, state)
    train_into(tmp_path, run)
    timing = json.loads((tmp_path / "timings" / "small.json").read_text())
    assert list(timing) == ["seconds", "steps", "waiting_seconds"]


class Killed(BaseException):
    """What no handler catches."""


def test_a_training_killed_while_its_state_is_written_goes_on_from_the_epoch_before(
    run, undisturbed, tmp_path, monkeypatch
):
    from rs_seg.algorithms.training import history

    def half_write(trainer, path):
        if trainer.current_epoch == 2:
            path.with_suffix(".tmp").write_bytes(b"half")
            raise Killed
        whole(trainer, path)

    whole = history.save_whole
    with monkeypatch.context() as patch:
        patch.setattr(history, "save_whole", half_write)
        with pytest.raises(Killed):
            train_into(tmp_path, run)
    assert train_into(tmp_path, run) == undisturbed


def test_an_unreadable_state_is_named_and_training_starts_over(run, undisturbed, tmp_path, caplog):
    train_into(tmp_path, run)
    (state,) = tmp_path.glob("checkpoints/*/finished.ckpt")
    state.write_bytes(state.read_bytes()[:1000])
    assert train_into(tmp_path, run) == undisturbed
    assert str(state) in caplog.text


def test_a_finished_training_is_not_run_again(run, undisturbed, tmp_path, monkeypatch):
    from rs_seg.learning import networks

    train_into(tmp_path, run)
    monkeypatch.setattr(networks, "SegmentationTask", None)
    assert train_into(tmp_path, run) == undisturbed


def test_a_changed_setting_does_not_go_on_from_the_old_state(run, undisturbed, tmp_path):
    train_into(tmp_path, run)
    changed = TRAIN.model_copy(update={"learning_rate": 0.02})
    assert train_into(tmp_path, run, config=changed)[0] != undisturbed[0]


def test_classes_that_count_choose_the_epoch_and_all_of_them_change_no_byte(
    run, undisturbed, tmp_path
):
    assert train_into(tmp_path, run, counted=CLASSES.names) == undisturbed
    _, curves = train_into(tmp_path, run, counted=("roof",))
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2, "no state of the other is used"
    rows = [list(csv.DictReader(text.decode().splitlines())) for text in (curves, undisturbed[1])]
    for own, other in zip(*rows, strict=True):
        assert own["train_loss"] == other["train_loss"]
        assert own["validation_miou"] != other["validation_miou"]
    best = max(float(row["validation_miou"]) for row in rows[0])
    validation = read_model(tmp_path / "model.safetensors")[0].validation
    assert validation["miou"] == pytest.approx(best)


def test_a_forest_is_judged_by_the_classes_that_count(run, tmp_path):
    figures = []
    for counted in (None, *((name,) for name in CLASSES.names)):
        train_into(tmp_path, run, network=FOREST, counted=counted)
        figures.append(read_model(tmp_path / "model.safetensors")[0].validation["miou"])
    assert figures[0] == pytest.approx(np.mean(figures[1:]))
    assert len(set(figures)) > 1


def test_training_stops_when_patience_ends(run, tmp_path):
    impatient = TRAIN.model_copy(
        update={"epochs": 30, "steps_per_epoch": 1, "patience": 1, "learning_rate": 1e-9}
    )
    _, curves = train_into(tmp_path, run, config=impatient)
    assert len(curves.decode().splitlines()) < 31


def test_a_random_forest_is_trained_by_the_same_stage(run, tmp_path):
    model, curves = train_into(tmp_path, run, network=FOREST)
    description, _ = read_model(tmp_path / "model.safetensors")
    assert description.kind == "forest"
    assert description.validation["miou"] > 0.5
    header, row = curves.decode().splitlines()
    assert header == ",".join(COLUMNS)
    assert row.startswith("1,,,0.")
    assert train_into(tmp_path / "again", run, network=FOREST) == (model, curves)
    assert read_timing(tmp_path)["steps"] == 0
    assert read_timing(tmp_path)["seconds"] > 0
    assert read_timing(tmp_path)["cpu_seconds"] > 0


@pytest.mark.parametrize("network", [GAUSSIAN, GAMMA], ids=["gaussian", "gamma"])
def test_likelihoods_are_trained_by_the_same_stage(run, tmp_path, network):
    model, curves = train_into(tmp_path, run, network=network)
    description, _ = read_model(tmp_path / "model.safetensors")
    assert description.kind == "likelihood"
    assert description.network == network.model_dump(mode="json")
    assert description.validation["miou"] > 0.5
    assert description.temperature != 1
    assert train_into(tmp_path / "again", run, network=network) == (model, curves)


@pytest.mark.parametrize("network", [NETWORK, FOREST], ids=["network", "forest"])
def test_a_model_is_calibrated_on_all_labelled_validation_pixels(run, tmp_path, caplog, network):
    caplog.set_level("INFO")
    train_into(tmp_path, run, network=network)
    description = read_description(tmp_path / "model.safetensors")
    found = description.calibration
    # 70 x 60 pixels of validation area in each of two scenes, all labelled and valid
    assert found.pixels == sum(each.pixels for each in found.after.bins) == 2 * 70 * 60
    assert found.after.nll < found.before.nll
    assert found.after.ece < found.before.ece
    assert description.temperature != 1
    errors = f"ECE {found.before.ece:.3f} -> {found.after.ece:.3f}"
    assert f"{errors} (temperature {description.temperature:.3g})" in caplog.text


def test_calibration_changes_neither_tensors_nor_curve_and_switching_it_off_trains_nothing_anew(
    run, undisturbed, tmp_path, monkeypatch
):
    from rs_seg.learning import networks

    train_into(tmp_path, run)
    _, tensors = read_model(tmp_path / "model.safetensors")
    monkeypatch.setattr(networks, "SegmentationTask", None)
    _, curves = train_into(tmp_path, run, config=TRAIN.model_copy(update={"calibrate": False}))
    description, plain = read_model(tmp_path / "model.safetensors")
    assert (description.temperature, description.calibration) == (1, None)
    assert all((plain[key] == tensors[key]).all() for key in tensors)
    assert curves == undisturbed[1]


def test_a_forest_without_labelled_validation_pixels_is_not_calibrated_and_says_so(
    run, tmp_path, caplog
):
    split = json.loads(run.split.read_text())
    for roles in split["areas"].values():
        roles |= {
            "train": [[0, 3, 128, 90]],
            "validation": [[40, 0, 32, 3]],
        }  # the left edge is unlabelled
    unlabelled = tmp_path / "split.json"
    unlabelled.write_text(json.dumps(split))
    train_into(
        tmp_path,
        LearningRun(run.images, run.references, unlabelled, run.statistics),
        network=FOREST,
    )
    assert read_description(tmp_path / "model.safetensors").temperature == 1
    assert "no labelled pixel: probabilities are not calibrated" in caplog.text


@pytest.mark.parametrize("network", [NETWORK, FOREST], ids=["network", "forest"])
def test_a_network_s_own_seed_takes_the_place_of_the_run_s(run, tmp_path, network):
    own = network.model_copy(update={"seed": 9})
    tensors = {}
    for name, settings, seed in (("own", own, 1), ("run's", network, 9), ("other", network, 1)):
        train_into(tmp_path / name, run, network=settings, seed=seed)
        description, tensors[name] = read_model(tmp_path / name / "model.safetensors")
        assert description.seed == (1 if name == "other" else 9)
    assert all((tensors["own"][key] == tensors["run's"][key]).all() for key in tensors["own"])
    assert any(
        tensors["own"][key].tobytes() != tensors["other"][key].tobytes() for key in tensors["own"]
    )


def test_the_model_file_says_where_it_was_trained(run, tmp_path):
    train_into(tmp_path, run, network=FOREST)
    roles = json.loads(run.split.read_text())["areas"]
    ground = read_description(tmp_path / "model.safetensors").ground
    for scene, image, own in zip(SCENES, run.images, ground, strict=True):
        with RasterReader(image) as reader:
            assert own.transform == tuple(reader.grid.affine)[:6]
            assert (own.height, own.width) == (reader.height, reader.width)
            assert reader.grid.crs == own.crs
        for use in ("train", "validation"):
            assert [list(rectangle) for rectangle in getattr(own, use)] == roles[scene.name][use]


def test_without_labels_the_ground_is_all_of_all_scenes(run):
    grids = []
    for image in run.images:
        with RasterReader(image) as reader:
            grids.append(reader.grid)
    for own in describe_ground(grids, unlabelled_ground(CLASSES, 1, images=run.images)):
        assert own.train == ((0, 0, own.height, own.width),)
        assert own.validation == ()


def test_without_validation_areas_the_error_names_the_remedy(run, tmp_path):
    split = json.loads(run.split.read_text())
    for roles in split["areas"].values():
        del roles["validation"]
    broken = tmp_path / "split.json"
    broken.write_text(json.dumps(split))
    with pytest.raises(UserError, match="no validation area"):
        train_into(tmp_path, LearningRun(run.images, run.references, broken, run.statistics))


def test_golden_training_losses(undisturbed):
    """What a refactoring may not change; the tolerance is for the rounding of other processors."""
    rows = list(csv.DictReader(undisturbed[1].decode().splitlines()))
    assert [float(row["train_loss"]) for row in rows] == pytest.approx(GOLDEN, rel=0.02)


GOLDEN = [1.943, 1.161, 0.837, 0.775]
