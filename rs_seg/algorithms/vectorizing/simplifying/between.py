"""Points between a chain of points and the line that would replace it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.guard import equal, orientation
from rs_seg.algorithms.vectorizing.simplifying.point_index import (
    ROUNDING,
    PointIndex,
    entries,
    rows_between,
    span,
)

BATCH = 1024
"""Points tested together against a chain."""


class Candidates(NamedTuple):
    """Points that may lie between a chain and its line, in lists by one coordinate.

    Points in the same list have the same whole number of it.
    """

    points: NDArray[np.float64]
    """(BATCH, 2)."""
    odd: NDArray[np.bool_]
    """(BATCH,) whether a ray from each met the chain and the line an odd number of times so far."""
    after: NDArray[np.int32]
    """(BATCH,) the next in the list, or -1."""
    heads: NDArray[np.int32]
    """(N,) the first of each list, or -1."""
    box: NDArray[np.float64]
    """(4, 2) corners of a rectangle that holds the chain."""


@compiled
def prepare_candidates(index: PointIndex) -> Candidates:
    """Room for `is_clear`, one for each thread."""
    rows = (len(index.starts) - 1) // index.columns
    longest = int(max(rows, index.columns) * index.size) + 2
    return Candidates(
        np.empty((BATCH, 2)),
        np.zeros(BATCH, dtype=np.bool_),
        np.empty(BATCH, dtype=np.int32),
        np.full(longest, -1, dtype=np.int32),
        np.empty((4, 2)),
    )


@compiled
def is_clear(
    chain: NDArray[np.float64], index: PointIndex, candidates: Candidates, arc: int, start: int
) -> bool:
    """Whether no point lies between a chain (N, 2) and the line of its ends, or on that line.

    The chain is that of the arc from position `start` on; its own points, and others at the places
    of its ends, do not count. Its ends differ.
    """
    box = candidates.box
    _surround(chain, box)
    axis = 0 if abs(chain[-1, 0] - chain[0, 0]) >= abs(chain[-1, 1] - chain[0, 1]) else 1
    count, own = 0, index.offsets[arc] + start
    first, last = rows_between(index, box[:, 1].min(), box[:, 1].max())
    for row in range(first, last):
        upper = index.corner[1] + row * index.size
        low, high = span(box, upper, upper + index.size)
        begin, end = entries(index, row, low, high)
        for entry in range(begin, end):
            number = index.numbers[entry]
            if own <= number < own + len(chain) or not _may_block(chain, box, index.points[number]):
                continue
            if _lies_on(chain[0], chain[-1], index.points[number]):
                return False
            # A test walks along the whole chain, so points are tested many at a time.
            candidates.points[count] = index.points[number]
            count += 1
            if count == BATCH:
                if _any_between(chain, candidates, count, axis):
                    return False
                count = 0
    return count == 0 or not _any_between(chain, candidates, count, axis)


@compiled
def _surround(chain: NDArray[np.float64], box: NDArray[np.float64]) -> None:
    """The rectangle (4, 2) along the line of a chain that holds it, a little larger."""
    across, down = chain[-1, 0] - chain[0, 0], chain[-1, 1] - chain[0, 1]
    length = np.hypot(across, down)
    across, down = across / length, down / length
    # Both ends lie in the rectangle from the start: the line itself must be inside, however the
    # chain runs. The ends differ, so the length is not 0.
    before, behind, right, left = 0.0, length, 0.0, 0.0
    for point in range(len(chain)):
        x, y = chain[point, 0] - chain[0, 0], chain[point, 1] - chain[0, 1]
        along, aside = x * across + y * down, y * across - x * down
        before, behind = min(before, along), max(behind, along)
        right, left = min(right, aside), max(left, aside)
    before, behind, right, left = (
        before - ROUNDING,
        behind + ROUNDING,
        right - ROUNDING,
        left + ROUNDING,
    )
    # Round the rectangle so that the inside has the orientation that `_may_block` asks for.
    for corner in range(4):
        along, aside = (before if corner in (0, 3) else behind), (right if corner < 2 else left)
        box[corner, 0] = chain[0, 0] + along * across - aside * down
        box[corner, 1] = chain[0, 1] + along * down + aside * across


@inlined
def _may_block(
    chain: NDArray[np.float64], box: NDArray[np.float64], point: NDArray[np.float64]
) -> bool:
    """Whether a point is in the rectangle around a chain and not at an end of it."""
    for corner in range(4):
        if orientation(box[corner - 1], box[corner], point[0], point[1]) < 0:
            return False
    return not (equal(point, chain[0]) or equal(point, chain[-1]))


@inlined
def _lies_on(
    first: NDArray[np.float64], last: NDArray[np.float64], point: NDArray[np.float64]
) -> bool:
    """Whether a point is on the line between two others."""
    for axis in range(2):
        if not min(first[axis], last[axis]) <= point[axis] <= max(first[axis], last[axis]):
            return False
    return orientation(first, last, point[0], point[1]) == 0


@compiled
def _any_between(chain: NDArray[np.float64], candidates: Candidates, count: int, axis: int) -> bool:
    """Whether a candidate is between the chain and its line; none of them is on the line.

    Rays go across the line, so that few pieces of the chain lie under the same ray.
    """
    base = np.floor(chain[:, axis].min())
    size = int(chain[:, axis].max() - base) + 1
    candidates.heads[:size] = -1
    for candidate in range(count):
        place = int(candidates.points[candidate, axis] - base)
        candidates.odd[candidate] = False
        if 0 <= place < size:
            candidates.after[candidate] = candidates.heads[place]
            candidates.heads[place] = candidate
    for point in range(len(chain)):
        if _pass_edge(chain[point - 1], chain[point], candidates, axis, base):
            return True
    return bool(candidates.odd[:count].any())


@inlined
def _pass_edge(
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    candidates: Candidates,
    axis: int,
    base: float,
) -> bool:
    """Count the rays of candidates that an edge meets; whether a candidate is too near to tell."""
    low, high = min(first[axis], second[axis]), max(first[axis], second[axis])
    if low == high:
        return False
    side = 1 if first[axis] < second[axis] else -1
    for place in range(int(low - base), int(high - base) + 1):
        candidate = candidates.heads[place]
        while candidate >= 0:
            point = candidates.points[candidate]
            # Half-open, so that a ray through a corner of the chain meets one of its two edges.
            if low <= point[axis] < high:
                point_side = orientation(first, second, point[0], point[1])
                if point_side == 0:
                    return True
                candidates.odd[candidate] ^= point_side == side
            candidate = candidates.after[candidate]
    return False
