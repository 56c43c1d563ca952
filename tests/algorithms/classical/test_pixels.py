from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from rs_seg.algorithms.classical.pixels import (
    LabelledPixels,
    class_shares,
    floored_logits,
    predict_image,
    temper,
)
from rs_seg.errors import UserError


def by_first(features: np.ndarray) -> np.ndarray:
    """Probabilities of two classes; the second where the first feature is above 1/2."""
    second = np.where(features[:, 0] > 0.5, 0.9, 0.2).astype(np.float32)
    return np.stack([1 - second, second], axis=1)


def test_votes_are_counted_on_labelled_pixels_only():
    features = np.random.default_rng(0).random((3, 20, 20), dtype=np.float32)
    labels = (features[0] > 0.5).astype(np.int64)
    labels[:5] = -1
    counts = LabelledPixels(by_first, [(features, labels >= 0, labels)], class_count=2).count()
    assert counts.total == 300
    assert counts.overall_accuracy() == 1


@pytest.mark.parametrize(("most", "looks"), [(0, 9), (2_000, 7), (1 << 20, 3)])
def test_pixels_are_predicted_again_only_where_they_are_too_many_to_keep(most, looks):
    features = np.random.default_rng(0).random((3, 3, 10, 10), dtype=np.float32)
    labels = (features[:, 0] > 0.4).astype(np.int64)
    labels[1, :5] = -1
    seen = []

    def predict(chosen):
        seen.append(len(chosen))
        return by_first(chosen)

    samples = [(own, own[0] >= 0, label) for own, label in zip(features, labels, strict=True)]
    pixels = LabelledPixels(predict, samples, class_count=2, most=most)
    counts = pixels.count()
    for _ in range(2):
        for sample, (logits, indices) in zip(samples, pixels.logits(), strict=True):
            chosen = sample[2] >= 0
            np.testing.assert_array_equal(logits, np.log(by_first(sample[0][:, chosen].T)))
            np.testing.assert_array_equal(indices, sample[2][chosen])
    assert counts.total == sum(seen[:3]) == 250
    assert len(seen) == looks


def test_pixels_without_a_feature_get_equal_probabilities():
    features = np.zeros((2, 3, 4), dtype=np.float32)
    features[1, 2, 3] = np.nan
    found = predict_image(by_first, features, class_count=2)
    assert found.shape == (2, 3, 4)
    np.testing.assert_array_equal(found[:, 2, 3], 0.5)
    np.testing.assert_allclose(found[0].ravel()[:-1], 0.8)


def test_groups_without_labels_have_the_shares_of_all():
    np.testing.assert_allclose(
        class_shares(np.array([[3, 1], [0, 0], [1, 3]])), [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]
    )
    with pytest.raises(UserError, match="no labelled pixel"):
        class_shares(np.zeros((2, 3), dtype=np.int64))


@pytest.mark.parametrize("temperature", [0.1, 0.5, 3.0, 10.0])
def test_the_temperature_is_that_of_the_logarithms_and_changes_no_class(temperature):
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.full(6, 0.3), size=2000).astype(np.float32)
    probabilities[:, 5] = 0
    found = temper(probabilities, temperature)
    expected = softmax(floored_logits(probabilities).astype(float) / temperature, axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.argmax(axis=1), probabilities.argmax(axis=1))


def test_a_temperature_of_one_changes_no_bit():
    plain = np.array([[0.0, 1.0], [0.25, 0.75]], dtype=np.float32)
    np.testing.assert_array_equal(temper(plain, 1.0), plain)


def test_no_pixels_can_be_tempered():
    assert temper(np.empty((0, 3), np.float32), 2.0).shape == (0, 3)
