"""Pairs of shapes that overlap, found with a tree instead of comparing each with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.values.candidates import Boxes

Ids = NDArray[np.int64]
Overlap = Literal["iou", "smaller"]
"""Shared area as a part of the union, or of the smaller shape."""
CHUNK = 65_536
"""Shapes that are looked up at once: pairs of so many are in memory before most are dropped."""


@dataclass(frozen=True)
class Pairs:
    """Positions of two shapes (P,) each, and the part of their area that they share (P,)."""

    first: Ids
    second: Ids
    shares: NDArray[np.float64]

    def take(self, chosen: NDArray[Any]) -> Pairs:
        """The pairs that an index or a mask names."""
        return Pairs(self.first[chosen], self.second[chosen], self.shares[chosen])

    def ordered(self) -> Pairs:
        """The same pairs by first and second."""
        return self.take(np.lexsort((self.second, self.first)))

    def starts(self, count: int) -> Ids:
        """Where the pairs of each of `count` firsts begin (N + 1,); pairs are in their order."""
        return np.searchsorted(self.first, np.arange(count + 1))


def pair_boxes(boxes: Boxes, *, overlap: Overlap, above: float) -> Pairs:
    """Pairs of boxes with first < second that share more than `above`, in order."""
    looked_up = _shrink(boxes, above) if overlap == "iou" else boxes
    shapes: NDArray[Any] = np.asarray(shapely.box(*looked_up.T))
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    parts = []
    for one, other in _neighbours(shapes, shapes):
        ordered = one < other
        first, second = one[ordered], other[ordered]
        shared = _shared_box(boxes[first], boxes[second])
        shares = share_of(shared, areas[first], areas[second], overlap)
        parts.append((first, second, shares, shares > above))
    return _join(parts)


def pair_polygons(shapes: NDArray[Any], *, overlap: Overlap, above: float) -> Pairs:
    """Pairs of polygons of one set with first < second that share more than `above`, in order.

    Polygons are valid ones.
    """
    areas, boxes = shapely.area(shapes), shapely.bounds(shapes)
    parts = []
    for one, other in _neighbours(shapes, shapes):
        ordered = one < other
        first, second = one[ordered], other[ordered]
        # What is shared fits into both bounding boxes: most neighbours need no intersection.
        most = np.minimum(_shared_box(boxes[first], boxes[second]), areas[first])
        near = share_of(np.minimum(most, areas[second]), areas[first], areas[second], overlap)
        # a little below the limit, since both areas are rounded
        first, second = first[near > above - 1e-9], second[near > above - 1e-9]
        shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
        shares = share_of(shared, areas[first], areas[second], overlap)
        parts.append((first, second, shares, shares > above))
    return _join(parts)


def _shrink(boxes: Boxes, above: float) -> Boxes:
    """Boxes about the same middles that still meet wherever the given ones share enough.

    The intersection over union of two boxes is at most that of their sides along either axis. Of
    two sides it is more than t only where the middles are closer than (1 - t) / (1 + t) of the mean
    side. Of dense candidates at a limit of 0.7 a thirtieth of the pairs is left to look at.
    """
    middles, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    half = half * ((1 - above) / (1 + above) + 1e-9)  # a little more, for rounding
    return np.concatenate([middles - half, middles + half], axis=1)


def pair_shapes(first: NDArray[Any], second: NDArray[Any], *, groups: NDArray[np.bool_]) -> Pairs:
    """Pairs of polygons of two sets that share area, with their intersection over union.

    Where `groups` (M,) says that a shape of the second set is a group of objects, it is the shared
    part of the first shape instead: an object inside a group lies wholly on it.
    """
    areas, others = shapely.area(first), shapely.area(second)
    parts = []
    for one, other in _neighbours(first, second):
        shared = shapely.area(shapely.intersection(first[one], second[other]))
        shares = share_of(shared, areas[one], others[other], "iou")
        on_group = groups[other]
        shares[on_group] = shared[on_group] / areas[one][on_group]
        parts.append((one, other, shares, shared > 0))
    return _join(parts)


def share_of(
    shared: NDArray[np.float64],
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    overlap: Overlap,
) -> NDArray[np.float64]:
    """Shared area (P,) as a part of the union or of the smaller of two areas (P,); 0 of nothing."""
    whole = np.minimum(first, second) if overlap == "smaller" else first + second - shared
    return np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0)


def _neighbours(first: NDArray[Any], second: NDArray[Any]) -> Iterator[tuple[Ids, Ids]]:
    """Positions of shapes whose bounding boxes meet."""
    tree = shapely.STRtree(second)
    for begin in range(0, len(first), CHUNK):
        one, other = tree.query(first[begin : begin + CHUNK])
        yield one + begin, other


def _shared_box(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Area (P,) that two boxes (P, 4) share."""
    width = np.minimum(first[:, 2], second[:, 2]) - np.maximum(first[:, 0], second[:, 0])
    height = np.minimum(first[:, 3], second[:, 3]) - np.maximum(first[:, 1], second[:, 1])
    area: NDArray[np.float64] = np.clip(width, 0, None) * np.clip(height, 0, None)
    return area


def _join(parts: list[tuple[Ids, Ids, NDArray[np.float64], NDArray[np.bool_]]]) -> Pairs:
    """The chosen pairs of all parts, by first and second."""
    empty = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    chosen = [(one[keep], other[keep], shares[keep]) for one, other, shares, keep in parts]
    first, second, shares = (np.concatenate(column) for column in zip(empty, *chosen, strict=True))
    return Pairs(first, second, shares).ordered()
