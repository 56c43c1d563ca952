"""Protocols in words, in tables, and held against one another."""

from __future__ import annotations

from pathlib import Path

import pytest

from rs_seg.algorithms.reporting.object_ranking import compare_objects
from rs_seg.algorithms.reporting.protocols import (
    check_protocols,
    describe_object_protocol,
    describe_protocol,
    describe_protocols,
    describe_scene_means,
    protocol_columns,
)
from rs_seg.errors import UserError
from rs_seg.stages.compare.work import NO_MAPS
from rs_seg.values.evaluation import SceneMeans
from rs_seg.values.object_comparison import ObjectCosts
from rs_seg.values.protocol import FigureProtocol
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_evaluation
from tests.algorithms.reporting.toy_matches import make_matches

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


def test_a_sentence_of_objects_says_how_they_are_judged_and_nothing_of_pixels() -> None:
    told = describe_object_protocol(OWN, ("field", "wood", "clutter"))
    assert told.startswith("Protocol of the objects: potsdam; split: official;")
    assert "means over 2 of 3 classes, without clutter; not counted" in told
    assert "kappa" not in told
    assert "pixels are in one confusion matrix" not in told


def test_a_comparison_tells_the_protocols_that_it_has() -> None:
    nothing = NO_MAPS
    counts = [(8, 2, 1)] * 3
    found = make_matches("centre", counts, counts, protocol=OWN)
    costs = {found.method: ObjectCosts.model_construct(**dict.fromkeys(ObjectCosts.model_fields))}
    objects = compare_objects([found], costs, {}, resamples=100, seed=0)
    asked = (("field", "wood"), ("field",))
    assert describe_protocols(nothing, *asked, data="towns") == []
    both = nothing.model_copy(update={"protocol": OWN, "objects": objects})
    first, second = describe_protocols(both, *asked, data="towns")
    assert first.startswith("Protocol: towns;")
    assert second.startswith("Protocol of the objects: towns;")


def test_objects_of_different_protocols_or_overlaps_are_not_ranked() -> None:
    counts = [(8, 2, 1)] * 3
    own, same = (make_matches(name, counts, counts, protocol=OWN) for name in ("a", "b"))
    assert check_protocols(dict(zip(FILES, (own, same), strict=True))) == OWN
    eroded = OWN.model_copy(update={"labels": "eroded 3 px"})
    for changes, told in (
        ({"protocol": eroded}, "labels: full / eroded 3 px"),
        ({"protocol": None}, "the file does not say"),
        ({"iou": 0.25}, "iou: 0.5 / 0.25"),
    ):
        other = same.model_copy(update=changes)
        with pytest.raises(UserError, match=told):
            check_protocols(dict(zip(FILES, (own, other), strict=True)))


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
