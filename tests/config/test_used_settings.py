"""Stages get the settings that they use; all others are as by default."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.cli.execute import check_branches
from rs_seg.cli.signature import settings_of
from rs_seg.config import (
    ConvolutionalNetwork,
    DetectorConfig,
    RunConfig,
    TrainConfig,
    parse_config,
)
from rs_seg.errors import UserError
from tests.workflow.test_fingerprint import VALUES

TRAIN: dict[str, Any] = {"window": 64, "epochs": 9, "learning_rate": 0.01, "calibrate": False}


def run_of(**changes: Any) -> RunConfig:
    models = {
        "unet": {"architecture": "unet"},
        "own": {"architecture": "unet", "train": {"epochs": 3}},
        "forest": {"architecture": "random_forest"},
    }
    detectors = {"centre": {"architecture": "centre"}, "rcnn": {"architecture": "rcnn"}}
    given = {"models": models, "detectors": detectors, "train": TRAIN}
    return parse_config({**VALUES, **given, **changes})


def trained_with(network: str) -> TrainConfig:
    settings = settings_of("train", run_of(), network=network)
    assert isinstance(settings["config"], TrainConfig)
    return settings["config"]


def test_a_network_gets_all_settings_of_training_and_its_own_budget() -> None:
    assert trained_with("unet") == run_of().train
    assert trained_with("own") == run_of().train.model_copy(update={"epochs": 3})


def test_a_forest_gets_no_setting_of_gradients() -> None:
    assert trained_with("forest") == TrainConfig(window=64, calibrate=False)


@pytest.mark.parametrize(
    ("detector", "expected"),
    [
        ("centre", TrainConfig(window=64, epochs=9, learning_rate=0.01)),
        ("rcnn", TrainConfig(window=64)),
    ],
)
def test_a_detector_gets_what_its_kind_uses(detector: str, expected: TrainConfig) -> None:
    assert settings_of("train_detector", run_of(), detector=detector)["train"] == expected


def test_scenes_are_told_by_name_but_for_the_split_whose_groups_may_be_columns() -> None:
    scenes = [
        {"name": "north", "fields": {"farm": "hill"}, "height": 5, "width": 6},
        {"name": "south", "labelled": False},
    ]
    run = run_of(scenes=scenes)
    (told,) = settings_of("summarize", run, fold="1")["labelled_scenes"]
    assert told.model_dump(exclude_defaults=True) == {"name": "north"}
    (whole,) = settings_of("split", run, fold="1")["labelled_scenes"]
    assert whole.fields == {"farm": "hill"}


def test_a_card_is_of_a_model_or_a_detector() -> None:
    for name, kind in (("unet", ConvolutionalNetwork), ("centre", DetectorConfig)):
        assert isinstance(settings_of("describe", run_of(), network=name)["network"], kind)


def test_detectors_are_networks_for_cards_alone() -> None:
    run = run_of()
    check_branches(run, {"network": "centre"}, of_detectors=True)
    with pytest.raises(UserError, match="unknown network"):
        check_branches(run, {"network": "centre"})


def test_maps_and_samples_know_no_titles() -> None:
    legend = [{**own, "title": f"Class {own['code']}"} for own in VALUES["legend"]]
    run = run_of(legend=legend)
    for stage in ("refine", "sample", "estimate", "preview"):
        assert settings_of(stage, run, network="unet", refinement="argmax")["legend"] == (
            run_of().legend
        )
    assert settings_of("vectorize", run, refinement="argmax")["legend"] == run.legend
