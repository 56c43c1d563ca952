"""Integrals along borders, over a lattice of what a step means on the ground.

Kernels of `ground.py`. Points are columns and rows; the lattice has nodes every `steps` pixels
(rows, columns) and lies in a table (rows, columns, numbers).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled

PLACES = (0.5 - 0.5 / 3**0.5, 0.5 + 0.5 / 3**0.5)
"""Where Gauss's two points lie along a piece of an edge; each weighs one half."""


@compiled
def integrate_areas(
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
    table: NDArray[np.float64],
    steps: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Integral of the cumulative area along each arc, towards smaller rows.

    Two Gauss points in each cell of the lattice that is crossed.
    """
    sums = np.zeros(len(offsets) - 1)
    for arc in range(len(sums)):
        for point in range(offsets[arc], offsets[arc + 1] - 1):
            column, row = points[point]
            across, down = points[point + 1, 0] - column, points[point + 1, 1] - row
            # Green's theorem integrates over rows only: a level edge adds nothing.
            if down == 0:
                continue
            pieces = _count_pieces(across, down, steps)
            across, down = across / pieces, down / pieces
            for piece in range(pieces):
                for place in PLACES:
                    along = piece + place
                    sums[arc] -= (
                        0.5
                        * down
                        * _area_before(column + along * across, row + along * down, table, steps)
                    )
    return sums


@compiled
def measure_lengths(
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
    table: NDArray[np.float64],
    steps: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Length of each arc: the integral of the metric, by the same quadrature."""
    sums = np.zeros(len(offsets) - 1)
    for arc in range(len(sums)):
        for point in range(offsets[arc], offsets[arc + 1] - 1):
            column, row = points[point]
            across, down = points[point + 1, 0] - column, points[point + 1, 1] - row
            pieces = _count_pieces(across, down, steps)
            across, down = across / pieces, down / pieces
            for piece in range(pieces):
                for place in PLACES:
                    along = piece + place
                    e, f, g = _metric_at(column + along * across, row + along * down, table, steps)
                    square = e * across * across + 2 * f * across * down + g * down * down
                    # The interpolated metric may be slightly negative where a map is nearly
                    # degenerate.
                    sums[arc] += 0.5 * np.sqrt(max(square, 0.0))
    return sums


@compiled
def _count_pieces(across: float, down: float, steps: NDArray[np.float64]) -> int:
    """Pieces of an edge, each no longer than a cell of the lattice along either axis."""
    return max(int(np.ceil(max(abs(down) / steps[0], abs(across) / steps[1]))), 1)


@compiled
def _area_before(
    column: float, row: float, table: NDArray[np.float64], steps: NDArray[np.float64]
) -> float:
    """Square metres per pixel row before a place.

    Hermite's cubic along the columns, Lagrange's across the rows.
    """
    place = column / steps[1]
    # A place on the last node, or beyond it by rounding, belongs to the last cell: the cubics go on
    # there.
    left = min(max(int(place), 0), table.shape[1] - 2)
    u = place - left
    v = 1 - u
    start, start_slope = v * v * (1 + 2 * u), u * v * v
    end, end_slope = u * u * (1 + 2 * v), -u * u * v
    # Along a row the nodes have slopes too: two nodes make the cubic of a cell, and cells that meet
    # at a node have the same slope there. Across the rows there are none.
    top, weights = _weights(row / steps[0], table.shape[0])
    area = 0.0
    for index in range(4):
        first, second = table[top + index, left], table[top + index, left + 1]
        area += weights[index] * (
            start * first[0] + start_slope * first[1] + end * second[0] + end_slope * second[1]
        )
    return area


@compiled
def _metric_at(
    column: float, row: float, table: NDArray[np.float64], steps: NDArray[np.float64]
) -> tuple[float, float, float]:
    """E, F and G at a place: Lagrange's cubics along columns and rows."""
    top, across_rows = _weights(row / steps[0], table.shape[0])
    left, across_columns = _weights(column / steps[1], table.shape[1])
    e, f, g = 0.0, 0.0, 0.0
    for i in range(4):
        for j in range(4):
            weight = across_rows[i] * across_columns[j]
            node = table[top + i, left + j]
            e += weight * node[0]
            f += weight * node[1]
            g += weight * node[2]
    return e, f, g


@compiled
def _weights(place: float, nodes: int) -> tuple[int, tuple[float, float, float, float]]:
    """First of the four nodes around a place along an axis, and their four weights.

    The place is in steps of the lattice.
    """
    # Four nodes also at the rim of the lattice, where the place is not in the middle of them.
    first = min(max(int(place) - 1, 0), nodes - 4)
    a = place - first
    b, c, d = a - 1, a - 2, a - 3
    return first, (-b * c * d / 6, a * c * d / 2, -a * b * d / 2, a * b * c / 6)
