"""Precision and recall along probabilities: against scikit-learn, by hand, and piece by piece."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from rs_seg.algorithms.scoring.probability_curves import (
    ProbabilityCounts,
    describe_probabilities,
    draw_curve,
)
from rs_seg.testing import TOY_CLASSES
from rs_seg.values.probabilities import FULL, NODATA, dequantize

CLASSES = 3


def random_bytes(seed: int) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Classes (H, W) and bytes (K, H, W) that tell something of them."""
    rng = np.random.default_rng(seed)
    wanted = rng.integers(0, CLASSES, (20, 31))
    sure = 80 * (np.arange(CLASSES)[:, None, None] == wanted)
    return wanted, np.clip(rng.normal(90 + sure, 40), 0, FULL).astype(np.uint8)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curve_and_average_precision_are_those_of_scikit_learn(seed: int) -> None:
    wanted, coded = random_bytes(seed)
    counts = ProbabilityCounts.of(wanted, coded)
    figures = describe_probabilities(counts, (None,) * CLASSES, TOY_CLASSES)
    for index, row in enumerate(figures.per_class):
        truth, scores = (wanted == index).ravel(), dequantize(coded[index]).ravel()
        curve = draw_curve(counts.counts[index])
        precision, recall, thresholds = precision_recall_curve(truth, scores)
        assert curve.scores[::-1] == pytest.approx(thresholds, abs=1e-6)
        assert curve.precision[::-1] == pytest.approx(precision[:-1])
        assert curve.recall[::-1] == pytest.approx(recall[:-1])
        assert row.average_precision == pytest.approx(average_precision_score(truth, scores))
        assert row.pixels == truth.sum()
    means = [row.average_precision for row in figures.per_class]
    assert figures.mean_average_precision == pytest.approx(np.mean(means))


def test_the_threshold_has_the_best_f1_of_all_bytes_and_figures_of_other_ground() -> None:
    chosen_on, tested_on = random_bytes(4), random_bytes(5)
    thresholds = ProbabilityCounts.of(*chosen_on).choose_thresholds()
    figures = describe_probabilities(ProbabilityCounts.of(*tested_on), thresholds, TOY_CLASSES)
    for index, (row, threshold) in enumerate(zip(figures.per_class, thresholds, strict=True)):
        truth, scores = chosen_on[0] == index, chosen_on[1][index]
        by_byte = [f1_score(truth.ravel(), (scores >= byte).ravel()) for byte in range(FULL + 1)]
        assert threshold is not None
        assert by_byte[threshold] == pytest.approx(max(by_byte))
        truth, mapped = tested_on[0] == index, tested_on[1][index] >= threshold
        right = (truth & mapped).sum()
        assert row.threshold == threshold / FULL
        assert (row.precision, row.recall) == (right / mapped.sum(), right / truth.sum())
        assert row.f1 == pytest.approx(f1_score(truth.ravel(), mapped.ravel()))


def test_five_pixels_by_hand() -> None:
    wanted = np.array([[0, 1, 0, 0, 1]])
    coded = np.array([[[254, 200, 200, 100, 50]], [[0, 54, 54, 154, 204]]], dtype=np.uint8)
    curve = draw_curve(ProbabilityCounts.of(wanted, coded).counts[0])
    assert (curve.scores * FULL).tolist() == [254, 200, 100, 50]
    assert curve.precision.tolist() == [1, 2 / 3, 3 / 4, 3 / 5]
    assert curve.recall == pytest.approx([1 / 3, 2 / 3, 1, 1])
    # F1 at the four: 1/2, 2/3, 6/7, 3/4
    assert ProbabilityCounts.of(wanted, coded).choose_thresholds()[0] == 100


def test_pixels_without_reference_or_data_do_not_count() -> None:
    wanted = np.array([[0, -1, 0, 1]])
    coded = np.array([[[9, 9, NODATA, 9]], [[8, 8, NODATA, 8]]], dtype=np.uint8)
    counts = ProbabilityCounts.of(wanted, coded).counts
    assert counts.sum(axis=(1, 2)).tolist() == [2, 2]
    assert counts[0, :, 9].tolist() == counts[1, :, 8].tolist() == [1, 1]


def test_classes_without_reference_have_no_figures_and_are_in_no_mean() -> None:
    wanted = np.zeros((1, 4), dtype=int)
    counts = ProbabilityCounts.of(wanted, np.full((3, 1, 4), 7, dtype=np.uint8))
    assert counts.choose_thresholds() == (7, None, None)
    figures = describe_probabilities(counts, (7, 3, None), TOY_CLASSES)
    field, wood, lake = figures.per_class
    assert (field.average_precision, field.f1) == (1, 1)
    assert (wood.average_precision, wood.precision, wood.recall, wood.f1) == (None, 0, None, 0)
    assert (lake.threshold, lake.precision, lake.f1, lake.curve) == (None, None, None, ())
    assert figures.mean_average_precision == 1


def test_a_threshold_that_nothing_reaches_has_recall_and_no_precision() -> None:
    counts = ProbabilityCounts.of(np.zeros((1, 4), dtype=int), np.full((3, 1, 4), 7, np.uint8))
    row = describe_probabilities(counts, (200, None, None), TOY_CLASSES).per_class[0]
    assert (row.precision, row.recall, row.f1) == (None, 0, 0)


def test_curves_in_files_are_short_and_keep_their_ends() -> None:
    counts = ProbabilityCounts.of(*random_bytes(6))
    row = describe_probabilities(counts, (None,) * CLASSES, TOY_CLASSES).per_class[0]
    whole = draw_curve(counts.counts[0])
    assert len(row.curve) <= 60 < len(whole.scores)
    assert row.curve[0].threshold == round(float(whole.scores[0]), 4)
    assert row.curve[-1].recall == 1


@settings(max_examples=25, deadline=None)
@given(
    wanted=arrays(np.int64, (6, 8), elements=st.integers(-1, CLASSES - 1)),
    coded=arrays(np.uint8, (CLASSES, 6, 8), elements=st.integers(0, 255)),
)
def test_pieces_sum_to_the_whole(wanted: NDArray[np.int64], coded: NDArray[np.uint8]) -> None:
    parts = [ProbabilityCounts.of(wanted[rows], coded[:, rows]) for rows in (slice(2), slice(2, 6))]
    total = ProbabilityCounts.empty(CLASSES) + parts[0] + parts[1]
    assert (total.counts == ProbabilityCounts.of(wanted, coded).counts).all()
