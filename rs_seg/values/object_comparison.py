"""Objects of a run beside one another, as they stand in comparison.json.

Keys stand in the file in the order of the fields; those of the last base class come first.
"""

from __future__ import annotations

from typing import Literal

from pydantic import FiniteFloat

from rs_seg.values.document import Part
from rs_seg.values.evaluation import Known
from rs_seg.values.map_figures import Figure, FigureDifference, Interval, Spread
from rs_seg.values.matches import ObjectIntervals, ObjectName
from rs_seg.values.protocol import FigureProtocol


class PooledIntervals(Part):
    """Confidence intervals of figures of all folds; each is null where it is not defined."""

    precision: Interval | None
    """Of `precision`."""
    recall: Interval | None
    """Of `recall`."""
    f1: Interval | None
    """Of `f1`."""
    count_error: Interval | None
    """Of `count_error`."""


class ObjectCosts(Part):
    """What objects cost on this machine; each is null where it was not measured."""

    parameters: int | None
    """Numbers in the model file of the detector or network, or in those of an ensemble together."""
    training_seconds: Figure
    """On the clock; null for models that were trained elsewhere."""
    training_cpu_seconds: Figure
    """Of all processors together."""
    detection_seconds: Figure
    """On the clock, of all labelled scenes; of a map, its prediction."""
    detection_cpu_seconds: Figure
    """Of all processors together."""


class ComparedObjects(ObjectCosts, ObjectName):
    """Objects of a detector, or polygons of a map, on the test areas; figures are means of classes.

    Figures are of boxes where they do not say masks.
    """

    kind: Literal["detections", "polygons"]
    """Objects of a detector, or polygons of a map."""
    ground: Known
    """What is known of the objects that count: `disjoint`, `excluded` or `unknown`."""
    score: Figure
    """Lowest score of an object, chosen on the validation areas; null where none could be chosen.
    """
    validation_f1: Figure
    """On the validation areas, by which the best is chosen."""
    objects: int
    """Objects of the reference of all classes."""
    detections: int
    """Detections of all classes from the chosen score on."""
    ap: Figure
    """Average precision of COCO, IoU 0.50 to 0.95."""
    ap50: Figure
    """Average precision at IoU 0.50."""
    precision: Figure
    """Share of the detections that are objects."""
    recall: Figure
    """Share of the objects that are found."""
    f1: Figure
    """Harmonic mean of both."""
    count_error: Figure
    """Mean over classes of the size of (detections - objects) / objects."""
    intervals: ObjectIntervals
    """Of the last six, from blocks drawn again."""
    mask_ap: Figure
    """`ap` of outlines; null where detections have only boxes, as the next two."""
    mask_f1: Figure
    """`f1` of outlines."""
    mask_quality: Figure
    """Panoptic quality of outlines."""


class PooledObjects(Part):
    """Figures of the objects of all folds together, each fold from its own chosen score on.

    They are means over classes; an average precision is not among them, because scores of different
    models are not on one scale.
    """

    objects: int
    """Objects of the reference of all folds and classes."""
    detections: int
    """Detections of all folds and classes."""
    blocks: int
    """Test blocks of all folds."""
    reliable: bool
    """Whether there are enough blocks for intervals to be relied on."""
    precision: Figure
    """Share of the detections that are objects."""
    recall: Figure
    """Share of the objects that are found."""
    f1: Figure
    """Harmonic mean of both."""
    count_error: Figure
    """Mean over classes of the size of (detections - objects) / objects."""
    intervals: PooledIntervals
    """From the test blocks of all folds, drawn again together."""


class ObjectReplicates(ObjectName):
    """Test figures of several trainings of one detector or network, which `detector` names."""

    kind: Literal["detections", "polygons"]
    """Objects of a detector, or polygons of a map."""
    trainings: tuple[str, ...]
    """Names of the trainings."""
    f1: Spread
    """Of the F1 on the test areas, as the next four; of boxes."""
    ap: Spread
    """Of the average precision of COCO."""
    ap50: Spread
    """Of the average precision at IoU 0.50."""
    precision: Spread
    """Of the share of the detections that are objects."""
    recall: Spread
    """Of the share of the objects that are found."""
    pooled: PooledObjects | None
    """Null where the trainings are no folds."""


class ObjectComparison(Part):
    """Objects of all detectors beside one another, and beside polygons of the maps."""

    protocol: FigureProtocol | None = None
    """What all figures of objects are counted on; null where their files do not say it."""
    iou: FiniteFloat
    """Intersection over union from which on a detection is the object (`match.iou`)."""
    blocks: int
    """Test blocks of the best."""
    rows: tuple[ComparedObjects, ...]
    """In the order of the configuration, those of detectors first."""
    best: ObjectName
    """Objects of a detector with the highest F1 on the validation areas, where folds of a detector
    count with their mean; of these the first fold."""
    baseline: ObjectName | None
    """Polygons of a map, chosen in the same way; null where there is no map."""
    f1_difference: FigureDifference | None
    """F1 of the best less that of the baseline on the test areas, with folds on those of all folds;
    null without a baseline."""
    replicates: tuple[ObjectReplicates, ...] = ()
    """For each detector or network that was trained several times, by suppression or refinement."""
    verdict: tuple[str, ...]
    """In words: which is the best, what it is worth, and whether it beats the baseline."""
