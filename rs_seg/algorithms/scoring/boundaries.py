"""How much of the boundaries of a map lies near those of the reference, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from rs_seg.algorithms.scoring.objects import Floats, divide
from rs_seg.values import Window

STEP = 1.0
"""Longest pieces that boundaries are cut into, in pixels; the middle of a piece decides for it."""
BESIDE = 0.01
"""Pixels to either side of a piece at which is looked whether the ground counts."""
ROUNDING = 1e-6
"""Pixels by which coordinates may be inexact."""


@dataclass(frozen=True)
class BoundaryLengths:
    """Lengths of boundaries by class, in pixels: of map and reference, and what is near the other.

    Lengths of pieces and scenes are added, figures are derived from the sum.
    """

    mapped: Floats
    mapped_near: Floats
    reference: Floats
    reference_near: Floats

    @classmethod
    def empty(cls, class_count: int) -> BoundaryLengths:
        """Lengths of no boundaries."""
        return cls(*(np.zeros(class_count) for _ in fields(cls)))

    def __add__(self, other: BoundaryLengths) -> BoundaryLengths:
        return BoundaryLengths(
            *(getattr(self, own.name) + getattr(other, own.name) for own in fields(self))
        )

    def precision(self) -> Floats:
        """Share of the map's boundaries near those of the reference; NaN where it has none."""
        return divide(self.mapped_near, self.mapped)

    def recall(self) -> Floats:
        """Share of the reference's boundaries near those of the map; NaN where it has none."""
        return divide(self.reference_near, self.reference)

    def f1(self) -> Floats:
        """Harmonic mean of both; 0 where one side alone has boundaries, NaN where neither has."""
        precision, recall = np.nan_to_num(self.precision()), np.nan_to_num(self.recall())
        mean = np.nan_to_num(divide(2 * precision * recall, precision + recall))
        mean[self.mapped + self.reference == 0] = np.nan
        return mean


@dataclass(frozen=True)
class Segments:
    """Straight parts of boundaries: ends (N, 2, 2) in columns and rows, and classes."""

    ends: NDArray[np.float64]
    classes: NDArray[np.int64]

    def of_class(self, index: int) -> NDArray[np.float64]:
        """Ends of the segments that bound a class."""
        ends: NDArray[np.float64] = self.ends[self.classes == index]
        return ends


def trace_polygons(shapes: NDArray[Any], classes: NDArray[np.int64], window: Window) -> Segments:
    """Boundaries of the classes of polygons near a window; borders within a class are none.

    Neighbours share every point of their border, so that such a border stands twice in one class,
    bit for bit.
    """
    rings, polygons = shapely.get_rings(shapes, return_index=True)
    points, owners = shapely.get_coordinates(rings, return_index=True)
    ends = np.stack([points[:-1], points[1:]], axis=1)
    low, high = ends.min(axis=1), ends.max(axis=1)
    near = (high >= (window.column, window.row)).all(axis=1) & (
        low <= (window.column_end, window.row_end)
    ).all(axis=1)
    near &= owners[:-1] == owners[1:]
    ends, bounded = ends[near], classes[polygons[owners[:-1][near]]]
    return _drop_inner(ends, bounded)


def _drop_inner(ends: NDArray[np.float64], classes: NDArray[np.int64]) -> Segments:
    turned = (ends[:, 0, 0] > ends[:, 1, 0]) | (
        (ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] > ends[:, 1, 1])
    )
    ordered = np.where(turned[:, None, None], ends[:, ::-1], ends)
    keys = np.column_stack([ordered.reshape(-1, 4), classes])
    _, first, times = np.unique(keys, axis=0, return_index=True, return_counts=True)
    kept = np.sort(first[times == 1])
    return Segments(ordered[kept], classes[kept])


