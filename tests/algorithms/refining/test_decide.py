"""One class per pixel from probabilities."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.refining.decide import most_probable


def test_the_first_class_wins_a_tie_and_invalid_pixels_have_none() -> None:
    probabilities = np.array([[[0.2, 0.5, np.nan]], [[0.8, 0.5, np.nan]]])
    indices, best = most_probable(probabilities, np.array([[True, True, False]]))
    np.testing.assert_array_equal(indices, [[1, 0, -1]])
    np.testing.assert_allclose(best, [[0.8, 0.5, np.nan]])


def test_the_classes_are_those_of_argmax_whatever_the_type_of_the_numbers() -> None:
    draws = np.random.default_rng(0).integers(0, 4, (6, 40, 50))  # many ties
    valid = np.random.default_rng(1).random((40, 50)) < 0.9
    for dtype in (np.float32, np.float64):
        probabilities = (draws / 4).astype(dtype)
        probabilities[:, ~valid] = np.nan
        indices, best = most_probable(probabilities, valid)
        np.testing.assert_array_equal(indices, np.where(valid, draws.argmax(axis=0), -1))
        np.testing.assert_array_equal(best, np.where(valid, draws.max(axis=0) / 4, np.nan))
        assert (indices.dtype, best.dtype) == (np.int64, np.float32)
