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


def compare(*matched: ObjectMatches, **groups: tuple[str, ...]) -> ObjectComparison:
    costs = {own.method: COSTS for own in matched}
    compared = compare_objects(matched, costs, groups, resamples=1000, seed=0)
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
    assert compare_objects([polygons(GOOD)], {}, {}, resamples=100, seed=0) is None
    assert compare_objects([], {}, {}, resamples=100, seed=0) is None


def test_nothing_to_find_is_said():
    nothing = make_matches("one", [(0, 0, 0)] * 3, [(0, 0, 2)] * 3, score=None)
    compared = compare(nothing, polygons(BAD))
    assert "no score could be chosen" in compared.verdict[0]
    assert "hold no object that counts" in compared.verdict[1]
    assert compared.rows[0].f1 == 0.0
    assert compared.rows[0].recall is None


def fold(name: str, number: int, validation, test, **changes) -> ObjectMatches:
    """One of several folds: its test blocks lie in a scene of their own."""
    role = make_role(test)
    blocks = tuple(block.model_copy(update={"scene": f"town{number}"}) for block in role.blocks)
    tested = role.model_copy(update={"blocks": blocks})
    made = make_matches(f"{name}_fold{number}", validation, test, **changes)
    return made.model_copy(update={"test": tested})


FOLDS = {name: (f"{name}_fold1", f"{name}_fold2") for name in ("one", "two", "unet")}


def test_seeds_have_a_spread_and_are_not_pooled():
    (group,) = compare(
        make_matches("one_seed1", GOOD, GOOD),
        make_matches("one_seed2", GOOD, BAD),
        one=("one_seed1", "one_seed2"),
    ).replicates
    assert (group.detector, group.suppression, group.f1.n) == ("one", "nms", 2)
    assert group.f1.min < group.f1.mean < group.f1.max
    assert group.pooled is None


def test_seeds_without_test_ground_are_no_folds_and_the_best_of_them_is_chosen():
    compared = compare(
        make_matches("one_seed1", BAD, []),
        make_matches("one_seed2", GOOD, []),
        one=("one_seed1", "one_seed2"),
    )
    assert compared.best.detector == "one_seed2"


def test_folds_count_with_their_mean_and_the_first_of_the_best_stands_for_all():
    """The second detector has the best single fold, the first one the best mean."""
    compared = compare(
        fold("one", 1, MIDDLING, GOOD),
        fold("one", 2, MIDDLING, BAD),
        fold("two", 1, BAD, GOOD),
        fold("two", 2, GOOD, BAD),
        **{name: FOLDS[name] for name in ("one", "two")},
    )
    assert compared.best.detector == "one_fold1"
    pooled = compared.replicates[0].pooled
    assert (pooled.blocks, pooled.objects, pooled.detections) == (24, 240, 12 * 9 + 12 * 8)
    assert pooled.f1 == pytest.approx(2 * 120 / (240 + 204))
    assert pooled.intervals.f1[0] < pooled.f1 < pooled.intervals.f1[1]
    assert "all folds together find objects with F1 0.541" in compared.verdict[1]


def test_folds_of_a_detector_and_a_map_are_compared_block_by_block_over_all_of_them():
    compared = compare(
        fold("one", 1, GOOD, GOOD),
        fold("one", 2, GOOD, MIDDLING),
        fold("unet", 2, GOOD, BAD, kind="polygons"),
        fold("unet", 1, GOOD, BAD, kind="polygons"),
        **{name: FOLDS[name] for name in ("one", "unet")},
    )
    assert [group.kind for group in compared.replicates] == ["detections", "polygons"]
    pooled = [group.pooled.f1 for group in compared.replicates]
    assert compared.f1_difference.difference == pytest.approx(pooled[0] - pooled[1])
    assert compared.f1_difference.interval[0] > 0
    assert "on test ground of all folds, by" in compared.verdict[-1]


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