def trace_pixels(indices: NDArray[np.integer], window: Window) -> Segments:
    """Sides between pixels of two classes, once for each; none where a class is unknown (negative).

    `indices` (H, W) are the class indices of the window.
    """
    parts = []
    for axis, step in ((1, (0, 1)), (0, (1, 0))):  # sides that run along columns, along rows
        first, second = (indices[:, :-1], indices[:, 1:]) if axis else (indices[:-1], indices[1:])
        rows, columns = np.nonzero((first != second) & (first >= 0) & (second >= 0))
        start = np.column_stack(
            [columns + window.column + axis, rows + window.row + 1 - axis]
        ).astype(float)
        ends = np.stack([start, start + step], axis=1)
        parts += [Segments(ends, side[rows, columns].astype(np.int64)) for side in (first, second)]
    return Segments(
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.classes for part in parts]),
    )


def measure_boundaries(
    mapped: Segments,
    reference: Segments,
    ground: NDArray[np.bool_],
    outer: Window,
    window: Window,
    *,
    tolerance: float,
    class_count: int,
) -> BoundaryLengths:
    """Lengths of the boundaries in a window, by class.

    Source: Csurka et al. 2013, BMVC; lengths instead of pixels.

    `ground` (H, W) are the pixels of the `outer` window that count; a piece of boundary counts with
    ground that counts on both of its sides. `outer` reaches beyond the window by more than the
    tolerance (in pixels), so that every boundary in reach is known.
    """
    lengths = BoundaryLengths.empty(class_count)
    for index in range(class_count):
        sides = mapped.of_class(index), reference.of_class(index)
        for (own, other), whole, near in (
            (sides, lengths.mapped, lengths.mapped_near),
            (sides[::-1], lengths.reference, lengths.reference_near),
        ):
            middles, pieces = _cut(own)
            counted = _count(middles, ground, outer, window)
            whole[index] = pieces[counted].sum()
            near[index] = pieces[counted][_lie_near(middles[counted], other, tolerance)].sum()
    return lengths


def _cut(ends: NDArray[np.float64]) -> tuple[NDArray[np.float64], Floats]:
    """Middles (N, 2) and lengths of pieces of equal length that each segment is cut into."""
    lengths = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    parts = np.maximum(np.ceil(lengths / STEP - ROUNDING), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(ends)), parts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = ((place + 0.5) / parts[owner])[:, None]
    middles = ends[owner, 0] * (1 - share) + ends[owner, 1] * share
    return middles, (lengths / parts)[owner]


def _count(
    middles: NDArray[np.float64], ground: NDArray[np.bool_], outer: Window, window: Window
) -> NDArray[np.bool_]:
    """Which pieces lie in the window, on ground that counts."""
    columns, rows = np.floor(middles + ROUNDING).astype(np.int64).T
    inside: NDArray[np.bool_] = (rows >= window.row) & (rows < window.row_end)
    inside &= (columns >= window.column) & (columns < window.column_end)
    for sides in ((-BESIDE, -BESIDE), (-BESIDE, BESIDE), (BESIDE, -BESIDE), (BESIDE, BESIDE)):
        columns, rows = np.floor(middles[inside] + sides).astype(np.int64).T
        inside[inside] = ground[rows - outer.row, columns - outer.column]
    return inside


def _lie_near(
    middles: NDArray[np.float64], others: NDArray[np.float64], tolerance: float
) -> NDArray[np.bool_]:
    """Which points lie within the tolerance of a segment."""
    near = np.zeros(len(middles), dtype=bool)
    if not len(middles) or not len(others):
        return near
    # Most points are near the middle of a piece, or no piece is in reach: a tree of points finds
    # these, in half of the time that a tree of lines takes.
    pieces, _ = _cut(others)
    reach = tolerance + STEP / 2 + 2 * ROUNDING
    distances, _ = cKDTree(pieces).query(middles, distance_upper_bound=reach)
    near |= distances <= tolerance
    doubtful = np.flatnonzero(~near & (distances < reach))
    lines: NDArray[np.object_] = np.asarray(shapely.linestrings(others))
    hits = shapely.STRtree(lines).query(
        shapely.points(middles[doubtful]), predicate="dwithin", distance=tolerance + ROUNDING
    )
    near[doubtful[hits[0]]] = True
    return near
