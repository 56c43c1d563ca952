"""Pairs of shapes that overlap, found with a tree instead of comparing each with each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.values.candidates import Boxes

Ids = NDArray[np.int64]
Overlap = Literal["iou", "smaller"]
"""Shared area as a part of the union, or of the smaller shape."""
CHUNK = 4096
"""Shapes that are looked up at once: undertrained detectors give a shape hundreds of neighbours,
and those of so many are in memory before most are dropped."""


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


class Polygons(NamedTuple):
    """Valid polygons (N,) with their areas (N,) and bounding boxes (N, 4)."""

    shapes: NDArray[Any]
    areas: NDArray[np.float64]
    boxes: Boxes


def measure_polygons(shapes: NDArray[Any]) -> Polygons:
    """The polygons with what is asked of them again and again."""
    return Polygons(shapes, shapely.area(shapes), shapely.bounds(shapes))


def pair_boxes(boxes: Boxes, *, overlap: Overlap, above: float, codes: Ids | None = None) -> Pairs:
    """Pairs of boxes with first < second that share more than `above`, in order.

    With `codes` (N,) those of one code only.
    """
    looked_up = _shrink(boxes, above) if overlap == "iou" else boxes
    shapes: NDArray[Any] = np.asarray(shapely.box(*looked_up.T))
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    parts = []
    for first, second in _ordered_neighbours(shapes, codes):
        shared = _shared_box(boxes[first], boxes[second])
        shares = share_of(shared, areas[first], areas[second], overlap)
        parts.append(Pairs(first, second, shares).take(shares > above))
    return _join(parts)


def pair_polygons(
    polygons: Polygons, *, overlap: Overlap, above: float, codes: Ids | None = None
) -> Pairs:
    """Pairs of polygons of one set with first < second that share more than `above`, in order.

    With `codes` (N,) those of one code only.
    """
    neighbours = _ordered_neighbours(polygons.shapes, codes)
    return _join([compare_polygons(polygons, *pair, overlap, above) for pair in neighbours])


def compare_polygons(
    polygons: Polygons, first: Ids, second: Ids, overlap: Overlap, above: float
) -> Pairs:
    """Those of the pairs `first` and `second` (P,) that share more than `above`."""
    shapes, areas, boxes = polygons
    # What is shared fits into both bounding boxes: most neighbours need no intersection.
    most = np.minimum(_shared_box(boxes[first], boxes[second]), areas[first])
    near = share_of(np.minimum(most, areas[second]), areas[first], areas[second], overlap)
    # a little below the limit, since both areas are rounded
    first, second = first[near > above - 1e-9], second[near > above - 1e-9]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    shares = share_of(shared, areas[first], areas[second], overlap)
    return Pairs(first, second, shares).take(shares > above)


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
        parts.append(Pairs(one, other, shares).take(shared > 0))
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


def _ordered_neighbours(shapes: NDArray[Any], codes: Ids | None) -> Iterator[tuple[Ids, Ids]]:
    """Positions, the first below the second, of shapes of one set and code that meet."""
    for one, other in _neighbours(shapes, shapes):
        chosen = one < other
        if codes is not None:
            chosen &= codes[one] == codes[other]
        yield one[chosen], other[chosen]


def _shared_box(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Area (P,) that two boxes (P, 4) share."""
    width = np.minimum(first[:, 2], second[:, 2]) - np.maximum(first[:, 0], second[:, 0])
    height = np.minimum(first[:, 3], second[:, 3]) - np.maximum(first[:, 1], second[:, 1])
    area: NDArray[np.float64] = np.clip(width, 0, None) * np.clip(height, 0, None)
    return area


def _join(parts: Sequence[Pairs]) -> Pairs:
    """The pairs of all parts, by first and second."""
    empty = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    columns = [(pairs.first, pairs.second, pairs.shares) for pairs in (empty, *parts)]
    first, second, shares = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Pairs(first, second, shares).ordered()
