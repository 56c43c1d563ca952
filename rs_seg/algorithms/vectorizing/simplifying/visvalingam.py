"""Fewer points on arcs by area: the corners that span the smallest triangles go first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.guard import FOREIGN, FREE, Borders, fewest_inner, find_blocker
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex

NONE = -1


class Queue(NamedTuple):
    """Points of an arc in lists: one for each rank of area, then one for each point, of those that it blocks."""

    heads: NDArray[np.int32]
    tails: NDArray[np.int32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    places: NDArray[np.int32]
    """The list that each point is in, or NONE."""


class Chain(NamedTuple):
    """An arc that loses points."""

    points: NDArray[np.float64]
    kept: NDArray[np.bool_]
    previous: NDArray[np.int32]
    following: NDArray[np.int32]
    """Neighbours among the points that are left."""
    triangle: NDArray[np.float64]
    """(3, 2) of the corner that is looked at."""


@compiled
def drop_small_corners(
    borders: Borders, index: PointIndex, chunk: tuple[int, int], limit: float, ranks: int, kept: NDArray[np.bool_]
) -> None:
    """Unmark in `kept` (P,) the points of the arcs from `chunk[0]` to before `chunk[1]` that go.

    Corners go whose triangles are no larger than `limit` (twice the area, in pixels) and hold no other point, in the
    order of their effective areas: those of the triangles that their neighbours left now span, but never less than
    that of a corner that has gone before. Areas are told apart in `ranks` steps of limit / ranks; of equals, those go
    first that have waited longest, so that every other corner of a staircase goes and a straight line is left.
    Corners that a point of their own arc blocks are looked at again when it has gone.

    Source: Visvalingam and Whyatt (1993).
    """
    longest = 0
    for arc in range(chunk[0], chunk[1]):
        longest = max(longest, borders.offsets[arc + 1] - borders.offsets[arc])
    numbers = np.empty((5, longest), dtype=np.int32)
    heads, tails = np.full(ranks + longest, NONE, np.int32), np.full(ranks + longest, NONE, np.int32)
    queue = Queue(heads, tails, numbers[0], numbers[1], numbers[2])
    triangle = np.empty((3, 2))
    for arc in range(chunk[0], chunk[1]):
        start, stop = borders.offsets[arc], borders.offsets[arc + 1]
        if borders.fixed[arc] or stop - start < 3:
            continue
        chain = Chain(borders.points[start:stop], kept[start:stop], numbers[3], numbers[4], triangle)
        spare = stop - start - 2 - fewest_inner(borders, index, arc)
        if spare > 0:
            _reduce(chain, queue, index, arc, limit, ranks, spare)


@compiled
def _reduce(chain: Chain, queue: Queue, index: PointIndex, arc: int, limit: float, ranks: int, spare: int) -> None:
    """Take away up to `spare` corners of an arc."""
    count = len(chain.points)
    queue.heads[ranks : ranks + count] = NONE
    for point in range(count):
        queue.places[point] = NONE
        chain.previous[point], chain.following[point] = point - 1, point + 1
    for point in range(1, count - 1):
        _enqueue(chain, queue, point, 0, limit, ranks)
    rank = 0
    while rank < ranks and spare > 0:
        point = queue.heads[rank]
        if point == NONE:
            rank += 1
            continue
        _unlink(queue, point)
        _look_at(chain, point)
        blocker = find_blocker(index, chain.triangle, arc, chain.kept)
        if blocker == FREE:
            _remove(chain, queue, point, rank, limit, ranks)
            spare -= 1
        elif blocker != FOREIGN:
            _append(queue, point, ranks + blocker)
    queue.heads[:ranks] = NONE


@inlined
def _remove(chain: Chain, queue: Queue, point: int, rank: int, limit: float, ranks: int) -> None:
    """Take a point away and queue those anew that it was a neighbour of or blocked."""
    chain.kept[point] = False
    previous, following = chain.previous[point], chain.following[point]
    chain.following[previous], chain.previous[following] = following, previous
    if previous > 0:
        _enqueue(chain, queue, previous, rank, limit, ranks)
    if following < len(chain.points) - 1:
        _enqueue(chain, queue, following, rank, limit, ranks)
    while queue.heads[ranks + point] != NONE:
        _enqueue(chain, queue, queue.heads[ranks + point], rank, limit, ranks)


@inlined
def _enqueue(chain: Chain, queue: Queue, point: int, least: int, limit: float, ranks: int) -> None:
    """Put a point last among those of its rank, `least` or above; in no list if its triangle is too large."""
    if queue.places[point] != NONE:
        _unlink(queue, point)
    _look_at(chain, point)
    triangle = chain.triangle
    left = (triangle[1, 0] - triangle[0, 0]) * (triangle[2, 1] - triangle[0, 1])
    right = (triangle[1, 1] - triangle[0, 1]) * (triangle[2, 0] - triangle[0, 0])
    area = abs(left - right)
    if area <= limit:
        _append(queue, point, max(min(int(area / limit * ranks), ranks - 1), least))


@inlined
def _look_at(chain: Chain, point: int) -> None:
    """Write the triangle of a point and its neighbours."""
    previous, following = chain.previous[point], chain.following[point]
    for axis in range(2):
        chain.triangle[0, axis] = chain.points[previous, axis]
        chain.triangle[1, axis] = chain.points[point, axis]
        chain.triangle[2, axis] = chain.points[following, axis]


@inlined
def _append(queue: Queue, point: int, place: int) -> None:
    """Put a point that is in no list at the end of one."""
    tail = queue.tails[place] if queue.heads[place] != NONE else NONE
    queue.before[point], queue.after[point], queue.places[point] = tail, NONE, place
    queue.tails[place] = point
    if tail == NONE:
        queue.heads[place] = point
    else:
        queue.after[tail] = point


@inlined
def _unlink(queue: Queue, point: int) -> None:
    """Take a point out of its list."""
    before, after, place = queue.before[point], queue.after[point], queue.places[point]
    queue.places[point] = NONE
    if before == NONE:
        queue.heads[place] = after
    else:
        queue.after[before] = after
    if after == NONE:
        queue.tails[place] = before
    else:
        queue.before[after] = before
