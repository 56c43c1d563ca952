"""Borders along the midpoints of the sides of pixels: the steps of a slope become half as high."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.arcs import Arcs, corner_keys


def run_through_midpoints(arcs: Arcs, rings: NDArray[np.bool_], fixed: NDArray[np.bool_]) -> Arcs:
    """The arcs along the midpoints of the sides of pixels, as float64; `fixed` (A,) ones stay.

    `arcs` are as traced, `rings` (A,) those of `find_free_rings` that are not fixed. Of a straight
    run of sides only the first and the last midpoint become points, as the others lie between them.
    Junctions stay; rings begin at their first midpoint.

    What is cut off at a corner are triangles with sides of half a pixel. A corner of pixels that
    is no junction lies on one arc only, so these triangles never meet: arcs that met at their ends
    only still do.
    """
    counts = np.empty(len(arcs), dtype=np.int64)
    _count(arcs.points, arcs.offsets, fixed, rings, counts)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    points = np.empty((offsets[-1], 2))
    _fill(arcs.points, arcs.offsets, fixed, rings, points, offsets)
    return arcs.with_points(points, offsets)


def find_free_rings(arcs: Arcs) -> NDArray[np.bool_]:
    """(A,) whether an arc as traced is closed and begins at no junction."""
    ends = np.stack([arcs.offsets[:-1], arcs.offsets[1:] - 1], axis=1).ravel()
    keys = corner_keys(arcs.points[ends])
    _, numbers, counts = np.unique(keys, return_inverse=True, return_counts=True)
    closed = keys[::2] == keys[1::2]
    alone: NDArray[np.bool_] = closed & (counts[numbers[::2]] == 2)
    return alone


@compiled
def _count(
    points: NDArray[np.int32],
    offsets: NDArray[np.int64],
    fixed: NDArray[np.bool_],
    rings: NDArray[np.bool_],
    counts: NDArray[np.int64],
) -> None:
    """Write how many points each arc will have."""
    for arc in range(len(counts)):
        start, last = offsets[arc], offsets[arc + 1] - 1
        if fixed[arc] or last - start < 2:
            counts[arc] = last - start + 1
            continue
        count = 1 if rings[arc] else 2
        for point in range(start, last):
            at_end = not rings[arc] and (point == start or point == last - 1)
            count += 1 if at_end or _length(points, point) == 1 else 2
        counts[arc] = count


@compiled
def _fill(
    points: NDArray[np.int32],
    offsets: NDArray[np.int64],
    fixed: NDArray[np.bool_],
    rings: NDArray[np.bool_],
    midpoints: NDArray[np.float64],
    places: NDArray[np.int64],
) -> None:
    """Write the points of each arc from its place on."""
    for arc in range(len(rings)):
        start, last, place = offsets[arc], offsets[arc + 1] - 1, places[arc]
        # The same cases as in `_count`, which has left just this room. A line of one piece has all
        # its midpoints on it.
        if fixed[arc] or last - start < 2:
            for point in range(start, last + 1):
                _write_between(points, point, 0.0, midpoints, place + point - start)
            continue
        place = _write_runs(points, start, last, rings[arc], midpoints, place)
        if rings[arc]:
            midpoints[place] = midpoints[places[arc]]
        else:
            _write_between(points, last, 0.0, midpoints, place)


@inlined
def _write_runs(
    points: NDArray[np.int32],
    start: int,
    last: int,
    ring: bool,
    midpoints: NDArray[np.float64],
    place: int,
) -> int:
    """Write the points of an arc but the last from a place on; the place after them."""
    if not ring:
        _write_between(points, start, 0.0, midpoints, place)
        place += 1
    for point in range(start, last):
        # Beside a junction only the far midpoint counts: the near one is on the line to it.
        length = _length(points, point)
        if ring or point > start or length == 1:
            _write_between(points, point, 0.5 / length, midpoints, place)
            place += 1
        if length > 1 and (ring or point < last - 1):
            _write_between(points, point, 1 - 0.5 / length, midpoints, place)
            place += 1
    return place


@inlined
def _length(points: NDArray[np.int32], point: int) -> int:
    """Sides of pixels from a point to the next."""
    across = abs(int(points[point + 1, 0]) - int(points[point, 0]))
    return across + abs(int(points[point + 1, 1]) - int(points[point, 1]))


@inlined
def _write_between(
    points: NDArray[np.int32],
    point: int,
    share: float,
    midpoints: NDArray[np.float64],
    place: int,
) -> None:
    """Write the place that lies a share of the way from a point to the next."""
    if share == 0:  # the last point of all has no next
        midpoints[place, 0], midpoints[place, 1] = points[point, 0], points[point, 1]
        return
    for axis in range(2):
        begin, end = float(points[point, axis]), float(points[point + 1, axis])
        # Midpoints are multiples of a half: exact.
        midpoints[place, axis] = np.round(2 * (begin + share * (end - begin))) / 2
