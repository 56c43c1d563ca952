"""Rounder borders: corners cut, each arc once, so that neighbours keep sharing every point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.guard import (
    FREE,
    Borders,
    equal,
    find_blocker,
    orientation,
    touches_others,
)
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex
from rs_seg.algorithms.vectorizing.simplifying.simplification import deal, prepare

NO_ARC = -1


def smooth(arcs: Arcs, *, iterations: int, fixed: NDArray[np.bool_], workers: int = 1) -> Arcs:
    """The arcs with their corners cut `iterations` times, as float64.

    Arcs that are `fixed` (A,) and outer arcs stay.

    A corner b between a and c becomes the two points a quarter of the way from b to a and to c. It
    stays if another point lies in the triangle that is cut off. Two such triangles never meet: a
    piece of border that reached into one would end in it. Junctions stay. So all that `simplify`
    promises holds here too, except that closed arcs without a junction begin elsewhere. Four
    iterations at most keep the coordinates of pixels' corners exact.

    Source: Chaikin (1974).
    """
    smoothed = arcs.with_points(arcs.points.astype(np.float64), arcs.offsets)
    for _ in range(iterations if len(arcs) else 0):
        smoothed = _cut_corners(smoothed, fixed, workers)
    return smoothed


def _cut_corners(arcs: Arcs, fixed: NDArray[np.bool_], workers: int) -> Arcs:
    borders, index = prepare(arcs, fixed)
    cut = np.zeros(len(arcs.points), dtype=bool)
    deal(lambda chunk: _mark_cuts(borders, index, chunk, cut), arcs, workers=workers)
    before = np.concatenate([[0], np.cumsum(cut)])
    points = np.empty((len(cut) + before[-1], 2))
    offsets = arcs.offsets + before[arcs.offsets]
    deal(lambda chunk: _write_cuts(borders, chunk, cut, points, offsets), arcs, workers=workers)
    return arcs.with_points(points, offsets)


@compiled
def _mark_cuts(
    borders: Borders, index: PointIndex, chunk: tuple[int, int], cut: NDArray[np.bool_]
) -> None:
    """Mark the points of arcs that are cut.

    Of the two equal end points of a closed arc without a junction, the first is marked.
    """
    triangle = np.empty((3, 2))
    # Empty: no arc is NO_ARC, so that all points count as those of other arcs and `find_blocker`
    # never reads it.
    everything = np.ones(0, dtype=np.bool_)
    # Marks follow from the points as they were, never from other marks: chunks may run side by
    # side.
    for arc in range(chunk[0], chunk[1]):
        if borders.fixed[arc]:
            continue
        start, last = borders.offsets[arc], borders.offsets[arc + 1] - 1
        points = borders.points
        if equal(points[start], points[last]) and not touches_others(index, points[start], arc):
            cut[start] = _can_cut(
                points[last - 1], points[start], points[start + 1], triangle, index, everything
            )
        for point in range(start + 1, last):
            cut[point] = _can_cut(
                points[point - 1], points[point], points[point + 1], triangle, index, everything
            )


@compiled
def _can_cut(
    before: NDArray[np.float64],
    corner: NDArray[np.float64],
    after: NDArray[np.float64],
    triangle: NDArray[np.float64],
    index: PointIndex,
    everything: NDArray[np.bool_],
) -> bool:
    """Whether a point is a corner, and its triangle to be cut off holds no other point."""
    if orientation(before, corner, after[0], after[1]) == 0:
        return False
    triangle[1, 0], triangle[1, 1] = corner[0], corner[1]
    _divide(corner, before, triangle, 0)
    _divide(corner, after, triangle, 2)
    return bool(find_blocker(index, triangle, NO_ARC, everything) == FREE)


@compiled
def _divide(
    corner: NDArray[np.float64], end: NDArray[np.float64], points: NDArray[np.float64], place: int
) -> None:
    """Write the point a quarter of the way from a corner to an end."""
    points[place, 0] = corner[0] + (end[0] - corner[0]) / 4
    points[place, 1] = corner[1] + (end[1] - corner[1]) / 4


@compiled
def _write_cuts(
    borders: Borders,
    chunk: tuple[int, int],
    cut: NDArray[np.bool_],
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
) -> None:
    """Write the points of arcs with the marked ones cut."""
    old = borders.points
    for arc in range(chunk[0], chunk[1]):
        start, last = borders.offsets[arc], borders.offsets[arc + 1] - 1
        place, ending = offsets[arc], offsets[arc + 1] - 1
        # Of a closed arc the first point is marked for both of its ends. Two points take its place,
        # the first of which closes the arc: it grows by one like any other cut.
        if cut[start]:
            _divide(old[start], old[start + 1], points, place)
            _divide(old[start], old[last - 1], points, ending - 1)
        else:
            points[place] = old[start]
        points[ending] = points[place] if cut[start] else old[last]
        for point in range(start + 1, last):
            place += 1
            if cut[point]:
                _divide(old[point], old[point - 1], points, place)
                place += 1
                _divide(old[point], old[point + 1], points, place)
            else:
                points[place] = old[point]
