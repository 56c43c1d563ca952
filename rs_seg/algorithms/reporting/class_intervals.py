"""Confidence intervals of the figures of each class, from test blocks that are drawn again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.percentile_intervals import known_interval
from rs_seg.algorithms.reporting.bootstrap import ENOUGH, Floats, resample_figures
from rs_seg.values.comparison import ClassIntervals

CLASS_FIGURES = ("iou", "precision", "recall")
"""Precision is the user's accuracy, recall the producer's."""


def describe_class_intervals(
    counts: Sequence[NDArray[np.integer]], names: Sequence[str], *, resamples: int, seed: int
) -> list[tuple[ClassIntervals, ...]]:
    """A record for each class of each map: ends of its intervals, and blocks that they rest on.

    `counts` has the confusions of each map by block, (B, K, K) or (B, K, K + 1). An interval covers
    the draws in which the figure is defined, which are fewer where a class is in few blocks, and is
    None where it is defined in fewer than two blocks. `reliable` says whether both the reference
    and the map have the class in enough of them.
    """
    drawn = resample_figures(counts, resamples=resamples, seed=seed, figures=measure_classes)
    return [
        _describe(own, figures.reshape(len(CLASS_FIGURES), len(names), -1), names)
        for own, figures in zip(counts, drawn, strict=True)
    ]


def measure_classes(counts: Floats) -> Floats:
    """`CLASS_FIGURES` (3 K, ...) of confusions (..., K, K) or (..., K, K + 1); NaN if undefined."""
    agreed = np.diagonal(counts, axis1=-2, axis2=-1)
    reference, mapped = counts.sum(axis=-1), counts.sum(axis=-2)[..., : counts.shape[-2]]
    undefined = np.full(np.shape(agreed), np.nan)
    ratios = [
        np.divide(agreed, whole, out=undefined.copy(), where=whole > 0)
        for whole in (reference + mapped - agreed, mapped, reference)
    ]
    return np.moveaxis(np.concatenate(ratios, axis=-1), -1, 0)


def _describe(
    own: NDArray[np.integer],
    drawn: Floats,
    names: Sequence[str],
) -> tuple[ClassIntervals, ...]:
    """`drawn` are the figures of one map in each draw (3, K, R)."""
    defined = np.isfinite(measure_classes(own.astype(float))).sum(axis=-1).reshape(drawn.shape[:2])
    records = []
    for place, name in enumerate(names):
        _, mapped, reference = defined[:, place].tolist()
        ends = [
            known_interval(figures) if blocks >= 2 else None
            for figures, blocks in zip(drawn[:, place], defined[:, place], strict=True)
        ]
        iou, precision, recall = ends
        records.append(
            ClassIntervals(
                name=name,
                reference_blocks=reference,
                mapped_blocks=mapped,
                reliable=min(reference, mapped) >= ENOUGH,
                iou=iou,
                precision=precision,
                recall=recall,
            )
        )
    return tuple(records)
