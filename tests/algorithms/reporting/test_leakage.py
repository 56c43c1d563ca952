"""The price of leakage: a copy beside its network by the same refinement, and a sentence."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.reporting.leakage import compare_splits, describe_price
from tests.algorithms.reporting.toy_evaluations import figures_of_test, make_evaluation

TWINS = {"unet_random_split": "unet"}


def test_a_copy_is_compared_with_its_network_by_the_same_refinement() -> None:
    maps = [
        make_evaluation("unet", "crf", test=figures_of_test(0.9)),
        make_evaluation("unet", "argmax", test=figures_of_test(0.6, pixels=80)),
    ]
    twin = make_evaluation("unet_random_split", "argmax", test=figures_of_test(0.75, pixels=90))
    (row,) = compare_splits(maps, [twin], TWINS)
    assert row.method == ("unet", "argmax")
    assert (row.mean_iou, row.random_mean_iou, row.price) == (0.6, 0.75, pytest.approx(0.15))
    assert (row.pixels, row.random_pixels) == (80, 90)
    assert row.verdict == (
        "unet + argmax: mIoU 0.600 on blocks kept apart, 0.750 on a random split; the difference "
        "of 0.150 is the price of leakage, which the random split would have promised too much."
    )


def test_a_small_or_negative_difference_is_no_price() -> None:
    for random in (0.604, 0.5):
        assert describe_price("unet", 0.6, random).endswith("no leakage shows in this run.")


def test_without_test_pixels_nothing_is_concluded() -> None:
    twin = make_evaluation("unet_random_split", test=figures_of_test(None))
    (row,) = compare_splits([make_evaluation("unet", test=figures_of_test(0.6))], [twin], TWINS)
    assert (row.price, row.random_mean_iou) == (None, None)
    assert "the price of leakage is unknown" in row.verdict
