"""Tests that keep borders apart while points go.

They test places against all points of all arcs as they were given.

Borders that do not meet but at junctions stay so, and every region keeps its sides, its holes and a
positive area:

- A corner (a, b, c) of a border becomes the line (a, c) only if no other point lies in the closed
  triangle. A straight piece of another border that met the line would cross the corner, or end in
  the triangle.
- A chain of points (i, ..., j) becomes the line (i, j) only if no other point lies between the
  chain and the line, that is, where a ray meets both together an odd number of times, or on the
  line. A piece of another border that crossed the line would have one end there: it crosses the
  line once, and the chain never.
- Two arcs between the same junctions never both become the line between them, and a closed arc
  keeps three points.

Other arcs only lose points, so that a test against all points they were given holds whatever
becomes of them: arcs need not wait for one another. Source: the triangle and parity tests of de
Berg, van Kreveld and Schirra (1998).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.point_index import (
    PointIndex,
    entries,
    row_of,
    rows_between,
    span,
)

FREE = -1
"""No point lies in a triangle."""
FOREIGN = -2
"""A point of another arc does."""
RELATIVE_ERROR = 3.3306690738754716e-16
"""Of the cross product of differences of float64 numbers (Shewchuk 1997, ccwerrboundA)."""


class Borders(NamedTuple):
    """Arcs as kernels read them."""

    points: NDArray[np.float64]
    """(P, 2) x, y."""
    offsets: NDArray[np.int64]
    """(A + 1,)."""
    sides: NDArray[np.int32]
    """(A, 2)."""
    fixed: NDArray[np.bool_]
    """(A,) arcs that stay."""


@inlined
def orientation(first: NDArray[np.float64], second: NDArray[np.float64], x: float, y: float) -> int:
    """Side of the line from `first` to `second` that x, y is on: 1 or -1.

    0: on the line, or too near to it to tell.

    Exact where the products of differences of coordinates are: for corners of pixels, and for
    smoothed ones.
    """
    left = (first[0] - x) * (second[1] - y)
    right = (first[1] - y) * (second[0] - x)
    bound = RELATIVE_ERROR * (abs(left) + abs(right))
    if left - right > bound:
        return 1
    return -1 if left - right < -bound else 0


@inlined
def equal(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Whether two points have the same coordinates."""
    return bool(first[0] == second[0] and first[1] == second[1])


@inlined
def find_blocker(
    index: PointIndex, triangle: NDArray[np.float64], arc: int, present: NDArray[np.bool_]
) -> int:
    """FREE if the closed triangle (3, 2) holds no point but its corners, else what is in it.

    FOREIGN: a point of another arc; a number from 0 on: the position of a point of this arc.

    Points of the arc count where `present` by position.
    """
    left = min(triangle[0, 0], triangle[1, 0], triangle[2, 0])
    right = max(triangle[0, 0], triangle[1, 0], triangle[2, 0])
    top = min(triangle[0, 1], triangle[1, 1], triangle[2, 1])
    bottom = max(triangle[0, 1], triangle[1, 1], triangle[2, 1])
    blocker = FREE
    points, numbers, arcs = index.points, index.numbers, index.arcs
    first, last = rows_between(index, top, bottom)
    for row in range(first, last):
        low, high = left, right
        # A triangle over many rows of cells is narrower in each than its rectangle.
        if last - first > 2:
            upper = index.corner[1] + row * index.size
            low, high = span(triangle, upper, upper + index.size)
        begin, end = entries(index, row, low, high)
        for entry in range(begin, end):
            number = numbers[entry]
            x, y = points[number, 0], points[number, 1]
            if x < left or x > right or y < top or y > bottom:
                continue
            own = arcs[entry] == arc
            if (not own or present[number - index.offsets[arc]]) and _holds(triangle, x, y):
                if not own:
                    return FOREIGN
                blocker = number - index.offsets[arc]
    return blocker


@inlined
def _holds(triangle: NDArray[np.float64], x: float, y: float) -> bool:
    """Whether a point is in a triangle or on its sides, but not at a corner.

    The point is within the rectangle around the triangle.

    Outside, it is on different sides of two edges; on the line of a flat triangle it is on it,
    being in the rectangle.
    """
    before, behind = False, False
    for corner in range(3):
        if triangle[corner, 0] == x and triangle[corner, 1] == y:
            return False
        side = orientation(triangle[corner - 1], triangle[corner], x, y)
        before, behind = before or side > 0, behind or side < 0
    return not (before and behind)


@compiled
def touches_others(index: PointIndex, point: NDArray[np.float64], arc: int) -> bool:
    """Whether another arc has a point at this place."""
    begin, end = entries(index, row_of(index, point[1]), point[0], point[0])
    for entry in range(begin, end):  # kernels have no generators
        if index.arcs[entry] != arc and equal(index.points[index.numbers[entry]], point):
            return True
    return False


@compiled
def fewest_inner(borders: Borders, index: PointIndex, arc: int) -> int:
    """How many points an arc must keep between its ends.

    2 if it is closed, 0 if it may become a line, else 1.

    Of the arcs between the same two junctions one may: the one that is a line already, or else the
    one of those not fixed whose sides, walking from the junction that is first, row by row, are the
    smallest. No two have the same.
    """
    first, last = borders.points[borders.offsets[arc]], borders.points[borders.offsets[arc + 1] - 1]
    if equal(first, last):
        return 2
    # All arcs that meet a junction have an end there, so the cell of one junction names them.
    begin, end = entries(index, row_of(index, first[1]), first[0], first[0])
    for entry in range(begin, end):
        other_arc = index.arcs[entry]
        if other_arc == arc or not equal(index.points[index.numbers[entry]], first):
            continue
        # Each arc is asked on its own, perhaps by several threads at once. They agree because the
        # order looks at the arcs as they were, and is total.
        if _ends_at(borders, other_arc, last) and _goes_before(borders, other_arc, arc):
            return 1
    return 0


@compiled
def _ends_at(borders: Borders, arc: int, place: NDArray[np.float64]) -> bool:
    first, last = borders.offsets[arc], borders.offsets[arc + 1] - 1
    return equal(borders.points[first], place) or equal(borders.points[last], place)


@compiled
def _goes_before(borders: Borders, other_arc: int, arc: int) -> bool:
    """Whether `other_arc` is the one to become a line, of two arcs between the same junctions."""
    if borders.offsets[other_arc + 1] - borders.offsets[other_arc] == 2:
        return True
    if borders.fixed[other_arc]:
        return False
    for side in range(2):
        theirs, ours = _side(borders, other_arc, side), _side(borders, arc, side)
        if theirs != ours:
            return theirs < ours
    return other_arc < arc


@compiled
def _side(borders: Borders, arc: int, side: int) -> int:
    """Region on the left (0) or right (1) of an arc, walking from its first end, row by row."""
    first, last = borders.points[borders.offsets[arc]], borders.points[borders.offsets[arc + 1] - 1]
    backward = last[1] < first[1] or (last[1] == first[1] and last[0] < first[0])
    return int(borders.sides[arc, 1 - side if backward else side])
