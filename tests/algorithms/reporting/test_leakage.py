"""The price of leakage: a copy beside its network by the same refinement, and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rs_seg.algorithms.reporting.leakage import compare_splits, describe_price
from tests.algorithms.reporting.toy_evaluations import (
    class_figures,
    figures_of_test,
    make_evaluation,
)

if TYPE_CHECKING:
    from rs_seg.values.evaluation import TestFigures

TWINS = {"unet_random_split": "unet"}


def on_ground(*ious: float | None, pixels: tuple[int, ...] = (5, 5, 5), **more: Any) -> TestFigures:
    """Test figures of three classes with these pixels in the reference."""
    rows = [
        class_figures(name, iou=iou, pixels=count)
        for name, iou, count in zip(("field", "wood", "lake"), ious, pixels, strict=True)
    ]
    return figures_of_test(0.99, per_class=rows, **more)


def test_a_copy_is_compared_with_its_network_by_the_same_refinement() -> None:
    maps = [
        make_evaluation("unet", "crf", test=on_ground(0.9, 0.9, 0.9)),
        make_evaluation("unet", "argmax", test=on_ground(0.5, 0.6, 0.7)),
    ]
    twin = make_evaluation("unet_random_split", "argmax", test=on_ground(0.65, 0.75, 0.85))
    (row,) = compare_splits(maps, [twin], TWINS)
    assert row.method == ("unet", "argmax")
    assert (row.mean_iou, row.random_mean_iou, row.price) == pytest.approx((0.6, 0.75, 0.15))
    assert row.verdict == (
        "unet + argmax: mIoU 0.600 on blocks kept apart, 0.750 on a random split; the difference "
        "of 0.150 is the price of leakage, which the random split would have promised too much."
    )


def test_means_are_over_the_classes_that_both_test_grounds_have() -> None:
    own = make_evaluation("unet", test=on_ground(0.5, 0.6, 0, pixels=(5, 5, 0)))
    twin = make_evaluation("unet_random_split", test=on_ground(0.7, None, 0.9, pixels=(5, 0, 5)))
    (row,) = compare_splits([own], [twin], TWINS)
    assert (row.classes, row.mean_iou, row.random_mean_iou) == (("field",), 0.5, 0.7)


def test_a_small_or_negative_difference_is_no_price() -> None:
    for random in (0.604, 0.5):
        assert describe_price("unet", 0.6, random).endswith("no leakage shows in this run.")


def test_without_a_class_on_both_grounds_nothing_is_concluded() -> None:
    own = make_evaluation("unet", test=on_ground(0.5, 0.6, 0.7))
    twin = make_evaluation("unet_random_split", test=on_ground(None, None, None, pixels=(0, 0, 0)))
    (row,) = compare_splits([own], [twin], TWINS)
    assert (row.price, row.random_mean_iou, row.classes) == (None, None, ())
    assert "the price of leakage is unknown" in row.verdict
