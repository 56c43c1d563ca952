from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rs_seg.config import SGD, ConvolutionalNetwork, dump_config, load_config, parse_config
from rs_seg.config.learning import Budget
from rs_seg.errors import UserError

MINIMAL: dict[str, Any] = {
    "scenes": ["north", "south"],
    "sources": {"image": {"path": "{scene}.tif", "bands": ["red", "green", "blue"]}},
    "label": {"path": "labels.gpkg"},
    "legend": [
        {"code": 0, "name": "background", "color": "#dddddd"},
        {"code": 7, "name": "building", "color": "#d7301f"},
    ],
    "models": {"unet": {"architecture": "unet"}},
    "refinements": {"argmax": {"method": "argmax"}},
}
FROZEN: dict[str, Any] = {"architecture": "unet", "weights": "imagenet", "freeze_encoder": True}


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(MINIMAL), **changes}


def test_resolved_configuration_loads_to_an_equal_one() -> None:
    config = parse_config(MINIMAL)
    assert parse_config(yaml.safe_load(dump_config(config))) == config


def test_choices_of_training_load_to_equal_ones() -> None:
    train = {
        "loss": {"focal": 1, "class_weights": {"building": 3}, "border": {"classes": ["building"]}},
        "optimizer": {"method": "sgd", "momentum": 0.8},
        "schedule": {"method": "one_cycle"},
        "averaging": {"method": "ema", "decay": 0.99},
    }
    config = parse_config(changed(train=train, models={"unet": {**FROZEN, "unfreeze_epoch": 5}}))
    assert config.train.optimizer == SGD(method="sgd", momentum=0.8)
    assert parse_config(yaml.safe_load(dump_config(config))) == config


def test_names_of_branches_come_from_their_keys() -> None:
    config = parse_config(MINIMAL)
    assert config.models["unet"].name == "unet"
    assert config.refinements["argmax"].name == "argmax"


def test_scenes_are_unlabelled_where_no_labels_are_named() -> None:
    config = parse_config(changed(label=None, models={"given": {"model": "model.safetensors"}}))
    assert config.labelled_scenes == ()
    assert config.trained_models == ()


def test_scene_table_fills_path_templates(tmp_path: Path) -> None:
    table = tmp_path / "scenes.csv"
    table.write_text("scene,labelled,folder\nnorth,true,2021\nsouth,,2022\n", encoding="utf-8")
    source = {"image": {"path": "{folder}/{scene}.tif", "bands": ["pan"]}}
    config = parse_config(changed(scenes=str(table), sources=source, data_root="in"))
    assert [config.source_paths(scene) for scene in config.scenes] == [
        [Path("in/2021/north.tif")],
        [Path("in/2022/south.tif")],
    ]
    assert [scene.labelled for scene in config.scenes] == [True, True]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vectorise": {}}, "unknown key 'vectorise'.*did you mean 'vectorize'"),
        ({"train": {"wndow": 64}}, "train.wndow.*did you mean 'window'"),
        (
            {"models": {"unet": {"architecture": "unet", "encoderr": "x"}}},
            "models.unet.encoderr.*'encoder'",
        ),
        ({"models": {"unet": {"architecture": "unett"}}}, "Found: 'unett'.*did you mean 'unet'"),
        (
            {"refinements": {"crf": {"method": "densecrf", "iteration": 3}}},
            "refinements.crf.iteration.*'iterations'",
        ),
        (
            {"legend": [{"code": 1, "name": "a", "color": "red"}, MINIMAL["legend"][1]]},
            "legend.0.color.*Found: 'red'",
        ),
        ({"legend": [MINIMAL["legend"][0]] * 2}, "codes of the legend must differ; given twice: 0"),
        ({"scenes": ["north", "north"]}, "given twice: north"),
        ({"scenes": []}, "key scenes"),
        (
            {"sources": {"image": {"path": "{place}.tif", "bands": ["red"]}}},
            "placeholder {place}.*scene",
        ),
        ({"align": {"reference": "dsm"}}, "align.reference is 'dsm', but the sources are image"),
        ({"split": {"buffer": 10}}, "split.buffer is 10 pixels, less than train.window of 32"),
        (
            {"split": {"buffer": 100}, "train": {"window": 128}},
            "split.buffer is 100 pixels, less than train.window of 128",
        ),
        (
            {"predict": {"tile": 256, "overlap": 160}},
            "predict.overlap is 160, more than half of predict.tile of 256",
        ),
        (
            {"label": {"path": "x", "outside": "bakground"}},
            "label.outside is 'bakground'.*background, building",
        ),
        ({"label": {"path": "x", "column": None}}, "label.class_name must say of which class"),
        ({"label": None}, "no scene is labelled"),
        ({"seed": "one"}, "key seed.*Found: 'one'"),
        ({"train": {"optimizer": {"method": "sdg"}}}, "train.optimizer.*'adamw', 'adam', 'sgd'"),
        (
            {"train": {"optimizer": {"method": "adamw", "momentum": 0.9}}},
            "train.optimizer.momentum.*one of method",
        ),
        (
            {"train": {"optimizer": {"method": "sgd", "momentun": 0.9}}},
            "train.optimizer.momentun.*'momentum'",
        ),
        (
            {"train": {"minutes": 5, "epochs": 3}},
            "minutes is 5, but epochs is 3: each says how long",
        ),
        (
            {"models": {"unet": {"architecture": "unet", "train": {"minutes": 5, "passes": 3}}}},
            "passes and minutes are given: each says how long",
        ),
        (
            {"train": {"schedule": {"method": "step"}}},
            "key train.schedule.epochs: a setting is missing",
        ),
        (
            {"train": {"loss": {"cross_entropy": 0, "dice": 0}}},
            "weights of all losses are 0.*lovasz",
        ),
        (
            {"train": {"loss": {"cross_entropy": 0, "class_weights": "balanced"}}},
            "class_weights is 'balanced', but cross_entropy, binary_cross_entropy, focal are all 0",
        ),
        (
            {"train": {"loss": {"cross_entropy": 0, "label_smoothing": 0.1}}},
            "label_smoothing is 0.1, but cross_entr",
        ),
        (
            {"train": {"loss": {"cross_entropy": 0, "border": {"classes": ["building"]}}}},
            "border is set, but cross_entropy, binary_cross_entropy, focal are all 0",
        ),
        (
            {"train": {"loss": {"border": {"classes": ["bilding"]}}}},
            (
                "border.classes names 'bilding', but the classes of the legend are background, "
                "building"
            ),
        ),
        (
            {"train": {"loss": {"class_weights": {"bilding": 2}}}},
            "class_weights names 'bilding', but the classes of the legend are background, building",
        ),
        (
            {"models": {"unet": {"architecture": "linknet", "dropout": 0.2}}},
            "dropout: 0.2 has no effect on linknet.*unet_original_padded",
        ),
        (
            {"models": {"unet": {"architecture": "unet", "output_stride": 8}}},
            "output_stride: 8 has no effect on unet.*deeplabv3plus",
        ),
        (
            {"models": {"unet": {"architecture": "deeplabv3", "atrous_rates": [6, 12]}}},
            "models.unet.atrous_rates",
        ),
        (
            {"models": {"unet": {"architecture": "unet", "freeze_encoder": True}}},
            "freeze_encoder is true, but weights is null",
        ),
        (
            {"models": {"unet": {"architecture": "unet", "unfreeze_epoch": 3}}},
            "unfreeze_epoch is 3, but freeze_enc",
        ),
        (
            {"models": {"unet": {**FROZEN, "unfreeze_epoch": 9}}, "train": {"epochs": 8}},
            "models.unet.unfreeze_epoch is 9, but train.epochs is 8",
        ),
        (
            {"models": {"unet": {**FROZEN, "encoder_rate": 0.1}}},
            "encoder_rate is 0.1, but freeze_encoder is true",
        ),
    ],
)
def test_mistakes_are_named_with_key_and_remedy(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=rf"(?s)my\.yaml.*{said}"):
        parse_config(changed(**changes), where="my.yaml")


