"""Objects of a detector, or polygons of a map, beside those of the reference: *.objects.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import FiniteFloat

from rs_seg.values.confusion import Counted
from rs_seg.values.document import Document, Part
from rs_seg.values.evaluation import Known
from rs_seg.values.map_figures import Figure, Interval, NamedClass
from rs_seg.values.protocol import FigureProtocol

UNCHOSEN_SCORE = 0.5
"""Lowest score of an object where no score could be chosen."""
PixelBox = tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat]
"""Left, top, right and bottom in pixels of the scene, with fractions."""


class ObjectName(Part):
    """Which objects of a run."""

    detector: str
    """Name of the detector in the configuration; of polygons of a map, of its network."""
    suppression: str
    """Name of the suppression in the configuration; of polygons of a map, of its refinement."""

    @classmethod
    def of(cls, named: ObjectName) -> ObjectName:
        """The name alone of what belongs to some objects."""
        return ObjectName(detector=named.detector, suppression=named.suppression)

    @property
    def method(self) -> tuple[str, str]:
        """Detector and suppression."""
        return self.detector, self.suppression

    @property
    def title(self) -> str:
        """Detector and suppression, for people."""
        return f"{self.detector} + {self.suppression}"


class ObjectFigures(Part):
    """Figures of detections, 0 to 1; each is null where it is not defined."""

    ap: Figure
    """Average precision of COCO: 101 recalls, mean over IoU 0.50, 0.55 to 0.95, all scores."""
    ap50: Figure
    """Average precision at IoU 0.50, 101 recalls."""
    ap75: Figure
    """Average precision at IoU 0.75, 101 recalls."""
    textbook_ap: Figure
    """Sum of (R_n - R_n-1) P_n at `iou`: precisions are as they are, not made to fall."""
    ap_small: Figure
    """`ap` of objects with an area up to the first of `size_limits`."""
    ap_medium: Figure
    """`ap` of objects with an area between both of `size_limits`."""
    ap_large: Figure
    """`ap` of objects with an area from the second of `size_limits` on."""
    precision: Figure
    """Share of the detections from the chosen score on that are objects."""
    recall: Figure
    """Share of the objects that are found with the chosen score or a higher one."""
    f1: Figure
    """Harmonic mean of both; the recognition quality (RQ) of the next one but one."""
    segmentation_quality: Figure
    """Mean IoU of objects and the detections that found them (SQ)."""
    panoptic_quality: Figure
    """SQ times RQ (Kirillov et al. 2019, who match above an IoU of 0.5)."""
    count_error: Figure
    """Detections less objects, as a share of the objects: 0.1 is a tenth too many; of all classes,
    the mean size of these without signs."""


class ObjectIntervals(Part):
    """Confidence intervals, from blocks of the split that are drawn again.

    Each is null where fewer than two blocks have objects, or no draw has the figure.
    """

    ap: Interval | None
    """Of `ap`."""
    ap50: Interval | None
    """Of `ap50`."""
    precision: Interval | None
    """Of `precision`."""
    recall: Interval | None
    """Of `recall`."""
    f1: Interval | None
    """Of `f1`."""
    count_error: Interval | None
    """Of `count_error`."""


class ObjectCounts(Part):
    """Objects and detections from the chosen score on, at `iou`."""

    objects: int
    """Objects of the reference that count."""
    detections: int
    """Detections that count."""
    matched: int
    """Objects that are found."""
    missed: int
    """Objects that are not found."""
    false: int
    """Detections that are no object."""
    ignored_objects: int
    """Objects of this ground that do not count: cut, small, groups, across the edge of the areas,
    on ground that a model saw."""
    ignored_detections: int
    """Detections that lie on objects that do not count."""


class CurvePoint(Part):
    """A point of a curve of precision and recall."""

    score: FiniteFloat
    """Lowest score of the detections."""
    precision: FiniteFloat
    """Share of them that are objects."""
    recall: FiniteFloat
    """Share of the objects that they find."""


class ClassMatches(ObjectFigures, ObjectCounts, NamedClass):
    """Figures of the objects of a class."""

    intervals: ObjectIntervals
    """How far chance alone moves them."""
    curve: tuple[CurvePoint, ...]
    """At `iou`, highest score first; of long curves the points that its shape needs."""


class ShapeFigures(ObjectFigures):
    """Figures of one kind of shapes: means over the counted classes that have them."""

    intervals: ObjectIntervals
    """Of these means."""
    per_class: tuple[ClassMatches, ...]
    """In the order of the legend."""


class ObjectError(NamedClass):
    """A detection that is no object, or an object that is not found."""

    error: Literal["false", "missed"]
    """Which of both."""
    scene: str
    """Name in the configuration."""
    box: PixelBox
    """Where it lies."""
    score: Figure
    """Null for what is missed."""
    area: FiniteFloat
    """Square pixels of its box."""


class MatchedBlock(Part):
    """Boxes in a block of the split, from the chosen score on; the lists go by class."""

    scene: str
    """Name in the configuration."""
    row: int
    """Of its first pixel."""
    column: int
    """Of its first pixel."""
    matched: tuple[int, ...]
    """Objects that are found."""
    missed: tuple[int, ...]
    """Objects that are not found."""
    false: tuple[int, ...]
    """Detections that are no object."""


class RoleMatches(Part):
    """Figures of the objects on the areas of one role, of all labelled scenes together."""

    boxes: ShapeFigures
    """Of axis-parallel boxes around objects, which every method has."""
    masks: ShapeFigures | None
    """Of outlines; null where detections have only boxes."""
    seen_objects: int
    """Objects that do not count because they touch ground that a model saw."""
    blocks: tuple[MatchedBlock, ...]
    """Blocks that hold ground of the role that no model saw."""
    errors: tuple[ObjectError, ...]
    """By class, the false detections with the highest scores, then the largest missed objects."""


class ObjectMatches(Document, ObjectName):
    """Figures of the objects of a detector, or of the polygons of a map."""

    what: ClassVar[str] = "figures of objects"
    ascii_only: ClassVar[bool] = True

    protocol: FigureProtocol | None = None
    """What the figures are counted on, and how; missing in files of older versions."""
    kind: Literal["detections", "polygons"]
    """Objects of a detector, or polygons of a map, whose score is their mean confidence."""
    iou: FiniteFloat
    """Intersection over union from which on a detection is the object (`match.iou`)."""
    size_limits: tuple[FiniteFloat, FiniteFloat]
    """Areas in square pixels of the scene that part small, medium and large objects."""
    score: Figure
    """Chosen on the validation areas: lowest score of an object. null: they hold no object that is
    found; figures are then from a score of 0.5 on."""
    chosen_by: str
    """In words: how the score was chosen."""
    ground: Known
    """Of the test areas, as in the evaluation of a map: what is known of objects that count."""
    resamples: int
    """How often blocks are drawn again for intervals."""
    validation: RoleMatches
    """Of the validation areas."""
    test: RoleMatches
    """Of the test areas."""
    test_sets: dict[str, RoleMatches]
    """Further test sets, by name."""

    @property
    def least_score(self) -> float:
        """Lowest score of the detections that figures at the chosen score are of."""
        return UNCHOSEN_SCORE if self.score is None else self.score

    @property
    def counted(self) -> Counted:
        """Places of the classes that means are over, among those of figures; None: all."""
        if self.protocol is None:
            return None
        names = [own.name for own in self.test.boxes.per_class]
        return tuple(names.index(name) for name in self.protocol.classes)


def lowest_score(asked: float | Literal["auto"], matches: ObjectMatches | None) -> float:
    """The lowest score of an object that is handed over, by `select.score` and what was matched."""
    if asked != "auto":
        return asked
    return UNCHOSEN_SCORE if matches is None else matches.least_score
