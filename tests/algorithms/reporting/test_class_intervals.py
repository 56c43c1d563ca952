"""Intervals of figures of classes: right where blocks are alike, honest where a class is rare."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.reporting.class_intervals import describe_class_intervals, measure_classes
from rs_seg.values import Confusion

NAMES = ("field", "wood", "lake")


@pytest.mark.parametrize("columns", [3, 4])
def test_figures_are_those_of_the_confusion_matrix(columns: int) -> None:
    counts = np.random.default_rng(1).integers(0, 9, (5, 3, columns))
    counts[2] = 0
    for own, measured in zip(counts, measure_classes(counts.astype(float)).T, strict=True):
        confusion = Confusion(own)
        expected = np.concatenate([confusion.iou(), confusion.precision(), confusion.recall()])
        np.testing.assert_allclose(measured, expected)


def test_blocks_that_are_all_alike_have_intervals_without_width() -> None:
    blocks = np.array([[[6, 2, 0], [1, 3, 0], [0, 0, 0]]] * 12)
    ((field, wood, lake),) = describe_class_intervals([blocks], NAMES, resamples=50, seed=0)
    assert field.iou == (pytest.approx(6 / 9, abs=1e-6),) * 2
    assert wood.precision == (0.6, 0.6)
    assert wood.recall == (0.75, 0.75)
    assert (field.reliable, field.reference_blocks, field.mapped_blocks) == (True, 12, 12)
    assert (lake.iou, lake.precision, lake.recall, lake.reliable) == (None, None, None, False)


def test_two_kinds_of_blocks_give_the_spread_of_the_binomial() -> None:
    """100 blocks of a pixel each, half of them right: the share drawn right has deviation 0.05."""
    right, wrong = [[1, 0], [0, 0]], [[0, 1], [0, 0]]
    blocks = np.array([right] * 50 + [wrong] * 50)
    ((field, wood),) = describe_class_intervals([blocks], NAMES[:2], resamples=4000, seed=3)
    assert field.recall == pytest.approx((0.5 - 1.96 * 0.05, 0.5 + 1.96 * 0.05), abs=0.012)
    assert field.iou == field.recall, "no other class is mapped as field"
    assert (wood.recall, wood.precision, wood.mapped_blocks) == (None, (0, 0), 50)


def test_a_class_in_few_blocks_has_an_interval_of_the_draws_that_hold_it_and_is_unreliable() -> (
    None
):
    common = [[9, 0, 0], [0, 9, 0], [0, 0, 0]]
    rare = [[[9, 0, 0], [0, 9, 0], [0, 0, right]] for right in (4, 2)]
    rare[1][2][0] = 2
    ((field, _, lake),) = describe_class_intervals(
        [np.array([common] * 10 + rare)], NAMES, resamples=400, seed=0
    )
    assert lake.recall == (0.5, 1.0)
    assert (lake.reliable, lake.reference_blocks, field.reliable) == (False, 2, True)
    ((_, _, once),) = describe_class_intervals(
        [np.array([common] * 10 + rare[:1])], NAMES, resamples=400, seed=0
    )
    assert once.recall is None, "one block says nothing of others"


def test_maps_see_the_same_draws() -> None:
    blocks = np.random.default_rng(2).integers(0, 9, (15, 3, 3))
    first, second = describe_class_intervals([blocks, blocks], NAMES, resamples=60, seed=9)
    assert first == second == describe_class_intervals([blocks], NAMES, resamples=60, seed=9)[0]
