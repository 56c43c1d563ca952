"""One map of probabilities from several, and their disagreement, all on bytes as stored."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.uncertainty import class_sums, entropy
from rs_seg.values.probabilities import NODATA

Bytes = NDArray[np.uint8]


def weighted_mean(members_MKHW: Sequence[Bytes], weights: Sequence[float]) -> tuple[Bytes, int]:
    """The weighted mean (K, H, W) of the members' bytes, rounded, and a number of pixels.

    The number counts pixels that only some of the members have. Nodata wherever any member has
    none. Members that are all alike give their own bytes, whatever the weights.
    """
    valid = [(member_KHW != NODATA).all(axis=0) for member_KHW in members_MKHW]
    known = np.logical_and.reduce(valid)
    shares = normalised(weights)
    mean_KHW = np.empty_like(members_MKHW[0])
    for index in range(len(mean_KHW)):
        mean_HW = sum(
            share * member_KHW[index].astype(np.float64)
            for share, member_KHW in zip(shares, members_MKHW, strict=True)
        )
        mean_KHW[index] = np.where(known, np.rint(mean_HW), NODATA)
    return mean_KHW, int((np.logical_or.reduce(valid) & ~known).sum())


def disagreement(members_MKHW: Sequence[Bytes], weights: Sequence[float]) -> NDArray[np.float32]:
    """Mutual information (H, W) of class and member, divided by log K.

    It is 0 where members are alike, and at most 1. The entropy of the weighted mean less the
    weighted mean of the members' entropies: what the members do not agree on, not what each of them
    holds for ambiguous (Houlsby et al. 2011, equation 2; Depeweg et al. 2018, equation 3). Means
    nothing where a member has no data.
    """
    class_count = len(members_MKHW[0])
    total_HW: NDArray[np.float32] = np.zeros(members_MKHW[0].shape[1:], dtype=np.float32)
    shares = normalised(weights)
    scales = [
        np.float32(share) / class_sums(member)
        for share, member in zip(shares, members_MKHW, strict=True)
    ]
    for index in range(class_count):
        mean_HW = sum(
            scale * member_KHW[index]
            for scale, member_KHW in zip(scales, members_MKHW, strict=True)
        )
        logarithm_HW = np.log(mean_HW, out=np.zeros_like(total_HW), where=np.asarray(mean_HW > 0))
        total_HW -= np.asarray(mean_HW * logarithm_HW, dtype=np.float32)
    total_HW /= np.float32(np.log(class_count))
    for share, member_KHW in zip(shares, members_MKHW, strict=True):
        total_HW -= np.float32(share) * entropy(member_KHW)
    clipped_HW: NDArray[np.float32] = np.clip(total_HW, 0, 1)
    return clipped_HW


def normalised(weights: Sequence[float]) -> NDArray[np.float64]:
    """The weights divided by their sum."""
    given = np.asarray(weights, dtype=np.float64)
    return np.asarray(given / given.sum())
