"""What each sensor is worth, in figures and words."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.sensors import compare_sensors, describe_worth
from tests.algorithms.reporting.test_leakage import on_ground
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_evaluation


def test_copies_are_compared_with_the_map_of_their_network_by_the_same_refinement() -> None:
    maps = [
        make_evaluation("fused", "crf", test=figures_of_test(0.9)),
        make_evaluation("fused", "argmax", test=on_ground(0.6, 0.7, 0.8)),
    ]
    copy = make_evaluation("fused_without_s1", "argmax", test=on_ground(0.6, 0.4, None))
    withheld = {"fused_without_s1": ("fused", "s1")}
    (row,) = compare_sensors(maps, [copy], withheld)
    assert (row.method, row.source) == (("fused", "argmax"), "s1")
    assert (row.mean_iou, row.mean_iou_without) == (0.99, 0.99)
    assert row.iou == {"field": 0.6, "wood": 0.7, "lake": 0.8}
    assert row.iou_without == {"field": 0.6, "wood": 0.4, "lake": None}
    assert row.worth == 0
    assert compare_sensors(maps[:1], [copy], withheld) == ()


@pytest.mark.parametrize(
    ("with_it", "without", "told"),
    [
        (0.8, 0.6, "s1 is worth 0.200"),
        (0.6, 0.7, "the network maps no worse without it"),
        (0.601, 0.6, "s1 makes no difference that counts"),
        (None, 0.6, "the worth of s1 is unknown"),
    ],
)
def test_the_worth_is_said_in_a_sentence(
    with_it: float | None, without: float | None, told: str
) -> None:
    assert told in describe_worth("fused, argmax", "s1", with_it, without)
