"""Training with other choices than the defaults learns, and ends alike after a kill."""

from __future__ import annotations

import hashlib

import pytest
from safetensors.numpy import save_file

from rs_seg.config import EMA, SGD, SWA, Adam, Constant, LossConfig, OneCycle, Step, TrainConfig
from rs_seg.io.documents import read_document
from rs_seg.io.model import read_description, read_model
from rs_seg.values.statistics import Statistics

from .learning_run import NETWORK, TRAIN
from .test_train import Killed, train_into

VARIANTS = {
    "ema and momentum": (
        {
            "optimizer": SGD(method="sgd"),
            "schedule": Step(method="step", epochs=2),
            "averaging": EMA(method="ema", decay=0.7),
            "accumulate": 2,
            "batch_size": 2,
        },
        {"encoder_rate": 0.1},
    ),
    "swa and one cycle": (
        {
            "optimizer": Adam(method="adam"),
            "schedule": OneCycle(method="one_cycle"),
            "averaging": SWA(method="swa", start=0.25),
        },
        {},
    ),
    "thawing encoder": (
        {"schedule": Constant(method="constant")},
        {"freeze_encoder": True, "unfreeze_epoch": 3},
    ),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_killed_training_of_any_kind_goes_on_to_the_same_bytes(
    run, model, tmp_path, monkeypatch, variant
):
    from rs_seg.algorithms.training.task import SegmentationTask

    settings, transfer = VARIANTS[variant]
    chosen = {
        "config": TRAIN.model_copy(update=settings),
        "network": NETWORK.model_copy(update={"weights": str(model), **transfer}),
    }
    whole = train_into(tmp_path / "undisturbed", run, **chosen)
    start = SegmentationTask.on_train_epoch_start

    def killed(self: SegmentationTask) -> None:
        start(self)
        if self.current_epoch == 3:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(SegmentationTask, "on_train_epoch_start", killed)
        with pytest.raises(Killed):
            train_into(tmp_path / "killed", run, **chosen)
    assert train_into(tmp_path / "killed", run, **chosen) == whole


def test_a_frozen_encoder_is_that_of_the_weights_file_and_the_rest_learns(run, model, tmp_path):
    network = NETWORK.model_copy(update={"weights": str(model), "freeze_encoder": True})
    train_into(tmp_path, run, network=network, seed=3)
    _, source = read_model(model)
    description, tensors = read_model(tmp_path / "model.safetensors")
    for key, value in tensors.items():
        same = value.tobytes() == source[key].tobytes()
        assert same == key.startswith("layers.encoder.") or key.endswith("num_batches_tracked"), key
    assert description.validation["miou"] > 0.8
    assert description.pretrained is not None
    assert description.pretrained.weights == model.name
    assert description.pretrained.sha256 == hashlib.sha256(model.read_bytes()).hexdigest()
    assert description.pretrained.filters == {band: band for band in description.bands}


def test_another_file_of_weights_of_the_same_name_is_trained_from_anew(run, model, tmp_path):
    weights = tmp_path / "weights.safetensors"
    network = NETWORK.model_copy(update={"weights": str(weights), "freeze_encoder": True})
    weights.write_bytes(model.read_bytes())
    first, _ = train_into(tmp_path, run, network=network)
    _, tensors = read_model(model)
    save_file(
        {key: 2 * value if value.ndim == 4 else value for key, value in tensors.items()}, weights
    )
    assert train_into(tmp_path, run, network=network)[0] != first


LOSSES = ("cross_entropy", "binary_cross_entropy", "dice", "tversky", "focal", "lovasz")


@pytest.mark.parametrize("name", sorted(set(LOSSES) - {"cross_entropy"}))
def test_every_loss_alone_trains_a_model_that_tells_the_classes_apart(run, tmp_path, name):
    loss = LossConfig(**{**dict.fromkeys(LOSSES, 0.0), name: 1.0})
    train_into(tmp_path, run, config=TRAIN.model_copy(update={"loss": loss, "calibrate": False}))
    assert read_description(tmp_path / "model.safetensors").validation["miou"] > 0.6


def test_class_weights_are_those_of_the_configuration(run, model, tmp_path):
    from rs_seg.learning.network_settings import _class_weights

    classes = read_document(run.statistics, Statistics).classes
    wanted = {
        "none": None,
        "balanced": pytest.approx((0.881, 0.942, 1.114), abs=0.07),
        "median_frequency": pytest.approx((0.35 / 0.4, 1.0, 0.35 / 0.25)),
    }
    for asked, weights in wanted.items():
        assert _class_weights(TrainConfig(loss=LossConfig(class_weights=asked)), classes) == weights
    named = TrainConfig(loss=LossConfig(class_weights={"lake": 3.0}))
    assert _class_weights(named, classes) == (1.0, 1.0, 3.0)
    assert (
        train_into(tmp_path, run, config=TRAIN.model_copy(update={"loss": named.loss}))[0]
        != model.read_bytes()
    )
