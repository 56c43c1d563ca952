"""Protocols in words, in tables, and held against one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.algorithms.reporting.protocols import (
    check_protocols,
    describe_protocol,
    describe_scene_means,
    protocol_columns,
)
from rs_seg.errors import UserError
from rs_seg.values.evaluation import SceneMeans
from rs_seg.values.protocol import FigureProtocol
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_evaluation

OWN = FigureProtocol(
    set="potsdam",
    split="official",
    labels="full",
    classes=("field", "wood"),
    ignore="pixels without a label",
    pooling="pooled",
)
FILES = Path("one/unet.json"), Path("two/unet.json")


def test_a_sentence_says_data_split_labels_classes_rule_and_that_figures_are_pooled() -> None:
    told = describe_protocol(OWN, ("field", "wood", "clutter"), data="ISPRS Potsdam")
    for part in (
        "Protocol: ISPRS Potsdam;",
        "split: official;",
        "labels: full;",
        "means over 2 of 3 classes, without clutter (overall accuracy, kappa and MCC are of all)",
        "not counted: pixels without a label",
        "pooled",
    ):
        assert part in told
    own_data = OWN.model_copy(update={"set": None})
    assert "own data; " in describe_protocol(own_data, ("field", "wood"))
    assert "all 2 classes" in describe_protocol(own_data, ("field", "wood"))


def test_files_of_different_protocols_are_named_with_what_differs() -> None:
    eroded = OWN.model_copy(update={"labels": "eroded 3 px", "classes": ("field",)})
    sides = [make_evaluation(protocol=own) for own in (OWN, eroded)]
    with pytest.raises(UserError) as error:
        check_protocols(dict(zip(FILES, sides, strict=True)))
    for part in (*map(str, FILES), "labels: full / eroded 3 px", "classes: field, wood / field"):
        assert part in str(error.value)
    assert "split" not in str(error.value).partition("found")[2].partition("expected")[0]


def test_a_file_that_does_not_say_its_protocol_is_not_ranked_with_one_that_does() -> None:
    silent = make_evaluation()
    with pytest.raises(UserError, match="the file does not say"):
        check_protocols({FILES[0]: silent, FILES[1]: make_evaluation(protocol=OWN)})
    assert check_protocols({FILES[0]: silent, FILES[1]: silent}) is None
    assert check_protocols({}) is None
    assert check_protocols({FILES[0]: make_evaluation(protocol=OWN)}) == OWN


def test_tables_have_the_same_columns_whether_the_protocol_is_known_or_not() -> None:
    known = protocol_columns(OWN)
    assert known["protocol_classes"] == "field, wood"
    assert known["protocol_set"] == "potsdam"
    assert protocol_columns(None) == dict.fromkeys(known)


def test_means_over_scenes_are_told_where_there_are_several() -> None:
    means = SceneMeans(scenes=3, overall_accuracy=0.75, mean_iou=0.5, mean_f1=None)
    (told,) = describe_scene_means(figures_of_test(over_scenes=means))
    assert told.startswith("Means over the 3 tested scenes")
    assert "mIoU 0.500" in told
    assert "F1" not in told
    assert describe_scene_means(figures_of_test()) == []
