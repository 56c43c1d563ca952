"""From class probabilities to one class per pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST_PROBABILITY = 1e-4
"""Fields raise probabilities to this before the logarithm: no class is ruled out by a network
alone."""


def most_probable(
    probabilities: NDArray[np.floating], valid: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Index of the most probable class (H, W) and its probability, of `probabilities` (K, H, W).

    The first class wins a tie. Where not `valid`, the index is -1 and the probability NaN.
    """
    known = np.where(valid, probabilities, np.float32(0))
    indices = np.where(valid, known.argmax(axis=0), -1)
    best = np.where(valid, known.max(axis=0), np.float32(np.nan))
    return indices, best.astype(np.float32)
