"""What the polygons of a map are worth, summed over scenes, and the figures that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.scoring.boundaries import BoundaryLengths
from rs_seg.algorithms.scoring.objects import ObjectCounts
from rs_seg.values import ClassNames, Confusion
from rs_seg.values.confusion import number_or_none

FIGURES = ("mean_iou", "object_f1", "boundary_f1")
"""The figures of polygons, each a mean over the classes that have one."""


@dataclass(frozen=True)
class PolygonScore:
    """Sums over ground that counts: areas by classes, objects, lengths of boundaries."""

    confusion: Confusion
    objects: ObjectCounts
    boundaries: BoundaryLengths

    @classmethod
    def empty(cls, classes: int, *, abstain: bool) -> PolygonScore:
        """The score of no ground."""
        confusion = Confusion.empty(classes, abstain=abstain)
        return cls(confusion, ObjectCounts.empty(classes), BoundaryLengths.empty(classes))

    def __add__(self, other: PolygonScore) -> PolygonScore:
        return PolygonScore(
            self.confusion + other.confusion,
            self.objects + other.objects,
            self.boundaries + other.boundaries,
        )


def describe_score(score: PolygonScore, class_names: ClassNames) -> dict[str, Any]:
    """The figures as they stand in the file of evaluate; None where one is not defined."""
    objects, boundaries = score.objects, score.boundaries
    ratios = {
        "iou": score.confusion.iou(),
        "object_f1": objects.f1(),
        "object_precision": objects.precision(),
        "object_recall": objects.recall(),
        "matched_iou": objects.matched_iou(),
        "boundary_f1": boundaries.f1(),
        "boundary_precision": boundaries.precision(),
        "boundary_recall": boundaries.recall(),
    }
    counts = ("matched", "missed", "false", "ignored_reference", "ignored_map")
    lengths = {
        "map_boundary_pixels": boundaries.mapped,
        "reference_boundary_pixels": boundaries.reference,
    }
    return {
        "mean_iou": _mean(ratios["iou"]),
        "object_f1": _mean(ratios["object_f1"]),
        "boundary_f1": _mean(ratios["boundary_f1"]),
        "per_class": [
            {
                **each.model_dump(),
                **{name: number_or_none(values[index]) for name, values in ratios.items()},
                **{name: int(getattr(objects, name)[index]) for name in counts},
                **{name: round(float(values[index]), 3) for name, values in lengths.items()},
            }
            for index, each in enumerate(class_names)
        ],
    }


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None
