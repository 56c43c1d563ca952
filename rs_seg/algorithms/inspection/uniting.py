"""The union of many pieces of ground, in time that grows with their number only."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

CELL_PIECES = 48
"""Pieces that are united at once, on average."""
MOST_CUTS = 3
"""Parts into which a piece is cut at most, on average."""


def unite_in_cells(pieces: NDArray[Any]) -> NDArray[Any]:
    """Polygons without common ground that cover what the pieces (polygons, which may overlap) do.

    They are united cell by cell of a coarse mesh and stay cut at its lines: one union of all takes
    time that grows faster than their number.
    """
    if len(pieces) <= CELL_PIECES:
        return areal_parts(np.array([shapely.union_all(pieces)]))
    boxes = shapely.bounds(pieces)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    count, first, last = _choose_cells((boxes - np.tile(low, 2)) / np.tile(high - low, 2))
    owner, cell = _list_cells(first, last)
    side = (high - low) / count
    corner = low + cell * side
    clipped = pieces[owner]
    cut = (first != last).any(axis=1)[owner]
    cells = shapely.box(*corner[cut].T, *(corner[cut] + side).T)
    clipped[cut] = shapely.intersection(clipped[cut], cells)
    return _unite_groups(clipped, cell[:, 0] * count + cell[:, 1])


def areal_parts(geometries: NDArray[Any]) -> NDArray[Any]:
    """The polygons of geometries.

    Polygons that only touch share lines and points, which no union of areas takes.
    """
    parts = shapely.get_parts(geometries)
    areal: NDArray[Any] = parts[shapely.area(parts) > 0]
    return areal


def _choose_cells(boxes: NDArray[np.float64]) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Cells along each side of the mesh, and the first and last cell (N, 2) of each box.

    Boxes (N, 4) are shares of the extent of all. Cells are larger where boxes would span many.
    """
    count = max(1, int(np.sqrt(len(boxes) / CELL_PIECES)))
    while True:
        cells = np.clip(np.floor(boxes * count), 0, count - 1).astype(np.int64)
        first, last = cells[:, :2], cells[:, 2:]
        if count == 1 or (last - first + 1).prod(axis=1).sum() <= MOST_CUTS * len(boxes):
            return count, first, last
        count = (count + 1) // 2


def _list_cells(
    first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each piece with each of its cells: numbers of pieces (M,) and column and row (M, 2)."""
    spans = last - first + 1
    counts = spans.prod(axis=1)
    owner = np.repeat(np.arange(len(first)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    wide = spans[owner, 0]
    return owner, first[owner] + np.column_stack([place % wide, place // wide])


def _unite_groups(pieces: NDArray[Any], group: NDArray[np.int64]) -> NDArray[Any]:
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    groups = np.split(pieces[order], starts[1:])
    return areal_parts(np.array([shapely.union_all(areal_parts(members)) for members in groups]))
