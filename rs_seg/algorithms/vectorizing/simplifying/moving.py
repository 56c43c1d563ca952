"""Whether a corner may move: nothing in its way, whatever other corners do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.guard import RELATIVE_ERROR
from rs_seg.algorithms.vectorizing.simplifying.segment_index import (
    Corners,
    Line,
    Place,
    SegmentIndex,
    Triangle,
    columns_of,
    place_of,
    read_line,
    row_at,
)


@compiled
def is_move_clear(
    corners: Corners, index: SegmentIndex, point: int, room: NDArray[np.float64]
) -> bool:
    """Whether a point may move, whatever other points do; `room` (3, 2) is overwritten.

    It may if none of its two new lines meets another line, as that is or may become, but at their
    ends that stay, and no end of a line lies in the two triangles between the old lines and the
    new ones. So lines that are apart stay apart, whichever of the points that may move do, and
    what lies on one side of a line stays there.
    """
    old, new = place_of(corners.points, point), place_of(corners.targets, point)
    before = place_of(corners.points, corners.previous[point])
    after = place_of(corners.points, corners.following[point])
    return not (
        _is_blocked(corners, index, point, (before, old, new), after, room)
        or _is_blocked(corners, index, point, (after, old, new), before, room)
    )


@inlined
def _is_blocked(
    corners: Corners,
    index: SegmentIndex,
    point: int,
    triangle: Triangle,
    beyond: Place,
    room: NDArray[np.float64],
) -> bool:
    """Whether something is in the way of a point in a triangle; its other neighbour is `beyond`."""
    for corner in range(3):
        room[corner, 0], room[corner, 1] = triangle[corner]
    (left, top), (right, bottom) = _box(triangle)
    for row in range(row_at(index, top), row_at(index, bottom) + 1):
        first, last = columns_of(index, room, row)
        cells = row * index.columns
        for entry in range(index.starts[cells + first], index.starts[cells + last + 1]):
            line = index.entries[entry]
            (x, y), (other_x, other_y) = ends = read_line(corners, line)
            # Most lines in the cells are beside the triangle.
            if max(x, other_x) < left or min(x, other_x) > right:
                continue
            if max(y, other_y) < top or min(y, other_y) > bottom:
                continue
            if not _is_own(corners, line, point) and (
                _blocks(triangle, ends) or _turns_over(triangle, beyond, ends)
            ):
                return True
    return False


@inlined
def _box(triangle: Triangle) -> Line:
    """Least and greatest x and y."""
    (x, y), (x1, y1), (x2, y2) = triangle
    return (min(x, x1, x2), min(y, y1, y2)), (max(x, x1, x2), max(y, y1, y2))


@inlined
def _is_own(corners: Corners, line: int, point: int) -> bool:
    """Whether a line leads to a point or from it, as it is or as it may become."""
    count = len(corners.points)
    if line >= count:
        return bool((line - count) // 2 == point)
    return bool(line == point or corners.following[line] == point)


@inlined
def _side(first: Place, second: Place, point: Place) -> int:
    """Side of a line that a point is on, as in `guard.orientation`."""
    left = (first[0] - point[0]) * (second[1] - point[1])
    right = (first[1] - point[1]) * (second[0] - point[0])
    bound = RELATIVE_ERROR * (abs(left) + abs(right))
    if left - right > bound:
        return 1
    return -1 if left - right < -bound else 0


@inlined
def _blocks(triangle: Triangle, ends: Line) -> bool:
    """Whether a line has an end in a triangle, or meets its side between neighbour and new place.

    Lines that end at the neighbour meet that side there, which is no harm.
    """
    if _lies_in(triangle, ends[0]) or _lies_in(triangle, ends[1]):
        return True
    stays, new = triangle[0], triangle[2]
    if ends[0] == stays:
        return _goes_along(stays, new, ends[1])
    if ends[1] == stays:
        return _goes_along(stays, new, ends[0])
    return (
        _side(stays, new, ends[0]) * _side(stays, new, ends[1]) <= 0
        and _side(ends[0], ends[1], stays) * _side(ends[0], ends[1], new) <= 0
    )


@inlined
def _lies_in(triangle: Triangle, point: Place) -> bool:
    """Whether a point is in a triangle or on its sides, but not at a corner."""
    low, high = _box(triangle)
    if not (low[0] <= point[0] <= high[0] and low[1] <= point[1] <= high[1]):
        return False
    if point in triangle:
        return False
    sides = (
        _side(triangle[0], triangle[1], point),
        _side(triangle[1], triangle[2], point),
        _side(triangle[2], triangle[0], point),
    )
    return min(sides) == 0 or max(sides) == 0 or min(sides) == max(sides)


@inlined
def _goes_along(stays: Place, new: Place, end: Place) -> bool:
    """Whether two lines from one place go in one direction, or too nearly so to tell."""
    along = (new[0] - stays[0]) * (end[0] - stays[0]) + (new[1] - stays[1]) * (end[1] - stays[1])
    return along > 0 and _side(stays, new, end) == 0


@inlined
def _turns_over(triangle: Triangle, beyond: Place, ends: Line) -> bool:
    """Whether a line joins both neighbours of a point, and the point would come to its other side.

    Such a line has no end that could lie in a triangle.
    """
    near = triangle[0]
    if not ((ends[0] == near and ends[1] == beyond) or (ends[1] == near and ends[0] == beyond)):
        return False
    return _side(near, beyond, triangle[1]) * _side(near, beyond, triangle[2]) <= 0
