"""Fewer points on arcs by area: the corners that span the smallest triangles go first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.guard import (
    FOREIGN,
    FREE,
    Borders,
    fewest_inner,
    find_blocker,
)
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex

NONE = -1


class Stacks(NamedTuple):
    """Points of an arc in stacks: one per rank of area, then one per point that blocks others."""

    heads: NDArray[np.int32]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    places: NDArray[np.int32]
    """The stack that each point is in, or NONE."""


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
    borders: Borders,
    index: PointIndex,
    chunk: tuple[int, int],
    limit: float,
    ranks: int,
    kept: NDArray[np.bool_],
) -> None:
    """Unmark in `kept` (P,) the points of the arcs from `chunk[0]` to before `chunk[1]` that go.

    Corners go whose triangles are no larger than `limit` (twice the area, in pixels) and hold no
    other point, the smallest first. A triangle is that of a corner and the neighbours it has left.
    Areas are told apart in `ranks` steps of limit / ranks. A corner that a point of its own arc
    blocks is looked at again when that point has gone.

    Of equals, the corner goes first whose triangle has changed last. So one line grows along a
    staircase and passes through its steps. Taking every other corner instead would put the line on
    one side of the steps, which changes up to twice the area.

    Source: Visvalingam and Whyatt (1993).
    """
    longest = 0
    for arc in range(chunk[0], chunk[1]):
        longest = max(longest, borders.offsets[arc + 1] - borders.offsets[arc])
    # Room for the longest arc, taken once. `heads` alone must be empty when an arc begins:
    # `_reduce` sees to that, and writes the others for each point.
    numbers = np.empty((5, longest), dtype=np.int32)
    stacks = Stacks(np.full(ranks + longest, NONE, np.int32), numbers[0], numbers[1], numbers[2])
    triangle = np.empty((3, 2))
    for arc in range(chunk[0], chunk[1]):
        start, stop = borders.offsets[arc], borders.offsets[arc + 1]
        if borders.fixed[arc] or stop - start < 3:
            continue
        chain = Chain(
            borders.points[start:stop], kept[start:stop], numbers[3], numbers[4], triangle
        )
        spare = stop - start - 2 - fewest_inner(borders, index, arc)
        # What a ring or one of two arcs between the same junctions must keep is counted, and not
        # looked for: any points will do.
        if spare > 0:
            _reduce(chain, stacks, index, arc, limit, ranks, spare)


@compiled
def _reduce(
    chain: Chain, stacks: Stacks, index: PointIndex, arc: int, limit: float, ranks: int, spare: int
) -> None:
    """Take away up to `spare` corners of an arc."""
    count = len(chain.points)
    stacks.heads[ranks : ranks + count] = NONE
    for point in range(count):
        stacks.places[point] = NONE
        chain.previous[point], chain.following[point] = point - 1, point + 1
    for point in range(count - 2, 0, -1):  # so that the first of the arc lies on top
        _rank(chain, stacks, point, limit, ranks)
    rank = 0
    while rank < ranks and spare > 0:
        point = stacks.heads[rank]
        if point == NONE:
            rank += 1
            continue
        _unlink(stacks, point)
        _look_at(chain, point)
        # A point of another arc never goes, so its corner stays. One of this arc may go: the corner
        # waits in the stack of that point.
        blocker = find_blocker(index, chain.triangle, arc, chain.kept)
        if blocker == FREE:
            # Triangles beside the removed corner may have become smaller: go back to the lowest new
            # rank.
            rank = min(rank, _remove(chain, stacks, point, limit, ranks))
            spare -= 1
        elif blocker != FOREIGN:
            _push(stacks, point, ranks + blocker)
    # Corners are left where `spare` was used up; the next arc needs empty stacks.
    stacks.heads[:ranks] = NONE


@inlined
def _remove(chain: Chain, stacks: Stacks, point: int, limit: float, ranks: int) -> int:
    """Take a point away and rank its neighbours and those it blocked anew: the lowest new rank."""
    chain.kept[point] = False
    previous, following = chain.previous[point], chain.following[point]
    chain.following[previous], chain.previous[following] = following, previous
    lowest = ranks
    while stacks.heads[ranks + point] != NONE:
        lowest = min(lowest, _rank(chain, stacks, stacks.heads[ranks + point], limit, ranks))
    if following < len(chain.points) - 1:
        lowest = min(lowest, _rank(chain, stacks, following, limit, ranks))
    if previous > 0:
        lowest = min(lowest, _rank(chain, stacks, previous, limit, ranks))
    return lowest


@inlined
def _rank(chain: Chain, stacks: Stacks, point: int, limit: float, ranks: int) -> int:
    """Put a point on top of the stack of its rank: that rank.

    A point whose triangle is too large is in no stack, and its rank is `ranks`.
    """
    if stacks.places[point] != NONE:
        _unlink(stacks, point)
    _look_at(chain, point)
    triangle = chain.triangle
    left = (triangle[1, 0] - triangle[0, 0]) * (triangle[2, 1] - triangle[0, 1])
    right = (triangle[1, 1] - triangle[0, 1]) * (triangle[2, 0] - triangle[0, 0])
    area = abs(left - right)
    if area > limit:
        return ranks
    rank = min(int(area / limit * ranks), ranks - 1)
    _push(stacks, point, rank)
    return rank


@inlined
def _look_at(chain: Chain, point: int) -> None:
    """Write the triangle of a point and its neighbours."""
    previous, following = chain.previous[point], chain.following[point]
    for axis in range(2):
        chain.triangle[0, axis] = chain.points[previous, axis]
        chain.triangle[1, axis] = chain.points[point, axis]
        chain.triangle[2, axis] = chain.points[following, axis]


@inlined
def _push(stacks: Stacks, point: int, place: int) -> None:
    """Put a point that is in no stack on top of one."""
    head = stacks.heads[place]
    stacks.before[point], stacks.after[point], stacks.places[point] = NONE, head, place
    stacks.heads[place] = point
    if head != NONE:
        stacks.before[head] = point


@inlined
def _unlink(stacks: Stacks, point: int) -> None:
    """Take a point out of its stack."""
    before, after = stacks.before[point], stacks.after[point]
    if before == NONE:
        stacks.heads[stacks.places[point]] = after
    else:
        stacks.after[before] = after
    if after != NONE:
        stacks.before[after] = before
    stacks.places[point] = NONE
