"""Polygons moved into another CRS whole: straight edges become the curves that they are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Points = NDArray[np.float64]
Move = Callable[[Points], Points]
"""From points (P, 2) to points (P, 2); not finite where there is no result."""

MOST_HALVINGS = 24
"""Times an edge is halved at most; one that needs more jumps, as across the antimeridian."""
LONG_EDGE = 160
"""Length in tolerances from which an edge is looked at in three places: its middle alone can lie on
the chord of a curve that swings to both sides."""
OFF_MIDDLE = 0.4
"""Share of a chord by which the middle of an edge may lie beside the chord's middle."""
CHUNK_POINTS = 1_000_000
"""Points of polygons that are worked on at once."""
MOST_POINTS = 30_000_000
"""Points that polygons of one chunk may have afterwards; where there would be more, edges are taken
for torn."""


def move_polygons(
    polygons: NDArray[Any], move: Move, tolerance: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Polygons and multipolygons (N,) after `move`, with points added to edges, and which are torn.

    No point of an edge lies further than `tolerance` (units after `move`) from the curve that the
    straight edge becomes. A torn polygon has an edge without result, or one that jumps: it is no
    polygon there.
    """
    moved, torn = np.empty(len(polygons), dtype=object), np.zeros(len(polygons), dtype=bool)
    sizes = np.cumsum(shapely.get_num_coordinates(polygons))
    first = 0
    while first < len(polygons):
        begun = sizes[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(sizes, begun + CHUNK_POINTS, side="right")))
        moved[first:last], torn[first:last] = _move_chunk(polygons[first:last], move, tolerance)
        first = last
    return moved, torn


def _move_chunk(
    polygons: NDArray[Any], move: Move, tolerance: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    kind, points, offsets = shapely.to_ragged_array(polygons, include_z=False)
    rings = offsets[0]
    ring = np.repeat(np.arange(len(rings) - 1), np.diff(rings))
    edges = _Edges(points, move(points), ring)
    torn_rings = edges.halve(move, tolerance)
    counts = np.bincount(edges.ring, minlength=len(rings) - 1)
    ends = np.concatenate([[0], np.cumsum(counts)])
    moved = shapely.from_ragged_array(kind, edges.moved, (ends, *offsets[1:]))
    singles = shapely.get_type_id(polygons) == shapely.GeometryType.POLYGON
    if kind == shapely.GeometryType.MULTIPOLYGON and singles.any():
        moved[singles] = shapely.get_geometry(moved[singles], 0)
    return moved, _any_of(torn_rings, offsets)


def _any_of(torn_rings: NDArray[np.bool_], offsets: tuple[NDArray[Any], ...]) -> NDArray[np.bool_]:
    """Which geometries hold a torn ring.

    `offsets` are those of a ragged array, from points up to geometries.
    """
    torn = torn_rings
    for ends in offsets[1:]:
        # A part holds a torn member where the running total grows from its first to its last.
        before = np.concatenate([[0], np.cumsum(torn)])
        torn = before[ends[1:]] > before[ends[:-1]]
    return torn


@dataclass
class _Edges:
    """Points (P, 2) of rings, one after another, before and after the move.

    Edge i leads from point i to the next.
    """

    points: Points
    moved: Points
    ring: NDArray[np.int64]

    def halve(self, move: Move, tolerance: float) -> NDArray[np.bool_]:
        """Which rings are torn, after edges were halved until each keeps to the tolerance.

        A ring is torn where halving does not help.
        """
        torn = np.zeros(int(self.ring.max(initial=-1)) + 1, dtype=bool)
        torn[self.ring[~np.isfinite(self.moved).all(axis=1)]] = True
        open_edges = np.flatnonzero(self.ring[:-1] == self.ring[1:])
        for _ in range(MOST_HALVINGS):
            open_edges = open_edges[~torn[self.ring[open_edges]]]
            middles, moved, bent = self._look(open_edges, move, tolerance)
            lost = ~np.isfinite(moved).all(axis=1)
            torn[self.ring[open_edges[lost]]] = True
            bent &= ~lost
            if not bent.any():
                return torn
            if len(self.points) + bent.sum() > MOST_POINTS:
                open_edges = open_edges[bent]
                break
            open_edges = self._insert(open_edges[bent], middles[bent], moved[bent])
        torn[self.ring[open_edges]] = True
        return torn

    def _look(
        self, edges: NDArray[np.int64], move: Move, tolerance: float
    ) -> tuple[Points, Points, NDArray[np.bool_]]:
        """Middles of edges, the same moved, and which edges leave their chords.

        An edge leaves its chord where it lies further from it than the tolerance.
        """
        start, end = self.moved[edges], self.moved[edges + 1]
        middles = (self.points[edges] + self.points[edges + 1]) / 2
        moved = move(middles)
        gaps, shares = _place_beside(moved, start, end)
        lengths = np.hypot(*(end - start).T)
        # a map without jumps takes the middle of a short edge near the middle of its chord
        bent = (gaps > tolerance) | (
            (np.abs(shares - 0.5) > OFF_MIDDLE) & (lengths > 2 * tolerance)
        )
        long = np.flatnonzero(~bent & (lengths > LONG_EDGE * tolerance))
        for share in (0.25, 0.75):
            between = (1 - share) * self.points[edges[long]] + share * self.points[edges[long] + 1]
            bent[long] |= _place_beside(move(between), start[long], end[long])[0] > tolerance
        return middles, moved, bent

    def _insert(
        self, edges: NDArray[np.int64], middles: Points, moved: Points
    ) -> NDArray[np.int64]:
        """Put a point into each of these edges; returns the two halves of each."""
        self.points = np.insert(self.points, edges + 1, middles, axis=0)
        self.moved = np.insert(self.moved, edges + 1, moved, axis=0)
        self.ring = np.insert(self.ring, edges + 1, self.ring[edges])
        firsts = edges + np.arange(len(edges))
        return np.sort(np.concatenate([firsts, firsts + 1]))


def _place_beside(
    points: Points, start: Points, end: Points
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distances of points from the segments between start and end, and where beside them they lie.

    The place is a share of the segment, from 0 at its start to 1 at its end.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        along = end - start
        length = (along**2).sum(axis=1)
        shares = np.clip(
            np.where(length > 0, ((points - start) * along).sum(axis=1) / length, 0.5), 0, 1
        )
        gaps: NDArray[np.float64] = np.hypot(*(points - start - shares[:, None] * along).T)
    return gaps, shares
