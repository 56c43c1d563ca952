from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.prediction.agreement import Agreement, measure_agreement


def one_hot(labels: list[int], sure: float = 0.8) -> np.ndarray:
    """Probabilities (3, 1, W) of a row of labels."""
    probabilities = np.full((3, 1, len(labels)), (1 - sure) / 2, dtype=np.float32)
    probabilities[labels, 0, range(len(labels))] = sure
    return probabilities


ALL = np.ones((1, 4), dtype=bool)


def test_equal_probabilities_agree_wholly():
    row = one_hot([0, 1, 2, 1])
    found = measure_agreement([(row, row.copy(), ALL, None)] * 2, class_count=3)
    assert found == Agreement(labels_equal=1.0, largest_difference=0.0)


def test_figures_are_pooled_over_valid_pixels_of_all_tiles():
    first = (
        one_hot([0, 1, 2, 1]),
        one_hot([0, 1, 2, 2]),
        np.array([[True, True, True, False]]),
        None,
    )
    second = (one_hot([0, 0, 0, 0]), one_hot([1, 0, 0, 0], sure=0.7), ALL, None)
    found = measure_agreement([first, second], class_count=3)
    assert found.labels_equal == pytest.approx(6 / 7)
    assert found.largest_difference == pytest.approx(0.65)  # 0.8 against 0.15


def test_labels_give_the_mean_iou_of_both_where_pixels_are_valid_and_labelled():
    labels = np.array([[0, 0, 1, -1]])
    found = measure_agreement(
        [(one_hot([0, 0, 1, 2]), one_hot([0, 1, 1, 2]), ALL, labels)], class_count=3
    )
    assert found.miou_reference == 1.0
    assert found.miou == pytest.approx(0.5)  # 1 of 2 for each of the two classes


def test_unlabelled_tiles_have_no_mean_iou():
    found = measure_agreement(
        [(one_hot([0]), one_hot([0]), ALL[:, :1], np.array([[-1]]))], class_count=3
    )
    assert found.miou is None
    assert found.miou_reference is None


def test_numbers_that_are_nan_agree_with_nothing():
    broken = np.full((3, 1, 4), np.nan, dtype=np.float32)
    found = measure_agreement([(one_hot([1, 1, 2, 2]), broken, ALL, None)], class_count=3)
    assert not found.passes(agreement=0.5, miou_change=1)


def test_without_a_valid_pixel_nothing_passes():
    row = one_hot([0, 1, 2, 1])
    found = measure_agreement([(row, row, ~ALL, None)], class_count=3)
    assert not found.passes(agreement=0.001, miou_change=1)


@pytest.mark.parametrize(
    ("equal", "before", "after", "passes"),
    [
        (0.995, None, None, True),
        (0.9949, None, None, False),
        (1.0, 0.8, 0.798, True),
        (1.0, 0.8, 0.7979, False),
        (1.0, 0.8, 0.8021, False),
        (0.99, 0.8, 0.8, False),
    ],
)
def test_the_gate_asks_for_labels_and_for_the_mean_iou(equal, before, after, passes):
    found = Agreement(labels_equal=equal, largest_difference=0.1, miou_reference=before, miou=after)
    assert found.passes(agreement=0.995, miou_change=0.002 + 1e-12) is passes
