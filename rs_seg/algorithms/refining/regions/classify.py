"""One class for all pixels of a region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.refining.decide import most_probable


def classify_regions(
    regions: NDArray[np.int32],
    probabilities: NDArray[np.floating],
    valid: NDArray[np.bool_],
    classes: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Class index (H, W) of each pixel and its probability, by the mean of its region.

    `probabilities` are (K, H, W).

    Regions have the most probable class of their mean, or that of `classes` (R + 1,) where given.
    Valid pixels of region 0 stand alone. Where not `valid`, the index is -1 and the probability
    NaN.
    """
    means = _mean_probabilities(regions, probabilities, valid)
    chosen = means.argmax(axis=0) if classes is None else classes
    indices, confidence = most_probable(probabilities, valid)
    inside = valid & (regions > 0)
    members = regions[inside]
    indices[inside] = chosen[members]
    confidence[inside] = means[chosen[members], members]
    return indices, confidence


def _mean_probabilities(
    regions: NDArray[np.int32], probabilities: NDArray[np.floating], valid: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Means (K, R + 1) over the valid pixels of each region."""
    members = regions[valid]
    sizes = np.bincount(members, minlength=int(regions.max(initial=0)) + 1)
    sums = [
        np.bincount(members, weights=class_probability[valid], minlength=len(sizes))
        for class_probability in probabilities
    ]
    means: NDArray[np.float64] = np.stack(sums) / np.maximum(sizes, 1)
    return means