def test_all_mistakes_are_listed_at_once() -> None:
    with pytest.raises(UserError, match=r"(?s)2 faults.*seed.*titel"):
        parse_config(changed(seed="one", titel="x"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "not valid YAML"),
        ("- a", "not a mapping"),
        (None, "there is no such configuration. Remedy: "),
    ],
)
def test_files_that_are_no_configuration_are_told(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "config.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=said):
        load_config(path)


def test_a_scene_table_without_its_column_is_told(tmp_path: Path) -> None:
    table = tmp_path / "scenes.csv"
    table.write_text("name\nnorth\n", encoding="utf-8")
    with pytest.raises(
        UserError, match=r"scenes\.csv: scene table lacks a column.*Expected: scene"
    ):
        parse_config(changed(scenes=str(table)))


@pytest.mark.parametrize(
    ("train", "text"),
    [
        ({"augment": {"optical_bands": ["blau"], "haze": {}}}, "names 'blau', but the bands are"),
        ({"augment": {"optical_bands": ["red"]}}, "are all null: it has no effect"),
        (
            {"augment": {"hue": {}, "optical_bands": ["red", "green"]}},
            "but the bands are red, green: it needs 3; leave hue out",
        ),
        ({"augment": {"saturation": {}, "optical_bands": ["red"]}}, "it needs 2"),
        (
            {"augment": {"elastic": {"displacement": 20, "spacing": 64}}},
            "displacement is 20 and spacing 64",
        ),
        (
            {"augment": {"gain": 0, "offset": 0, "noise": 0, "probability": 0.5}},
            "probability is 0.5, but scale",
        ),
        ({"augment": {"haze": {"probability": 0}}}, "greater than 0"),
        ({"rare_classes": 1.5}, "less than or equal to 1"),
    ],
)
def test_augmentation_without_effect_or_sense_is_refused(train, text):
    with pytest.raises(UserError, match=re.escape(text)):
        parse_config(changed(train=train))


def test_a_network_may_have_a_budget_of_its_own() -> None:
    networks = {"thin": {"architecture": "fcn8s", "train": {"epochs": 40, "learning_rate": 0.0003}}}
    run = parse_config(changed(models=networks, train={"epochs": 5, "steps_per_epoch": 7}))
    network = run.models["thin"]
    assert isinstance(network, ConvolutionalNetwork)
    trained = run.train.with_budget(network.train)
    assert (trained.epochs, trained.learning_rate, trained.steps_per_epoch) == (40, 0.0003, 7)
    timed = run.train.with_budget(Budget(minutes=3))
    assert (timed.minutes, timed.epochs, timed.steps_per_epoch) == (3, None, 7)
    counted = timed.with_budget(Budget(passes=20))
    assert (counted.minutes, counted.epochs, counted.passes) == (None, None, 20)
    with pytest.raises(UserError, match=r"models\.thin\.train\.epoch'?.*did you mean 'epochs'"):
        parse_config(changed(models={"thin": {"architecture": "fcn8s", "train": {"epoch": 4}}}))
