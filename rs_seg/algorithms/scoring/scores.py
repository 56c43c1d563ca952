"""What the polygons of a map are worth, summed over scenes, and the figures that follow."""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.algorithms.scoring.boundaries import BoundaryLengths
from rs_seg.algorithms.scoring.objects import ObjectCounts
from rs_seg.values import ClassName, ClassNames, Confusion
from rs_seg.values.confusion import Counted, mean_of_known, number_or_none
from rs_seg.values.map_figures import PolygonClassFigures, PolygonFigures


@dataclass(frozen=True)
class PolygonScore:
    """Sums over ground that counts: areas by classes, objects, lengths of boundaries."""

    confusion: Confusion
    objects: ObjectCounts
    boundaries: BoundaryLengths

    @classmethod
    def empty(cls, class_count: int, *, abstain: bool) -> PolygonScore:
        """The score of no ground."""
        confusion = Confusion.empty(class_count, abstain=abstain)
        return cls(confusion, ObjectCounts.empty(class_count), BoundaryLengths.empty(class_count))

    def __add__(self, other: PolygonScore) -> PolygonScore:
        return PolygonScore(
            self.confusion + other.confusion,
            self.objects + other.objects,
            self.boundaries + other.boundaries,
        )


def describe_score(
    score: PolygonScore, class_names: ClassNames, counted: Counted = None
) -> PolygonFigures:
    """The figures as they stand in the file of evaluate.

    Means are over the classes with the indices `counted`; None: all.
    """
    return PolygonFigures(
        mean_iou=number_or_none(mean_of_known(score.confusion.iou(), counted)),
        object_f1=number_or_none(mean_of_known(score.objects.f1(), counted)),
        boundary_f1=number_or_none(mean_of_known(score.boundaries.f1(), counted)),
        per_class=tuple(
            _describe_class(score, class_name, index)
            for index, class_name in enumerate(class_names)
        ),
    )


def _describe_class(score: PolygonScore, class_name: ClassName, index: int) -> PolygonClassFigures:
    objects, boundaries = score.objects, score.boundaries
    return PolygonClassFigures(
        code=class_name.code,
        name=class_name.name,
        iou=number_or_none(score.confusion.iou()[index]),
        object_f1=number_or_none(objects.f1()[index]),
        object_precision=number_or_none(objects.precision()[index]),
        object_recall=number_or_none(objects.recall()[index]),
        matched_iou=number_or_none(objects.matched_iou()[index]),
        boundary_f1=number_or_none(boundaries.f1()[index]),
        boundary_precision=number_or_none(boundaries.precision()[index]),
        boundary_recall=number_or_none(boundaries.recall()[index]),
        matched=int(objects.matched[index]),
        missed=int(objects.missed[index]),
        false=int(objects.false[index]),
        ignored_reference=int(objects.ignored_reference[index]),
        ignored_map=int(objects.ignored_map[index]),
        map_boundary_pixels=round(float(boundaries.mapped[index]), 3),
        reference_boundary_pixels=round(float(boundaries.reference[index]), 3),
    )
