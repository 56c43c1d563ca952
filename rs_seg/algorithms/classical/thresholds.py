"""Thresholds of one feature: given, or where they separate its histogram best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.pixels import Arrays, Sample, class_shares
from rs_seg.errors import UserError

BINS = 1024
MERGED = 4
"""Bins that become one where several thresholds are sought: the search looks at all sets of them.
"""
TAILS = (0.1, 99.9)
"""Percentiles between which bins lie; what is beyond counts in the outermost ones."""


def find_thresholds(
    samples: Iterable[Sample], drawn: NDArray[np.float32], *, intervals: int
) -> NDArray[np.float64]:
    """The thresholds (N - 1) that leave the least variance within N intervals.

    They cut the first feature of all pixels.

    Bins lie between percentiles of the `drawn` pixels (P, 1); thresholds are borders of bins.

    Source: Otsu 1979; Liao, Chen and Chung 2001.

    Raises:
        UserError: the feature has too few values.
    """
    # Predictions are spared the loading of it.
    from skimage.filters import threshold_multiotsu, threshold_otsu

    low, high = np.percentile(drawn[:, 0].astype(np.float64), TAILS)
    counts = np.zeros(BINS, dtype=np.int64)
    if low < high:
        counts = count_bins(samples, low, high)
    bins = counts if intervals == 2 else counts.reshape(-1, MERGED).sum(axis=1)
    if np.count_nonzero(bins) < intervals:
        raise UserError(
            "the feature has too few values for thresholds",
            found=f"{np.count_nonzero(bins)} from {low:g} to {high:g}, in {len(bins)} bins",
            expected=f"at least {intervals}, one for each interval",
            remedy="choose another feature, or method: fixed",
        )
    width = (high - low) / len(bins)
    centers = low + width * (np.arange(len(bins)) + 0.5)
    histogram = bins, centers
    between_bins: Any = (
        threshold_otsu(hist=histogram)
        if intervals == 2
        else threshold_multiotsu(classes=intervals, hist=histogram)
    )
    # A bin belongs to the interval below.
    return np.asarray(np.atleast_1d(between_bins) + width / 2, dtype=np.float64)


def count_bins(samples: Iterable[Sample], low: float, high: float) -> NDArray[np.int64]:
    """Histogram (BINS) of the first feature of all pixels of the samples, from `low` to `high`."""
    counts = np.zeros(BINS, dtype=np.int64)
    for features_FHW, known, _ in samples:
        places = (features_FHW[0, known].astype(np.float64) - low) * (BINS / (high - low))
        counts += np.bincount(np.clip(places, 0, BINS - 1).astype(np.int64), minlength=BINS)
    return counts


def fit_intervals(
    samples: Iterable[Sample],
    thresholds: Sequence[float] | NDArray[np.float64],
    *,
    class_count: int,
) -> Arrays:
    """The `thresholds` with the `shares` (N, K) of the classes in each interval.

    Shares are those of the labelled pixels.

    Those of all labelled pixels where an interval has none.
    """
    limits = np.asarray(thresholds, dtype=np.float64)
    counts = np.zeros((len(limits) + 1) * class_count, dtype=np.int64)
    for features_FHW, known, indices in samples:
        labelled = known & (indices >= 0)
        numbers = find_interval(limits, features_FHW[0, labelled])
        counts += np.bincount(numbers * class_count + indices[labelled], minlength=len(counts))
    return {"thresholds": limits, "shares": class_shares(counts.reshape(-1, class_count))}


def name_intervals(
    thresholds: Sequence[float] | NDArray[np.float64], indices: Sequence[int], *, class_count: int
) -> Arrays:
    """The `thresholds` with `shares` (N, K) of 1 for the class index of each interval, else 0."""
    return {
        "thresholds": np.asarray(thresholds, dtype=np.float64),
        "shares": np.eye(class_count)[list(indices)],
    }


def find_interval(
    thresholds: NDArray[np.float64], values: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Number (P,) of the interval of each value; one that equals a threshold lies below it."""
    return np.asarray(np.searchsorted(thresholds, values.astype(np.float64), side="left"))


def predict_intervals(arrays: Arrays, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities (P, K) of features (P, 1): class shares of the interval of the value."""
    return np.asarray(
        arrays["shares"][find_interval(arrays["thresholds"], features[:, 0])], dtype=np.float32
    )
