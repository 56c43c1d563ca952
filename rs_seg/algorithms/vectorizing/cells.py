"""Polygons cut along the cells of a square lattice, each piece in the cell that holds it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Span = tuple[int, int, int, int]
"""First row and column of cells, and the last."""


@dataclass(frozen=True)
class CellPieces:
    """Polygons, or parts of them, that each lie in one cell: all of length N.

    `numbers` are those of the polygons, `cells` (N, 2) rows and columns. A shape is a polygon, or
    several as one.
    """

    numbers: NDArray[np.int64]
    cells: NDArray[np.int64]
    shapes: NDArray[np.object_]


def cut_into_cells(shapes: NDArray[np.object_], side: float) -> CellPieces:
    """The pieces of polygons in cells of this side that begin at 0, 0 (x: columns, y: rows).

    A polygon over many cells is halved again and again, so that each of its points is looked at a
    few times only.
    """
    numbers, cells, pieces = [], [], []
    for number, (shape, span) in enumerate(zip(shapes, _spans(shapes, side), strict=True)):
        for piece, cell in _halve(shape, span, side):
            numbers.append(number)
            cells.append(cell)
            pieces.append(piece)
    places = np.array(cells, dtype=np.int64).reshape(-1, 2)
    return CellPieces(np.array(numbers, dtype=np.int64), places, np.array(pieces, dtype=object))


def encode_rings(pieces: CellPieces, side: float, *, steps: int) -> list[list[list[int]]]:
    """The rings of each piece, shells and holes, as flat lists of x and y.

    The first point is counted from the corner of the cell, the others from the point before, in
    parts of a pixel of which one has `steps`. The repeated last point is left out, and so are rings
    that shrink to a line.
    """
    parts, piece_of_part = shapely.get_parts(pieces.shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, ring_of = shapely.get_coordinates(rings, return_index=True)
    piece_of_ring = piece_of_part[part_of_ring]
    origins = pieces.cells[piece_of_ring[ring_of], ::-1] * side
    points = np.rint((coordinates - origins) * steps).astype(np.int64)
    new_ring = np.diff(ring_of, prepend=-1) > 0
    last = np.append(new_ring[1:], True)
    moved = np.ones(len(points), dtype=np.bool_)
    moved[:-1] = np.any(points[1:] != points[:-1], axis=1)
    wanted = moved & ~last  # of equal points in a row the last; the first of a ring comes back
    points, ring_of = points[wanted], ring_of[wanted]
    before = np.vstack([np.zeros((1, 2), dtype=np.int64), points[:-1]])
    before[np.diff(ring_of, prepend=-1) > 0] = 0
    flat = (points - before).ravel().tolist()
    counts = np.bincount(ring_of, minlength=len(rings))
    ends = np.cumsum(counts) * 2
    encoded: list[list[list[int]]] = [[] for _ in pieces.shapes]
    for piece, count, end in zip(
        piece_of_ring.tolist(), counts.tolist(), ends.tolist(), strict=True
    ):
        if count >= 3:
            encoded[piece].append(flat[end - 2 * count : end])
    return encoded


def choose_side(
    height: float, width: float, *, polygon_count: int, per_cell: int, least: float, steps: int
) -> float:
    """The side of cells that hold about `per_cell` polygons each, of ground of this size.

    The longer side of all, where there are few polygons, else that halved again and again, and
    never below `least`. A whole number of parts of which a pixel has `steps`.
    """
    longer, count = max(height, width), 1
    while longer / (2 * count) >= least:
        side = longer / count
        if polygon_count <= per_cell * math.ceil(height / side) * math.ceil(width / side):
            break
        count *= 2
    return math.ceil(longer / count * steps) / steps


def _spans(shapes: NDArray[np.object_], side: float) -> list[Span]:
    """The cells that each shape touches with its inside."""
    x_min, y_min, x_max, y_max = shapely.bounds(shapes).reshape(-1, 4).T / side
    last_row, last_column = np.ceil(y_max) - 1, np.ceil(x_max) - 1
    first_row, first_column = np.floor(y_min), np.floor(x_min)
    table = np.column_stack(
        [
            first_row,
            first_column,
            np.maximum(first_row, last_row),
            np.maximum(first_column, last_column),
        ]
    )
    return [tuple(row) for row in table.astype(np.int64).tolist()]


def _halve(shape: Any, span: Span, side: float) -> Iterator[tuple[Any, tuple[int, int]]]:
    """Pieces of a shape that each lie in one cell, with row and column of that cell."""
    waiting = [(shape, span)]
    while waiting:
        shape, (row, column, last_row, last_column) = waiting.pop()
        if row == last_row and column == last_column:
            yield shape, (row, column)
            continue
        if last_row - row >= last_column - column:
            middle = (row + last_row) // 2
            halves = (row, column, middle, last_column), (middle + 1, column, last_row, last_column)
        else:
            middle = (column + last_column) // 2
            halves = (row, column, last_row, middle), (row, middle + 1, last_row, last_column)
        for half in reversed(halves):
            piece = _clip(shape, half, side)
            if piece is not None:
                waiting.append((piece, half))


def _clip(shape: Any, span: Span, side: float) -> Any:
    """The part of a shape in some cells; None where there is none with an area."""
    row, column, last_row, last_column = span
    box = column * side, row * side, (last_column + 1) * side, (last_row + 1) * side
    parts = shapely.get_parts(shapely.clip_by_rect(shape, *box))
    polygons = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    if not len(polygons):
        return None
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
