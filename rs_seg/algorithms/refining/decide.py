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
    # class by class: argmax over the first axis copies everything and takes six times as long
    indices, best = np.zeros(valid.shape, dtype=np.int64), probabilities[0].copy()
    for index, probability in enumerate(probabilities[1:], start=1):
        better = probability > best
        np.copyto(indices, index, where=better)
        np.copyto(best, probability, where=better)
    indices[~valid], best[~valid] = -1, np.nan
    return indices, best.astype(np.float32)
