"""Which tile an object belongs to, so that tiles that overlap give each object once and whole.

Each tile decides for what it finds, from the plan of the tiles alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.tiling import Axis, TilePlan
from rs_seg.values.candidates import Candidates

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEAM = 2.0
"""Pixels by which the cores of tiles overlap: two tiles do not see a centre at quite the same
place, and none of them may think it is the other's."""
EDGE = 1.0
"""Pixels: a box that is nearer to an edge of its tile may be cut there."""


@dataclass(frozen=True)
class Owned:
    """Candidates (N,) that belong to a tile, and whether (N,) they reach over its edge."""

    candidates: Candidates
    is_cut: Mask


def choose_owned(
    candidates: Candidates, plan: TilePlan, row: int, column: int, *, whole: bool
) -> Owned:
    """The candidates (in pixels of the scene) that belong to the tile at `row` and `column`.

    A candidate belongs to the tile whose core holds its centre. Where `whole` boxes are asked for,
    a box that touches an inner edge of its tile is dropped when another tile holds all of it, and a
    box that the tile of its centre cannot hold belongs to the nearest one that can. Boxes at a seam
    belong to the tiles on both sides.
    """
    spans = (
        (plan.rows, row, candidates.boxes[:, 1], candidates.boxes[:, 3]),
        (plan.columns, column, candidates.boxes[:, 0], candidates.boxes[:, 2]),
    )
    belongs = np.ones(len(candidates), dtype=bool)
    is_cut = np.zeros(len(candidates), dtype=bool)
    for axis, tile, first, last in spans:
        if whole:
            own, cut = _choose_whole(axis, tile, first, last)
            belongs &= own
            is_cut |= cut
        else:
            belongs &= _distances(axis, (first + last) / 2)[tile] <= SEAM / 2
    return Owned(candidates.take(belongs), is_cut[belongs])


def _choose_whole(axis: Axis, tile: int, first: Floats, last: Floats) -> tuple[Mask, Mask]:
    """Whether boxes from `first` to `last` (N,) along an axis belong to a tile, and are cut by it.

    Any other tile that holds a box by SEAM more than it must will think so too, though it sees the
    box a little elsewhere.
    """
    distances = _distances(axis, (first + last) / 2)
    clearances = _clearances(axis, first, last)
    is_cut = clearances[tile] < EDGE
    surely_whole = clearances >= EDGE + SEAM
    nearest = np.where(surely_whole, distances, np.inf).min(axis=0)
    of_whole = ~is_cut & (distances[tile] <= nearest + SEAM / 2)
    of_cut = is_cut & np.isinf(nearest) & (distances[tile] <= SEAM / 2)
    return of_whole | of_cut, is_cut


def _distances(axis: Axis, centres: Floats) -> Floats:
    """Pixels (tiles, N) from the core of each tile to the centres, 0 inside."""
    starts, ends = np.array(axis.cores, dtype=np.float64).T[..., None]
    # what lies beyond the scene belongs to the outermost tiles
    starts[0], ends[-1] = -np.inf, np.inf
    distances: Floats = np.maximum(np.maximum(starts - centres, centres - ends), 0)
    return distances


def _clearances(axis: Axis, first: Floats, last: Floats) -> Floats:
    """Pixels (tiles, N) between each box and the inner edges of each tile, below 0 outside."""
    starts = np.array(axis.origins, dtype=np.float64)[:, None]
    ends = starts + axis.tile
    # nothing is cut at the outer edges: there is no more of the scene
    starts[0], ends[-1] = -np.inf, np.inf
    clearances: Floats = np.minimum(first - starts, ends - last)
    return clearances
