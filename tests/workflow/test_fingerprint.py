from __future__ import annotations

import copy
import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from rs_seg.cli.signature import signature_of
from rs_seg.config import RunConfig, parse_config
from rs_seg.stages import STAGES
from rs_seg.workflow.fingerprint import fingerprint

VALUES: dict[str, Any] = {
    "scenes": ["north", {"name": "south", "labelled": False}],
    "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
    "label": {"path": "labels.gpkg"},
    "legend": [
        {"code": 0, "name": "other", "color": "#dddddd"},
        {"code": 1, "name": "road", "color": "#d7301f"},
    ],
    "models": {"unet": {"architecture": "unet"}, "fpn": {"architecture": "fpn"}},
    "refinements": {"argmax": {"method": "argmax"}},
    "outline": {"classes": ["road"]},
    "detectors": {"centre": {"architecture": "centre"}},
}


SIMULATED = {
    "optical": {"path": "{scene}.tif", "bands": ["red"]},
    "height": {"path": "h.tif", "bands": ["dsm"]},
}


def config(**changes: Any) -> RunConfig:
    return parse_config({**copy.deepcopy(VALUES), **changes})


def changed_stages(before: RunConfig, after: RunConfig) -> set[str]:
    """Stages whose fingerprint differs, for the branches that both configurations have."""
    branches = {
        "scene": "north",
        "place": "town",
        "dates": "2019_2023",
        "network": "unet",
        "refinement": "argmax",
        "detector": "centre",
        "suppression": "nms",
        "shard": "1-of-1",
        "fold": "1",
    }

    def marks(run: RunConfig, stage: str) -> str:
        return fingerprint(
            stage, run, **{name: branches[name] for name in signature_of(stage).branches}
        )

    return {stage for stage in STAGES if marks(before, stage) != marks(after, stage)}


def test_how_work_is_cut_makes_nothing_anew() -> None:
    cut = {"predict": {"shards": 4, "shard_megapixels": 2.0}}
    sized = [{"name": "north", "height": 20, "width": 30}, {"name": "south", "labelled": False}]
    assert changed_stages(config(), config(**cut)) == set()
    assert changed_stages(config(), config(scenes=sized)) == set()


@pytest.mark.parametrize(
    ("changes", "stages"),
    [
        ({"vectorize": {"minimum_area": 1.0}}, {"vectorize", "merge"}),
        (
            {"refinements": {"argmax": {"method": "densecrf"}}},
            {"search", "refine", "vectorize", "merge", "evaluate", "change", "sample", "estimate"},
        ),
        ({"refinements": {"argmax": {"method": "argmax", "models": ["unet", "fpn"]}}}, set()),
        ({"uncertainty": {"measures": ["entropy"]}}, {"uncertainty"}),
        ({"train": {"epochs": 3}}, {"forecast", "train", "train_detector"}),
        (
            {"seed": 5},
            {
                *("split", "preview", "forecast", "train", "train_detector", "accelerate"),
                *("search", "search_suppression", "match", "compare", "sample", "estimate"),
                "evaluate",  # its protocol names the seed of the split
            },
        ),
        (
            {"suppressions": {"nms": {"method": "soft_nms"}}},
            {"search_suppression", "suppress", "merge_objects"},
        ),
        ({"select": {"score": 0.4}}, {"select", "merge_objects"}),
        ({"match": {"iou": 0.3}}, {"search_suppression", "match"}),
        ({"change": {"pairs": [["north", "south"]]}}, set()),
        ({"change": {"pairs": [["north", "south"]], "minimum_area": 9}}, {"change"}),
        ({"sample": {"units": 50}}, {"sample"}),
        ({"estimate": {"confidence": 0.9}}, {"estimate"}),
        ({"detect": {"least": 0.2}}, {"detect", "detect_shard", "export_detector"}),
        (
            {"detectors": {"centre": {"architecture": "fcos"}}},
            {"search_suppression", "suppress", "train_detector", "forecast"},
        ),
        (
            {"models": {**VALUES["models"], "unet": {"architecture": "linknet"}}},
            {
                *("train", "forecast", "accelerate", "combine", "uncertainty"),
                *("search", "evaluate", "describe"),
            },
        ),
        ({"models": {"unet": {"architecture": "unet"}}}, {"compare", "forecast"}),
        ({"title": "Roads"}, set()),
        ({"scenes": [*VALUES["scenes"], {"name": "east", "labelled": False}]}, set()),
    ],
)
def test_only_stages_that_depend_on_a_setting_change(
    changes: dict[str, Any], stages: set[str]
) -> None:
    whole_run = {"report", "deliver", "gather"}
    assert changed_stages(config(), config(**changes)) - whole_run == stages


