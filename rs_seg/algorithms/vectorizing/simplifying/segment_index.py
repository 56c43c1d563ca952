"""Lines of borders, as they are and as they may become: which of them are near a place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.point_index import span

LINES_PER_CELL = 2
MANY_CELLS = 1 << 24


Place = tuple[float, float]
"""x, y."""
Line = tuple[Place, Place]
Triangle = tuple[Place, Place, Place]
"""Where the neighbour of a point is, where the point is, and where it may move to."""


class Corners(NamedTuple):
    """Points of borders and the places that some of them may move to.

    The last point of a ring is its first again; its line goes back to the first, and the last
    belongs to no line.
    """

    points: NDArray[np.float64]
    """(P, 2) x, y."""
    previous: NDArray[np.int32]
    """(P,) the point before each, or -1."""
    following: NDArray[np.int32]
    """(P,) the point after each, or -1. Line p goes from point p to the one after it."""
    targets: NDArray[np.float64]
    """(P, 2) where each may move to."""
    moving: NDArray[np.bool_]
    """(P,) which points may move: no two neighbours."""


class SegmentIndex(NamedTuple):
    """Lines by square cells of the map that they may touch; cells in a row follow one another.

    Entry p below P is line p as it is. Entry P + 2 p is the line that would lead to the point p
    from the one before if p moved, and P + 2 p + 1 the one from it to the next.
    """

    entries: NDArray[np.int32]
    """Lines by cells, in any order within a cell."""
    starts: NDArray[np.int64]
    """(cells + 1,) first entry of each cell."""
    columns: int
    corner: tuple[float, float]
    """x and y of the first cell."""
    size: float
    """Side of a cell in pixels."""


def index_segments(corners: Corners) -> SegmentIndex:
    """Index of all lines of borders as they are, and of those that would come with moves."""
    points = corners.points
    reach = np.abs(corners.targets - points).max(initial=0) + 1
    left, top = (float(low) for low in np.floor(points.min(axis=0) - reach))
    width, height = (float(side) for side in points.max(axis=0) - (left, top) + 2 * reach)
    cells = min(max(len(points) / LINES_PER_CELL, 1), MANY_CELLS)
    size = max(2.0, 2.0 ** np.ceil(np.log2(width * height / cells) / 2))
    rows, columns = int(height / size) + 1, int(width / size) + 1
    starts = np.zeros(rows * columns + 1, dtype=np.int64)
    empty = SegmentIndex(np.empty(0, np.int32), starts, columns, (left, top), size)
    _visit(corners, empty, True)
    index = empty._replace(entries=np.empty(int(starts.sum()), dtype=np.int32))
    np.cumsum(starts, out=starts)
    _visit(corners, index, False)
    return index


@inlined
def line_count(corners: Corners) -> int:
    """How many numbers of lines there are."""
    return 3 * len(corners.points)


@inlined
def ends_of(corners: Corners, line: int) -> tuple[int, int, bool]:
    """Points at the ends of a line, and whether the second one is meant where it may move to.

    The first is -1 where there is no such line.
    """
    count = len(corners.points)
    if line < count:
        after = corners.following[line]
        return (line if after >= 0 else -1), after, False
    point = (line - count) // 2
    if not corners.moving[point]:
        return -1, -1, True
    return (
        corners.previous[point] if (line - count) % 2 == 0 else corners.following[point],
        point,
        True,
    )


@inlined
def read_line(corners: Corners, line: int) -> Line:
    """The ends of a line that there is; the second is the one that may be new."""
    first, second, moved = ends_of(corners, line)
    stays = place_of(corners.points, first)
    return stays, place_of(corners.targets if moved else corners.points, second)


@inlined
def place_of(points: NDArray[np.float64], number: int) -> Place:
    """x, y of one of the points (P, 2)."""
    return points[number, 0], points[number, 1]


@compiled
def _visit(corners: Corners, index: SegmentIndex, counting: bool) -> None:
    """Count the lines of each cell, or write them there, from the end of each cell on."""
    ends = np.empty((2, 2))
    for line in range(line_count(corners)):
        if ends_of(corners, line)[0] < 0:
            continue
        (ends[0, 0], ends[0, 1]), (ends[1, 0], ends[1, 1]) = read_line(corners, line)
        top, bottom = min(ends[0, 1], ends[1, 1]), max(ends[0, 1], ends[1, 1])
        for row in range(row_at(index, top), row_at(index, bottom) + 1):
            first, last = columns_of(index, ends, row)
            for cell in range(row * index.columns + first, row * index.columns + last + 1):
                if counting:
                    index.starts[cell] += 1
                else:
                    index.starts[cell] -= 1
                    index.entries[index.starts[cell]] = line


@inlined
def row_at(index: SegmentIndex, y: float) -> int:
    """The row of cells that holds a y of a line."""
    return int((y - index.corner[1]) / index.size)


@inlined
def columns_of(index: SegmentIndex, shape: NDArray[np.float64], row: int) -> tuple[int, int]:
    """First and last column of cells in a row that a line or triangle (N, 2) may touch."""
    top = index.corner[1] + row * index.size
    low, high = span(shape, top, top + index.size)
    first = int((low - index.corner[0]) / index.size)
    last = int((high - index.corner[0]) / index.size)
    return max(first, 0), min(last, index.columns - 1)
