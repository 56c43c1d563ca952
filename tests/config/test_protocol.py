"""The protocol of a run: what is stated, and what follows from other settings."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.values.protocol import UNTOLD, find_differences

NAMES = ("other", "road", "building")
GIVEN: dict[str, Any] = {
    "scenes": ["north", "south"],
    "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
    "label": {"path": "labels.gpkg"},
    "legend": [{"code": code, "name": name, "color": "#112233"} for code, name in enumerate(NAMES)],
    "models": {"forest": {"architecture": "random_forest"}},
    "refinements": {"argmax": {"method": "argmax"}},
    "seed": 4,
}


def parse(**changes: Any) -> RunConfig:
    return parse_config({**GIVEN, **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "blocks, seed 4"),
        ({"split": {"folds": 5}}, "5 folds of blocks, seed 4"),
        (
            {"split": {"folds": 2, "groups": {"by": "scene"}}},
            "2 folds of groups, by scene, seed 4",
        ),
        ({"split": {"areas": {"path": "roles.gpkg"}}}, "areas of roles.gpkg, seed 4"),
        (
            {"scenes": [{"name": "a", "role": "train"}, {"name": "b"}]},
            "roles of the scene table, else blocks, seed 4",
        ),
        (
            {"scenes": [{"name": "a", "role": "train"}, {"name": "b", "role": "test"}]},
            "roles of the scene table, seed 4",
        ),
        (
            {"scenes": [{"name": "a", "role": "train"}, {"name": "b", "role": "train"}]},
            "blocks of the scenes of the role train, seed 4",
        ),
        ({"models": {"given": {"model": "older.safetensors"}}}, "all labelled ground"),
        ({"protocol": {"split": "official"}}, "official"),
    ],
)
def test_a_split_that_is_not_stated_is_told_as_the_run_does_it(
    changes: dict[str, Any], told: str
) -> None:
    assert parse(**changes).figure_protocol.split == told


def test_all_labels_and_all_classes_are_counted_unless_it_is_stated() -> None:
    own = parse(label={"path": "labels.gpkg", "unlabelled": [9, "cloud"]}).figure_protocol
    assert (own.set, own.labels, own.classes, own.pooling) == (None, "full", NAMES, "pooled")
    assert own.ignore == "pixels without a label; labels 9, cloud"
    stated = {"set": "potsdam", "labels": "eroded 3 px", "classes": ["building", "other"]}
    protocol = parse(protocol=stated).figure_protocol
    assert (protocol.set, protocol.labels) == ("potsdam", "eroded 3 px")
    assert protocol.classes == ("other", "building"), "in the order of the legend"


def test_objects_have_the_protocol_of_maps_with_their_own_classes_and_rule() -> None:
    found: dict[str, Any] = {
        "label": {"path": "labels.gpkg", "outside": "other"},
        "detectors": {"centre": {"architecture": "centre"}},
        "suppressions": {"nms": {"method": "nms"}},
    }
    run = parse(**found, outline={"smallest": 2.5})
    own = run.object_protocol
    assert own.classes == run.counted_objects.names == ("road", "building")
    assert own.ignore == "groups, objects that show less than 50 %, objects below 2.5 m2"
    assert (own.split, own.labels) == (run.figure_protocol.split, "full")
    stated = {"classes": ["other", "building"], "ignore": "clouds"}
    counted = parse(**found, protocol=stated)
    assert counted.object_protocol.classes == counted.counted_objects.names == ("building",)
    assert counted.object_protocol.ignore.startswith("clouds; groups")
    assert counted.counted_classes == ("other", "building")
    nothing = parse(**found, protocol={"classes": ["other"]})
    assert nothing.object_protocol.classes == ("road", "building"), "where none is counted, all"


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (["roof"], "has roof, which the legend has not"),
        ([], "at least one"),
        (["road"] * 2, "once"),
    ],
)
def test_means_over_other_classes_than_those_of_the_legend_are_refused(
    classes: list[str], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        parse(protocol={"classes": classes})


def test_texts_on_several_lines_are_refused() -> None:
    with pytest.raises(UserError, match="control character or line end"):
        parse(protocol={"citation": "one\ntwo"})


def test_protocols_differ_in_what_decides_figures_and_in_nothing_else() -> None:
    plain, titled = (
        parse(protocol=own).figure_protocol
        for own in ({"set": "a"}, {"set": "a", "title": "A", "licence": "CC0", "leak": "Chips."})
    )
    assert find_differences(plain, titled) == {}
    other = parse(protocol={"set": "a", "labels": "eroded"}).figure_protocol
    assert find_differences(plain, other) == {"labels": ("full", "eroded")}
    assert find_differences(None, other)["labels"] == (UNTOLD, "eroded")