def test_colours_do_not_retrain() -> None:
    legend = [{**each, "color": "#000000"} for each in VALUES["legend"]]
    stages = changed_stages(config(), config(legend=legend))
    assert not stages & {"label", "split", "summarize", "train", "predict"}
    assert {"refine", "vectorize"} <= stages


def test_titles_of_classes_reach_only_what_people_look_at() -> None:
    legend = [{**each, "title": f"Class {number}"} for number, each in enumerate(VALUES["legend"])]
    shown = {"vectorize", "merge", "merge_objects", "select", "compare"}
    whole_run = {"report", "deliver", "gather"}
    assert changed_stages(config(), config(legend=legend)) == shown | whole_run
    assert config(legend=legend).class_names == config().class_names


def test_fingerprint_is_one_canonical_value() -> None:
    run = config()
    text = fingerprint("vectorize", run, refinement="argmax")
    assert text == fingerprint("vectorize", config(), refinement="argmax")
    values = json.loads(text)
    assert text == json.dumps(values, sort_keys=True)
    assert values["config"] == run.vectorize.model_dump(mode="json")
    assert values["refinement"] == run.refinements["argmax"].model_dump(mode="json")
    assert values["legend"] == [{**own, "title": None} for own in VALUES["legend"]]
    assert values["band_groups"] == [], "no figure is of a band"
    keys = {"revision", "config", "refinement", "legend", "outside_class", "band_groups"}
    assert set(values) == keys


@pytest.mark.parametrize("stage", STAGES)
def test_fingerprint_holds_the_revision_of_its_stage(stage: str) -> None:
    branches = {
        "scene": "north",
        "place": "town",
        "dates": "2019_2023",
        "network": "unet",
        "refinement": "argmax",
        "detector": "centre",
        "suppression": "nms",
        "shard": "1-of-1",
        "fold": "1",
    }
    text = fingerprint(
        stage, config(), **{name: branches[name] for name in signature_of(stage).branches}
    )
    assert json.loads(text)["revision"] == import_module(f"rs_seg.stages.{stage}").REVISION


def test_another_revision_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint("vectorize", config(), refinement="argmax")
    module = import_module("rs_seg.workflow.fingerprint")
    monkeypatch.setattr(
        module, "signature_of", lambda stage: replace(signature_of(stage), revision=99)
    )
    assert fingerprint("vectorize", config(), refinement="argmax") == before.replace(
        f'"revision": {signature_of("vectorize").revision}', '"revision": 99'
    )


@pytest.mark.parametrize(
    "change", [{"fields": {"year": "2021"}}, {"simulate": 3}, {"labelled": False}]
)
def test_whatever_a_scene_says_of_itself_is_looked_at_again(change: dict[str, Any]) -> None:
    south = {"name": "south", "labelled": True}
    before = config(scenes=[{"name": "north", "fields": {"year": "2020"}}, south])
    north = {"name": "north", "fields": {"year": "2020"}, **change}
    options = {"simulate": {"sources": SIMULATED}}.get(next(iter(change)), {})
    assert "inspect" in changed_stages(before, config(scenes=[north, south], **options))
