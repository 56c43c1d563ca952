"""Borders between the regions of a map as arcs.

Tracing makes the arcs, simplifying and smoothing change their points, and polygons are assembled
from them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

OUTSIDE = 0
"""Region number of everything that is no region: pixels without a class, and what lies beyond the
map."""


@dataclass(frozen=True)
class Arcs:
    """Borders of the regions of a map: polylines between junctions, or closed without a junction.

    A junction is a corner of pixels where three or four borders meet. Points are x = column, y =
    row in pixel coordinates: (0, 0) is the first corner of the first pixel, rows grow downward. Arc
    `a` is `points[offsets[a] : offsets[a + 1]]`, two points at least; the first and last are
    junctions, or are equal where the arc is closed. `sides[a]` holds the region on the left and on
    the right as one walks along the arc on a map whose first row is on top: walking with growing
    columns, left has smaller rows.

    As traced, points are integers, stand only where borders turn, and the order is canonical (see
    `tracing`). Whoever moves or removes points keeps the number, order and sides of the arcs, and
    equal end points equal.
    """

    points: NDArray[Any]
    """(P, 2), int32 as traced, float64 where points may lie between the corners of pixels."""
    offsets: NDArray[np.int64]
    """(A + 1,)."""
    sides: NDArray[np.int32]
    """(A, 2) region numbers 1, 2, ...; OUTSIDE where there is none."""

    def __len__(self) -> int:
        return len(self.sides)

    def __getitem__(self, arc: int) -> NDArray[Any]:
        """Points (N, 2) of one arc."""
        points: NDArray[Any] = self.points[self.offsets[arc] : self.offsets[arc + 1]]
        return points

    @property
    def outer(self) -> NDArray[np.bool_]:
        """(A,) whether an arc borders the outside.

        Such arcs stay as they were traced, so that neighbouring maps fit.
        """
        bordering: NDArray[np.bool_] = (self.sides == OUTSIDE).any(axis=1)
        return bordering

    def beside(self, regions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(A,) whether an arc borders one of the chosen regions (R + 1,)."""
        return regions[self.sides[:, 0]] | regions[self.sides[:, 1]]

    def with_points(self, points: NDArray[Any], offsets: NDArray[np.int64]) -> Arcs:
        """The same arcs along other points."""
        return replace(self, points=points, offsets=offsets)


def corner_keys(corners: NDArray[np.integer]) -> NDArray[np.int64]:
    """Numbers (N,) of corners of pixels (N, 2), equal for equal ones, in their order row by row."""
    x, y = corners[:, 0].astype(np.int64), corners[:, 1].astype(np.int64)
    keys: NDArray[np.int64] = y * (x.max(initial=0) + 1) + x
    return keys
