"""Precision and recall of detections along their scores, and the area under that curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COCO_THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).round(2).tolist())
"""Intersections over union over which COCO's AP is a mean."""
RECALLS = np.linspace(0, 1, 101)
"""Recalls at which COCO reads precisions."""


@dataclass(frozen=True)
class Matches:
    """Detections of one class, best first, and whether they are right, at each of T thresholds.

    `scores` (N,); `right` (T, N); `counted` (T, N) is false for those that lie on what is ignored;
    `objects` is the number of references that are not ignored.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    objects: int


@dataclass(frozen=True)
class Curve:
    """Precision and recall (N,) of the detections down to each score (N,), highest first.

    `objects` is the number of references. Recall is NaN where there is none.
    """

    scores: Floats
    precision: Floats
    recall: Floats
    objects: int

    def f1(self) -> Floats:
        """2 P R / (P + R) (N,) down to each score; 0 where both are 0."""
        both = self.precision + self.recall
        product = 2 * self.precision * self.recall
        return np.divide(product, both, out=np.zeros_like(both), where=both > 0)

    def best_score(self) -> float | None:
        """The lowest score of the part with the highest F1, None without a detection that is right.

        Of equal values of F1 the highest score.
        """
        values = self.f1()
        return float(self.scores[values.argmax()]) if (values > 0).any() else None


def join(parts: Sequence[Matches]) -> Matches:
    """The detections of several scenes as those of one, best first."""
    scores = np.concatenate([part.scores for part in parts])
    order = np.argsort(-scores, kind="stable")
    return Matches(
        scores=scores[order],
        right=np.concatenate([part.right for part in parts], axis=1)[:, order],
        counted=np.concatenate([part.counted for part in parts], axis=1)[:, order],
        objects=sum(part.objects for part in parts),
    )


def draw_curve(matches: Matches, threshold: int) -> Curve:
    """The curve at one of the thresholds (an index); what lies on ignored ground is left out."""
    counted = matches.counted[threshold]
    right = matches.right[threshold][counted]
    found = np.cumsum(right)
    recall = (
        found / matches.objects if matches.objects else np.full(len(right), np.nan, dtype=float)
    )
    return Curve(
        scores=matches.scores[counted],
        precision=found / np.arange(1, len(right) + 1),
        recall=recall,
        objects=matches.objects,
    )


def sum_precision(curve: Curve) -> float:
    """Average precision as the sum of (R_n - R_n-1) P_n; NaN without references.

    Precisions are as they are, not made to fall: the textbook's form (Zhu 2004).
    """
    if not curve.objects:
        return float("nan")
    return float((np.diff(curve.recall, prepend=0.0) * curve.precision).sum())


def average_precision(curve: Curve) -> float:
    """The mean of the precisions at 101 recalls; NaN without references.

    The precision at a recall is the greatest at this recall or a higher one, 0 beyond the last.
    Source: COCO (Lin et al. 2014; pycocotools 2.0).
    """
    if not curve.objects:
        return float("nan")
    falling = np.maximum.accumulate(curve.precision[::-1])[::-1]
    places = np.searchsorted(curve.recall, RECALLS, side="left")
    return float(np.append(falling, 0.0)[places].mean())


def coco_precision(matches: Matches) -> float:
    """The mean of `average_precision` over all thresholds; NaN without references."""
    curves = [draw_curve(matches, index) for index in range(len(matches.right))]
    return float(np.mean([average_precision(curve) for curve in curves]))
