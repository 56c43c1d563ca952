"""Precision, recall, F1 and count error from counts of objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.integer]


@dataclass(frozen=True)
class Rates:
    """Figures (...,) of as many counts; NaN where they are not defined.

    Without detections there is no precision, without objects no recall and no count error, without
    both no F1.
    """

    precision: Floats
    recall: Floats
    f1: Floats
    count_error: Floats


def measure_rates(
    matched: NDArray[np.integer], missed: NDArray[np.integer], false: NDArray[np.integer]
) -> Rates:
    """The rates of counts (...,) of found objects, objects that are not, and other detections."""
    objects, detections = matched + missed, matched + false
    return Rates(
        precision=_ratio(matched, detections),
        recall=_ratio(matched, objects),
        f1=_ratio(2 * matched, objects + detections),
        count_error=_ratio(detections - objects, objects),
    )


def _ratio(part: Counts, whole: Counts) -> Floats:
    ratios: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return ratios
