"""Precision and recall of a class along its probability, from counts of bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.objects.choosing import thin_curve
from rs_seg.algorithms.objects.precision import Curve, sum_precision
from rs_seg.values import ClassNames
from rs_seg.values.confusion import Counted, mean_of_known, number_or_none
from rs_seg.values.probabilities import FULL, NODATA
from rs_seg.values.probability_figures import ClassCurve, ProbabilityFigures, ThresholdPoint

POINTS = 60
"""Most points of a curve in files."""
DIGITS = 4
"""Of the points of a curve in files; bytes differ by 0.004."""
Thresholds = tuple[int | None, ...]
"""By class the least byte of a probability that counts as the class; None where none was chosen."""


@dataclass(frozen=True)
class ProbabilityCounts:
    """Pixels by class, whether the reference has it (no, yes), and the byte of its probability.

    The array is (K, 2, 255). Counts of pieces and scenes are added; curves from them are exact,
    since probabilities on disk are bytes.
    """

    counts: NDArray[np.int64]

    @classmethod
    def empty(cls, class_count: int) -> ProbabilityCounts:
        """Counts of no pixels."""
        return cls(np.zeros((class_count, 2, FULL + 1), dtype=np.int64))

    @classmethod
    def of(cls, wanted: NDArray[np.integer], coded: NDArray[np.uint8]) -> ProbabilityCounts:
        """Counts of class indices (H, W) and bytes (K, H, W).

        Pixels with a negative index or without data in any class do not count.
        """
        known = (wanted >= 0) & (coded != NODATA).all(axis=0)
        classes, bytes_ = wanted[known], coded[:, known].astype(np.int64)
        size = FULL + 1
        counted = [
            np.bincount(own + size * (classes == index), minlength=2 * size)
            for index, own in enumerate(bytes_)
        ]
        return cls(np.array(counted, dtype=np.int64).reshape(-1, 2, size))

    def __add__(self, other: ProbabilityCounts) -> ProbabilityCounts:
        return ProbabilityCounts(self.counts + other.counts)

    def choose_thresholds(self) -> Thresholds:
        """By class the byte with the highest F1, the highest of equals; None where none is right.

        A pixel counts as the class from this byte on, whatever the other classes have.
        """
        scores = [draw_curve(own).best_score() for own in self.counts]
        return tuple(None if score is None else round(score * FULL) for score in scores)


def draw_curve(counts: NDArray[np.int64]) -> Curve:
    """The curve of one class, from its counts (2, 255); bytes without pixels have no point."""
    right, all_ = counts[1, ::-1], counts.sum(axis=0)[::-1]
    found, mapped, objects = np.cumsum(right), np.cumsum(all_), int(right.sum())
    occurs = all_ > 0
    recall = found / objects if objects else np.full(len(found), np.nan)
    scores = np.arange(FULL, -1, -1) / FULL
    precision = np.divide(found, mapped, out=np.zeros(len(found)), where=mapped > 0)
    return Curve(scores[occurs], precision[occurs], recall[occurs], objects)


def describe_probabilities(
    counts: ProbabilityCounts,
    thresholds: Thresholds,
    class_names: ClassNames,
    counted: Counted = None,
) -> ProbabilityFigures:
    """The figures as they stand in the file of evaluate; thresholds are of validation ground.

    The mean is over the classes with the indices `counted`; None: all.
    """
    rows = tuple(
        _describe_class(own, threshold, class_name.code, class_name.name)
        for own, threshold, class_name in zip(counts.counts, thresholds, class_names, strict=True)
    )
    precisions = np.array([row.average_precision for row in rows], dtype=float)
    mean = number_or_none(mean_of_known(precisions, counted))
    return ProbabilityFigures(mean_average_precision=mean, per_class=rows)


def _describe_class(
    counts: NDArray[np.int64], threshold: int | None, code: int, name: str
) -> ClassCurve:
    curve = draw_curve(counts)
    right, wrong = (0, 0) if threshold is None else counts[::-1, threshold:].sum(axis=1).tolist()
    mapped = right + wrong if threshold is not None else 0
    reached = threshold is not None
    return ClassCurve(
        code=code,
        name=name,
        pixels=curve.objects,
        average_precision=number_or_none(sum_precision(curve)),
        threshold=threshold / FULL if threshold is not None else None,
        precision=right / mapped if mapped else None,
        recall=right / curve.objects if reached and curve.objects else None,
        f1=2 * right / (mapped + curve.objects) if reached and mapped + curve.objects else None,
        curve=tuple(
            ThresholdPoint(
                threshold=round(float(curve.scores[place]), DIGITS),
                precision=round(float(curve.precision[place]), DIGITS),
                recall=round(float(curve.recall[place]), DIGITS),
            )
            for place in thin_curve(curve, POINTS)
        ),
    )
