"""One class per pixel from probabilities."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.refining.decide import most_probable


def test_the_first_class_wins_a_tie_and_invalid_pixels_have_none() -> None:
    probabilities = np.array([[[0.2, 0.5, np.nan]], [[0.8, 0.5, np.nan]]])
    indices, best = most_probable(probabilities, np.array([[True, True, False]]))
    np.testing.assert_array_equal(indices, [[1, 0, -1]])
    np.testing.assert_allclose(best, [[0.8, 0.5, np.nan]])
