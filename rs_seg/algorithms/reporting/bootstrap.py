"""Figures of maps on test blocks that are drawn again: how far chance alone moves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.percentile_intervals import intervals
from rs_seg.values.confusion import Counted

Floats = NDArray[np.float64]
FIGURES = ("mean_iou", "overall_accuracy", "mcc")
ENOUGH = 10
"""Blocks below which intervals are not to be relied on: they come out too narrow (Efron and
Tibshirani 1993)."""
DRAWN_AT_ONCE = 2**22
"""Numbers of blocks that are held at once, about."""


def measure(counts: Floats, counted: Counted = None) -> Floats:
    """`FIGURES` (3, ...) of confusions (..., K, K) or (..., K, K + 1), as `Confusion` has them.

    The mean is over the classes with the indices `counted`; None: all.
    """
    agreed = np.diagonal(counts, axis1=-2, axis2=-1)
    reference, columns = counts.sum(axis=-1), counts.sum(axis=-2)
    mapped = columns[..., : counts.shape[-2]]
    total, right = reference.sum(axis=-1), agreed.sum(axis=-1)
    union = reference + mapped - agreed
    ious = np.divide(agreed, union, out=np.zeros_like(union), where=union > 0)
    covariance = right * total - (reference * mapped).sum(axis=-1)
    spread = np.sqrt(total**2 - (columns**2).sum(axis=-1)) * np.sqrt(
        total**2 - (reference**2).sum(axis=-1)
    )
    correlation = np.divide(covariance, spread, out=np.zeros_like(spread), where=spread > 0)
    if counted is not None:
        ious, union = ious[..., list(counted)], union[..., list(counted)]
    return np.stack(
        [_ratio(ious.sum(axis=-1), (union > 0).sum(axis=-1)), _ratio(right, total), correlation]
    )


def measuring(counted: Counted) -> Callable[[Floats], Floats]:
    """`measure` with means over these classes."""
    return partial(measure, counted=counted)


def resample_figures(
    counts: Sequence[NDArray[np.integer]],
    *,
    resamples: int,
    seed: int,
    figures: Callable[[Floats], Floats] = measure,
) -> Floats:
    """`figures` (F, ...) of each map on blocks drawn with replacement, (M, F, `resamples`).

    As many blocks are drawn as there are. `counts` has the confusions of each map by block, (B, K,
    K) or (B, K, K + 1), the same blocks in the same order. Every map sees the same draws, so that
    differences of maps are paired. Blocks are drawn and not pixels, because pixels of one block are
    alike (Kuensch 1989; Lahiri 2003).
    """
    blocks = len(counts[0])
    generator = np.random.default_rng(seed)
    number_of_figures = len(figures(counts[0].sum(axis=0).astype(float)))
    measured = np.empty((len(counts), number_of_figures, resamples))
    step = max(1, DRAWN_AT_ONCE // blocks)
    for start in range(0, resamples, step):
        part = slice(start, min(start + step, resamples))
        times = generator.multinomial(
            blocks, np.full(blocks, 1 / blocks), size=part.stop - part.start
        )
        for number, own in enumerate(counts):
            # whole numbers below 2**53: the sums are exact in any order, and so are the same with
            # any library
            drawn = times.astype(float) @ own.reshape(blocks, -1).astype(float)
            measured[number, :, part] = figures(drawn.reshape(-1, *own.shape[1:]))
    return measured


def difference_intervals(figures: Floats) -> Floats:
    """Intervals of the figure (M, R) of each map less that of each other, as ends (2, M, M).

    Rows less columns.
    """
    maps = len(figures)
    ends = np.zeros((2, maps, maps))
    for first in range(maps - 1):
        low, high = intervals(figures[first] - figures[first + 1 :])
        ends[:, first, first + 1 :] = low, high
        ends[:, first + 1 :, first] = -high, -low
    return ends


def _ratio(part: Floats, whole: Floats) -> Floats:
    quotients: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return quotients
