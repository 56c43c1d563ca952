"""Where the points of borders lie: which points are near a place, without looking at the others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.arcs import Arcs

POINTS_PER_CELL = 2
LARGE_CELL, MANY_CELLS = 8, 1 << 24
"""Cells are larger than so many pixels, which is slow where borders are dense, only if there were
more of them."""

ROUNDING = 1e-6
"""Pixels: added to what is searched, more than the error of any coordinate computed here."""


class PointIndex(NamedTuple):
    """All points of all arcs by square cells of the map; cells in a row follow one another.

    Kernels read it.
    """

    points: NDArray[np.float64]
    """(P, 2) x, y of the points of one arc after another: those of the arcs, not a copy."""
    offsets: NDArray[np.int64]
    """(A + 1,) place of the first point of each arc."""
    numbers: NDArray[np.int32]
    """(P,) places in `points`, by cells: the entries of the index."""
    arcs: NDArray[np.int32]
    """(P,) the arc of each entry."""
    starts: NDArray[np.int32]
    """(cells + 1,) first entry of each cell."""
    columns: int
    """Cells in a row."""
    corner: tuple[float, float]
    """x and y of the first cell."""
    size: float
    """Side of a cell in pixels."""


def index_points(arcs: Arcs, points: NDArray[np.float64]) -> PointIndex:
    """Index of the points (P, 2) of the arcs: `arcs.points` as float64; P is not 0."""
    assert len(points) < np.iinfo(np.int32).max, "arcs and positions are 32-bit numbers"
    x, y = points.T  # least and largest of both at once would take NumPy 25 times as long
    left, top = float(np.floor(x.min())), float(np.floor(y.min()))
    width, height = float(x.max() - left + 1), float(y.max() - top + 1)
    size = 1.0
    while width * height / size**2 > (
        MANY_CELLS if size >= LARGE_CELL else len(points) / POINTS_PER_CELL
    ):
        size *= 2
    rows, columns = int(height / size) + 1, int(width / size) + 1
    cells = np.empty(len(points), dtype=np.int32)
    empty = PointIndex(
        points,
        arcs.offsets,
        np.empty(len(points), dtype=np.int32),
        np.empty(len(points), dtype=np.int32),
        np.zeros(rows * columns + 1, dtype=np.int32),
        columns,
        (left, top),
        size,
    )
    _fill(empty, cells)
    return empty


@compiled
def _fill(index: PointIndex, cells: NDArray[np.int32]) -> None:
    """Sort the points by cells: count, then deal. `cells` (P,) is room for the cell of each."""
    points, offsets, starts = index.points, index.offsets, index.starts
    for point in range(len(points)):
        cell = row_of(index, points[point, 1]) * index.columns + _column_of(index, points[point, 0])
        cells[point] = cell
        starts[cell] += 1
    for cell in range(1, len(starts)):
        starts[cell] += starts[cell - 1]
    # Backwards, so that points in a cell stay in the order of the arcs.
    for arc in range(len(offsets) - 2, -1, -1):
        for point in range(offsets[arc + 1] - 1, offsets[arc] - 1, -1):
            place = starts[cells[point]] - 1
            starts[cells[point]] = place
            index.numbers[place], index.arcs[place] = point, arc


@inlined
def row_of(index: PointIndex, y: float) -> int:
    """The row of cells that holds a y within the map."""
    return int((y - index.corner[1]) / index.size)


@inlined
def _column_of(index: PointIndex, x: float) -> int:
    return int((x - index.corner[0]) / index.size)


@inlined
def entries(index: PointIndex, row: int, low: float, high: float) -> tuple[int, int]:
    """First entry of a row of cells between two x, and the one after the last.

    Entries somewhat outside come with them: cells are taken whole.
    """
    first = min(max(_column_of(index, low), 0), index.columns - 1)
    last = min(max(_column_of(index, high), 0), index.columns - 1)
    place = row * index.columns
    return int(index.starts[place + first]), int(index.starts[place + last + 1])


@inlined
def rows_between(index: PointIndex, low: float, high: float) -> tuple[int, int]:
    """First row of cells between two y, and the one after the last."""
    rows = (len(index.starts) - 1) // index.columns
    return min(max(row_of(index, low), 0), rows - 1), min(max(row_of(index, high), 0), rows - 1) + 1


@compiled
def span(corners: NDArray[np.float64], top: float, bottom: float) -> tuple[float, float]:
    """Least and greatest x of a convex polygon between two y, such as those of a row of cells.

    The polygon (N, 2) is a closed sequence of corners.

    The polygon reaches there, up to rounding; the interval is never too small.
    """
    low, high = np.inf, -np.inf
    for corner in range(len(corners)):
        x, y = corners[corner - 1]
        across, down = corners[corner, 0] - x, corners[corner, 1] - y
        # A little more than outside: an edge that only rounding keeps out must count, as the
        # interval may be too large and never too small.
        if max(y, y + down) < top - ROUNDING or min(y, y + down) > bottom + ROUNDING:
            continue
        # A level edge that gets here lies in the strip as a whole.
        begin, end = 0.0, 1.0
        if down != 0:
            begin, end = (
                max(min((top - y) / down, 1.0), 0.0),
                max(min((bottom - y) / down, 1.0), 0.0),
            )
        first, second = x + begin * across, x + end * across
        low, high = min(low, first, second), max(high, first, second)
    return low - ROUNDING, high + ROUNDING
