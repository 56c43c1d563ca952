"""Objects of a map that are those of the reference, missing, or made up."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.scoring.overlaps import FINER, NONE, Overlaps, Regions
from rs_seg.values import Confusion

Floats = NDArray[np.float64]
LEAST_IOU = 0.5
"""Objects with a greater intersection over union are the same; none can have two such partners."""

ROUNDING = 1e-6
"""Part of its area by which the area of a polygon may be inexact."""


@dataclass(frozen=True)
class ObjectCounts:
    """Objects by class; counts of scenes are added, figures are derived from the sum.

    `matched` pairs, of which `iou_sum` is the sum of their intersection over union; objects
    `missed` by the map; polygons of the map that are `false`; those of either side of which less
    than half lies on ground that counts.
    """

    matched: Floats
    missed: Floats
    false: Floats
    iou_sum: Floats
    ignored_reference: Floats
    ignored_map: Floats

    @classmethod
    def empty(cls, class_count: int) -> ObjectCounts:
        """Counts of no objects."""
        return cls(*(np.zeros(class_count) for _ in fields(cls)))

    def __add__(self, other: ObjectCounts) -> ObjectCounts:
        return ObjectCounts(
            *(getattr(self, own.name) + getattr(other, own.name) for own in fields(self))
        )

    def precision(self) -> Floats:
        """Share of the map's objects that are objects of the reference; NaN where it has none."""
        return divide(self.matched, self.matched + self.false)

    def recall(self) -> Floats:
        """Share of the reference's objects that are in the map; NaN where there is none."""
        return divide(self.matched, self.matched + self.missed)

    def f1(self) -> Floats:
        """2 matched / (2 matched + missed + false); NaN where neither side has an object."""
        return divide(2 * self.matched, 2 * self.matched + self.missed + self.false)

    def matched_iou(self) -> Floats:
        """Mean intersection over union of the matched pairs; NaN where there is none."""
        return divide(self.iou_sum, self.matched)


def divide(part: Floats, whole: Floats) -> Floats:
    """The ratio of sums; NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def count_objects(
    overlaps: Overlaps, objects: Regions, polygons: Regions, *, class_count: int
) -> ObjectCounts:
    """Objects matched, missed, false and ignored, by class (Kirillov et al. 2019, section 4.1).

    `overlaps` has one row per pair, with places in `objects` and `polygons` for ids; its cells are
    the ground that counts. Compared is what lies there. An object counts where at least half of its
    whole area does; of a pair the object of the reference decides.
    """
    covered = overlaps.polygons != NONE
    own, other, cells = (
        overlaps.objects[covered],
        overlaps.polygons[covered],
        overlaps.cells[covered],
    )
    inside = np.bincount(overlaps.objects, overlaps.cells, minlength=len(objects.areas)).astype(
        float
    )
    inside_map = np.bincount(other, cells, minlength=len(polygons.areas)).astype(float)
    counted, counted_map = _count_half(inside, objects), _count_half(inside_map, polygons)
    iou = cells / (inside[own] + inside_map[other] - cells)
    same = (iou > LEAST_IOU) & (objects.classes[own] == polygons.classes[other])
    pairs = same & counted[own]
    partnered, partnered_map = np.zeros_like(counted), np.zeros_like(counted_map)
    partnered[own[pairs]] = True
    # a polygon that is an object which does not count is no mistake
    partnered_map[other[same]] = True
    taken = np.zeros_like(counted_map)
    taken[other[pairs]] = True
    false = counted_map & ~partnered_map

    def tally(region_classes: NDArray[np.int64], weights: NDArray[np.generic]) -> Floats:
        known = (region_classes >= 0) & (region_classes < class_count)
        return np.bincount(region_classes[known], weights[known], minlength=class_count).astype(
            float
        )

    return ObjectCounts(
        matched=tally(objects.classes[own], pairs),
        missed=tally(objects.classes, counted & ~partnered),
        false=tally(polygons.classes, false),
        iou_sum=tally(objects.classes[own], np.where(pairs, iou, 0.0)),
        ignored_reference=tally(objects.classes, (inside > 0) & ~counted),
        ignored_map=tally(polygons.classes, (inside_map > 0) & ~false & ~taken),
    )


def _count_half(cells: Floats, regions: Regions) -> NDArray[np.bool_]:
    """Whether at least half of each region lies on ground that counts."""
    # areas of polygons are sums of coordinates: exactly half must not depend on how these are
    # rounded
    return (cells > 0) & (2 * cells / FINER**2 >= regions.areas * (1 - ROUNDING))


def confuse(
    overlaps: Overlaps, objects: Regions, polygons: Regions, *, class_count: int, abstain: bool
) -> Confusion:
    """The confusion of the polygons as a class map, in cells.

    Ground without a polygon is left out.
    """
    covered = overlaps.polygons != NONE
    wanted = objects.classes[overlaps.objects[covered]]
    found = polygons.classes[overlaps.polygons[covered]]
    known = (wanted >= 0) & (found >= 0)
    counts = np.zeros((class_count, class_count + abstain), dtype=np.int64)
    np.add.at(counts, (wanted[known], found[known]), overlaps.cells[covered][known])
    return Confusion(counts)
