"""Unions and cuts of many polygons, in time that grows with their number only."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

CELL_PIECES = 48
"""Pieces that are united at once, on average."""
MOST_POINTS = 256
"""Corners of a piece that is compared with others."""
MOST_HALVINGS = 40
"""Times that a polygon is cut in half: all its corners may lie within a millimetre."""
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


def cut_small(polygons: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Pieces of at most MOST_POINTS corners, and the index of the polygon that each is of.

    The roads of a town are one polygon of a hundred thousand corners. It meets every house, and
    each intersection with a house takes time for all corners: pieces take time for their own.
    """
    pieces, owners = polygons, np.arange(len(polygons))
    small: list[tuple[NDArray[Any], NDArray[np.int64]]] = []
    for _ in range(MOST_HALVINGS):
        large = shapely.get_num_coordinates(pieces) > MOST_POINTS
        if not large.any():
            break
        small.append((pieces[~large], owners[~large]))
        halves = shapely.intersection(np.repeat(pieces[large], 2), _halves(pieces[large]))
        pieces, numbers = shapely.get_parts(halves, return_index=True)
        areal = shapely.area(pieces) > 0
        pieces, owners = pieces[areal], np.repeat(owners[large], 2)[numbers[areal]]
    shapes, indices = zip(*small, (pieces, owners), strict=True)
    return np.concatenate(shapes), np.concatenate(indices)


def _halves(polygons: NDArray[Any]) -> NDArray[Any]:
    """Two boxes (2 N) for each polygon, which share its bounds at the middle of the longer side."""
    left, bottom, right, top = shapely.bounds(polygons).T
    wide = right - left >= top - bottom
    middle = np.where(wide, left + right, bottom + top) / 2
    first = shapely.box(left, bottom, np.where(wide, middle, right), np.where(wide, top, middle))
    second = shapely.box(np.where(wide, middle, left), np.where(wide, bottom, middle), right, top)
    halves: NDArray[Any] = np.column_stack([first, second]).ravel()
    return halves


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
