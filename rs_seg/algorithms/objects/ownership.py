"""Which tile an object belongs to, so that tiles that overlap give each object once and whole.

Each tile decides for what it finds, from the plan of the tiles alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.tiling import Axis, TilePlan
from rs_seg.values.candidates import Boxes

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEAM = 2.0
"""Pixels by which the cores of tiles overlap: two tiles do not see a centre at quite the same
place, and none of them may think it is the other's."""
EDGE = 1.0
"""Pixels: a box that is nearer to an edge of its tile may be cut there."""


def belong_to(boxes: Boxes, plan: TilePlan, row: int, column: int) -> Mask:
    """Whether boxes (N, 4) in pixels of the scene belong to the tile at `row` and `column`.

    A box belongs to the tile whose core holds its centre. Cores end in the middle of what two tiles
    share, so no other tile sees more around the centre: if any tile sees the whole object, that one
    does, and of an object that it sees in part, the part at its edge has its centre in the core of
    another. Boxes at a seam belong to the tiles on both sides.
    """
    left, top, right, bottom = boxes.T
    belongs: Mask = np.logical_and(
        _in_core(plan.rows, row, (top + bottom) / 2),
        _in_core(plan.columns, column, (left + right) / 2),
    )
    return belongs


def are_cut(boxes: Boxes, plan: TilePlan, row: int, column: int) -> Mask:
    """Whether boxes (N, 4) reach to an edge of the tile behind which the scene goes on."""
    left, top, right, bottom = boxes.T
    cut: Mask = np.logical_or(
        _reach_out(plan.rows, row, top, bottom), _reach_out(plan.columns, column, left, right)
    )
    return cut


def _in_core(axis: Axis, tile: int, centres: Floats) -> Mask:
    start, end = axis.cores[tile]
    inside: Mask = (centres >= start - SEAM / 2) & (centres <= end + SEAM / 2)
    return inside


def _reach_out(axis: Axis, tile: int, first: Floats, last: Floats) -> Mask:
    origin, out = axis.origins[tile], np.zeros(len(first), dtype=bool)
    if tile > 0:
        out |= first < origin + EDGE
    if tile < len(axis.origins) - 1:
        out |= last > origin + axis.tile - EDGE
    return out
