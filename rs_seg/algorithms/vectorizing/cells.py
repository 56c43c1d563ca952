"""Polygons cut along the cells of a square lattice, each piece in the cell that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Span = tuple[int, int, int, int]
"""First row and column of cells, and the last."""


@dataclass(frozen=True)
class CellPiece:
    """A polygon, or the part of it in a cell: the number of the polygon, the cell, the shape."""

    number: int
    row: int
    column: int
    shape: Any


def cut_into_cells(shapes: NDArray[np.object_], side: float) -> Iterator[CellPiece]:
    """The pieces of polygons (N,) in cells of this side that begin at 0, 0 (x: columns, y: rows).

    Pieces are polygons or several of them as one. A polygon over many cells is halved again and
    again, so that each of its points is looked at a few times only.
    """
    spans = _spans(shapes, side)
    for number, (shape, span) in enumerate(zip(shapes, spans, strict=True)):
        for piece, (row, column, *_) in _halve(shape, span, side):
            yield CellPiece(number, row, column, piece)


def rings_of(shape: Any) -> list[NDArray[np.float64]]:
    """Points (N, 2) of all rings, shells and holes; the repeated last point is left out."""
    coordinates, numbers = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shape)), return_index=True
    )
    ends = np.flatnonzero(np.diff(numbers)) + 1
    return [ring[:-1] for ring in np.split(coordinates, ends) if len(ring)]


def choose_side(height: int, width: int, *, polygons: int, per_cell: int, least: int) -> int:
    """The side of cells that hold about `per_cell` polygons each, of a scene of this size.

    `least` or that times a power of two; the whole scene where it has few polygons.
    """
    side = least
    while side < max(height, width):
        side *= 2
    while side > least and polygons > per_cell * -(-height // side) * -(-width // side):
        side //= 2
    return side


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


def _halve(shape: Any, span: Span, side: float) -> Iterator[tuple[Any, Span]]:
    """Pieces of a shape that each lie in one cell, with that cell as a span."""
    waiting = [(shape, span)]
    while waiting:
        shape, (row, column, last_row, last_column) = waiting.pop()
        if row == last_row and column == last_column:
            yield shape, (row, column, row, column)
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
