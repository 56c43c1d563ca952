"""Figures of parts of the test ground, on matrices that can be added by hand."""

from __future__ import annotations

from functools import partial

import pytest

from rs_seg.algorithms.reporting.strata import describe_distances, describe_scenes
from tests.algorithms.reporting.toy_evaluations import make_block

NAMES = ("field", "wood")
block = partial(make_block, metres=30.0, inside=True)


def test_each_scene_has_the_figures_of_its_own_blocks_summed() -> None:
    blocks = [
        block([[8, 2], [0, 0]]),
        block([[0, 0], [10, 30]], scene="west"),
        block([[2, 0], [1, 7]]),
    ]
    east, west = describe_scenes(blocks, NAMES)
    assert (east.scene, east.blocks, east.pixels) == ("east", 2, 20)
    assert east.overall_accuracy == 17 / 20
    assert east.iou == {"field": 10 / 13, "wood": 7 / 10}
    assert east.mean_iou == pytest.approx((10 / 13 + 7 / 10) / 2)
    assert (west.pixels, west.overall_accuracy, west.iou["field"]) == (40, 0.75, 0)


def test_rings_are_bounded_by_round_metres_and_empty_ones_left_out() -> None:
    right, wrong = [[4, 0], [0, 0]], [[0, 4], [0, 0]]
    distances = [0.0, 0.5, 19.9, 20.0, 49.9, 700.0]
    confusions = [right, right, right, right, wrong, wrong]
    blocks = [block(own, metres=metres) for own, metres in zip(confusions, distances, strict=True)]
    rings = describe_distances(blocks, NAMES)
    limits = [(ring.from_m, ring.to_m, ring.blocks) for ring in rings]
    assert limits == [(0, 0, 1), (0.5, 1, 1), (10, 20, 1), (20, 50, 2), (500, 1000, 1)]
    assert [ring.overall_accuracy for ring in rings] == [1, 1, 1, 0.5, 0]
    assert {ring.training for ring in rings} == {"same scene"}


def test_scenes_without_training_ground_and_unknown_distances_stand_apart_and_last() -> None:
    blocks = [
        block([[1, 0], [0, 0]], metres=None, inside=None),
        block([[2, 0], [0, 0]], metres=5000.0, inside=False),
        block([[3, 0], [0, 0]], metres=900.0, inside=False, scene="west"),
        block([[4, 0], [0, 0]], metres=100.0),
    ]
    rows = describe_distances(blocks, NAMES)
    told = [(row.training, row.from_m, row.to_m, row.pixels) for row in rows]
    assert told == [
        ("same scene", 100, 200, 4),
        ("other scene", 900, 5000, 5),
        ("unknown", None, None, 1),
    ]


def test_pixels_without_a_class_on_purpose_count_as_wrong() -> None:
    (row,) = describe_scenes([block([[3, 0, 1], [0, 4, 2]])], NAMES)
    assert (row.pixels, row.overall_accuracy) == (10, 0.7)


def test_without_blocks_there_are_no_rows() -> None:
    assert describe_scenes([], NAMES) == describe_distances([], NAMES) == ()
