from __future__ import annotations

import numpy as np
import pytest
from skimage.filters import threshold_otsu

from rs_seg.algorithms.classical.thresholds import (
    BINS,
    find_interval,
    find_thresholds,
    fit_intervals,
    name_intervals,
    predict_intervals,
)
from rs_seg.errors import UserError

MEANS = np.array([-0.4, 0.1, 0.6])


def make_samples(
    seed: int = 0, class_count: int = 3
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Windows of an index with a mean per class; a row has no value, one no label."""
    generator = np.random.default_rng(seed)
    samples = []
    for _ in range(5):
        truth = generator.integers(0, class_count, (40, 50))
        values = (MEANS[truth] + generator.normal(0, 0.07, truth.shape)).astype(np.float32)[None]
        values[:, 0] = np.nan
        labels = truth.copy()
        labels[:2] = -1
        samples.append((values, ~np.isnan(values[0]), labels))
    return samples


def known_values(samples) -> np.ndarray:
    return np.concatenate([values[:, known].T for values, known, _ in samples])


def test_the_threshold_of_a_stream_is_that_of_all_pixels_at_once():
    samples = make_samples(class_count=2)
    values = known_values(samples)
    (found,) = find_thresholds(samples, values[::3], intervals=2)
    # Between the classes all thresholds are nearly as good: what counts is how many pixels they
    # tell apart
    expected = threshold_otsu(values, nbins=BINS)
    assert np.mean((values > found) != (values > expected)) < 0.002


def test_several_thresholds_lie_between_the_classes():
    found = find_thresholds(make_samples(), known_values(make_samples()), intervals=3)
    assert -0.4 < found[0] < 0.1 < found[1] < 0.6


def test_a_few_wild_values_move_no_threshold_far():
    samples = make_samples(class_count=2)
    (before,) = find_thresholds(samples, known_values(samples), intervals=2)
    samples[0][0][0, 5, 5] = 1e9
    (after,) = find_thresholds(samples, known_values(samples), intervals=2)
    assert after == pytest.approx(before, abs=0.02)


def test_a_constant_feature_has_no_threshold():
    constant = [(np.ones((1, 4, 4), np.float32), np.ones((4, 4), bool), np.zeros((4, 4), np.int64))]
    with pytest.raises(UserError, match="too few values"):
        find_thresholds(constant, np.ones((16, 1), np.float32), intervals=2)


def test_a_value_on_a_threshold_lies_below_it():
    np.testing.assert_array_equal(
        find_interval(np.array([0.0, 1.0]), np.float32([-1, 0, 0.5, 1, 2])), [0, 0, 1, 1, 2]
    )


def test_intervals_are_named_after_their_labelled_pixels():
    samples = make_samples()
    found = predict_intervals(
        fit_intervals(samples, [-0.15, 0.35], class_count=4), MEANS[:, None].astype(np.float32)
    )
    np.testing.assert_array_equal(found.argmax(axis=1), [0, 1, 2])
    assert found.max(axis=1).min() > 0.98
    np.testing.assert_array_equal(found[:, 3], 0)


def test_an_interval_without_labels_has_the_shares_of_all():
    arrays = fit_intervals(make_samples(), [-0.15, 0.35, 5.0], class_count=3)
    labels = np.concatenate([indices[indices >= 0] for _, _, indices in make_samples()])
    np.testing.assert_allclose(arrays["shares"][3], np.bincount(labels) / len(labels))


def test_named_intervals_are_certain_and_may_share_a_class():
    arrays = name_intervals([0.0, 1.0], [2, 0, 2], class_count=3)
    found = predict_intervals(arrays, np.array([[-1], [0.5], [9]], np.float32))
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0], [0, 0, 1]])
