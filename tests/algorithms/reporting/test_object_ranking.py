"""Objects beside one another: chosen on validation ground, and an honest word on the baseline."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.object_ranking import compare_objects, tabulate_objects
from rs_seg.values.matches import ObjectMatches
from rs_seg.values.object_comparison import ObjectComparison, ObjectCosts
from tests.algorithms.reporting.toy_matches import make_matches, make_role

GOOD, MIDDLING, BAD = [(8, 2, 1)] * 12, [(6, 4, 3)] * 12, [(2, 8, 6)] * 12
UNEVEN = [(9, 1, 0), (3, 7, 6)] * 6
COSTS = ObjectCosts(
    parameters=7,
    training_seconds=1.0,
    training_cpu_seconds=2.0,
    detection_seconds=None,
    detection_cpu_seconds=None,
)


def compare(*matched: ObjectMatches) -> ObjectComparison:
    costs = {own.method: COSTS for own in matched}
    compared = compare_objects(matched, costs, resamples=1000, seed=0)
    assert compared is not None
    return compared


def polygons(test) -> ObjectMatches:
    return make_matches("unet", GOOD, test, suppression="watershed", kind="polygons")


def test_the_best_is_chosen_on_validation_ground():
    compared = compare(make_matches("one", MIDDLING, GOOD), make_matches("two", GOOD, BAD))
    assert compared.best.detector == "two"
    assert "Of 2 sets of objects, that of two + nms is the best" in compared.verdict[0]


def test_a_detector_that_is_better_beats_the_map():
    compared = compare(make_matches("one", GOOD, GOOD), polygons(BAD))
    assert compared.f1_difference.interval[0] > 0
    assert compared.verdict[-1].startswith("It beats the polygons of the best map, unet")


def test_a_detector_that_is_worse_is_said_to_be():
    compared = compare(make_matches("one", GOOD, BAD), polygons(GOOD))
    assert compared.f1_difference.difference < 0
    assert compared.verdict[-1].startswith("It does not beat the polygons of the best map")
    assert "worse" in compared.verdict[-1]


def test_where_the_interval_holds_0_no_difference_is_shown():
    compared = compare(make_matches("one", GOOD, UNEVEN), polygons(UNEVEN[::-1]))
    assert "No difference is shown" in compared.verdict[-1]
    assert "does not beat the map" in compared.verdict[-1]


def test_blocks_of_two_methods_are_drawn_together():
    """The same counts in the same blocks differ in no draw, however uneven blocks are."""
    compared = compare(make_matches("one", GOOD, UNEVEN), polygons(UNEVEN))
    assert compared.f1_difference.interval == (0.0, 0.0)


def test_other_ground_is_compared_by_intervals_that_overlap():
    elsewhere = polygons(UNEVEN).model_copy(update={"test": make_role(UNEVEN, seen_objects=4)})
    compared = compare(make_matches("one", GOOD, UNEVEN), elsewhere)
    assert compared.f1_difference.interval is None
    assert "the intervals of both overlap" in compared.verdict[-1]
    apart = polygons(BAD).model_copy(update={"test": make_role(BAD, seen_objects=4)})
    assert "do not overlap" in compare(make_matches("one", GOOD, GOOD), apart).verdict[-1]


def test_one_block_says_nothing_of_chance():
    compared = compare(make_matches("one", GOOD, GOOD[:1]), polygons(BAD[:1]))
    assert "too few test blocks" in compared.verdict[-1]


def test_the_best_of_several_maps_is_the_baseline():
    compared = compare(
        make_matches("one", GOOD, GOOD),
        make_matches("forest", BAD, GOOD, kind="polygons"),
        polygons(MIDDLING),
    )
    assert compared.baseline.method == ("unet", "watershed")


def test_without_maps_there_is_no_baseline_and_without_detectors_no_comparison():
    alone = compare(make_matches("one", GOOD, GOOD))
    assert alone.baseline is None
    assert alone.f1_difference is None
    assert "polygons" not in " ".join(alone.verdict)
    assert compare_objects([polygons(GOOD)], {}, resamples=100, seed=0) is None
    assert compare_objects([], {}, resamples=100, seed=0) is None


def test_nothing_to_find_is_said():
    nothing = make_matches("one", [(0, 0, 0)] * 3, [(0, 0, 2)] * 3, score=None)
    compared = compare(nothing, polygons(BAD))
    assert "no score could be chosen" in compared.verdict[0]
    assert "hold no object that counts" in compared.verdict[1]
    assert compared.rows[0].f1 == 0.0
    assert compared.rows[0].recall is None


@pytest.mark.parametrize(("ground", "told"), [("unknown", "too good"), ("excluded", "left out")])
def test_what_models_saw_is_said(ground, told):
    compared = compare(make_matches("one", GOOD, GOOD, ground=ground))
    assert any(told in sentence for sentence in compared.verdict)


def test_the_table_has_figures_with_their_intervals_and_costs():
    row = tabulate_objects(compare(make_matches("one", GOOD, UNEVEN)))[0]
    assert (row["detector"], row["suppression"], row["parameters"]) == ("one", "nms", 7)
    assert row["f1_low"] < row["f1"] < row["f1_high"]
    assert row["mask_f1"] is None
    assert row["objects"] == 120
