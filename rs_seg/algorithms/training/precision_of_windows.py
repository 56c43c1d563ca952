"""Average precision of a detector on validation windows, while it is trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.matching import References, match
from rs_seg.algorithms.objects.precision import Matches, average_precision, draw_curve, join
from rs_seg.algorithms.objects.suppression import suppress
from rs_seg.values.candidates import Boxes, Candidates
from rs_seg.values.window_shapes import WindowShapes

IOU = 0.5
"""Intersection over union from which a box is that of an object."""
LIMIT = 0.5
"""Intersection over union above which two boxes are of one object."""

MOST = 2000
"""Best boxes of a window that are judged: a detector that has hardly learnt anything may give one
at every pixel, and a window of 256 pixels holds a hundred objects."""


def match_window(
    candidates: Candidates,
    objects: WindowShapes,
    counted_HW: NDArray[np.bool_],
    *,
    class_count: int,
) -> list[Matches]:
    """Which boxes of a window are objects, by class, after suppression.

    Boxes are compared with boxes, the MOST best ones. One whose centre is not `counted` is no
    mistake.
    """
    candidates = candidates.take(candidates.ranked()[:MOST])
    candidates = candidates.take(suppress(candidates, limit=LIMIT))
    outside = ~_counted_at_centre(candidates.boxes, counted_HW)
    boxes, references = _as_polygons(candidates.boxes), _as_polygons(objects.boxes)
    matched = []
    for index in range(class_count):
        found, own = candidates.codes == index, objects.classes == index
        wanted = References(references[own], objects.ignored[own], objects.groups[own])
        scores = candidates.scores[found]
        matched.append(
            match(boxes[found], scores, wanted, thresholds=(IOU,), outside=outside[found])
        )
    return matched


def mean_precision(
    windows: Sequence[Sequence[Matches]],
    *,
    class_count: int,
    counted: tuple[int, ...] | None = None,
) -> float:
    """The mean over classes of their average precision; of those that have an object.

    `counted` are the classes that count; None: all. NaN without any object of them.
    """
    precisions = [
        average_precision(draw_curve(join([own[index] for own in windows]), 0))
        for index in (range(class_count) if counted is None else counted)
        if any(own[index].objects for own in windows)
    ]
    return float(np.mean(precisions)) if precisions else float("nan")


def _as_polygons(boxes: Boxes) -> NDArray[np.object_]:
    polygons: NDArray[np.object_] = np.asarray(shapely.box(*boxes.T))
    return polygons


def _counted_at_centre(boxes: Boxes, counted_HW: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the pixel under the middle of each box counts; none beyond the window does."""
    height, width = counted_HW.shape
    columns, rows = np.floor((boxes[:, :2] + boxes[:, 2:]) / 2).T
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    counted = np.zeros(len(boxes), dtype=np.bool_)
    counted[inside] = counted_HW[rows[inside].astype(int), columns[inside].astype(int)]
    return counted
