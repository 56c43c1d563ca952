"""Borders with fewer points: each arc once, so that neighbours keep sharing every point."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.simplifying.adjusting import Lines, adjust
from rs_seg.algorithms.vectorizing.simplifying.douglas_peucker import Measure, drop_near_points
from rs_seg.algorithms.vectorizing.simplifying.guard import Borders
from rs_seg.algorithms.vectorizing.simplifying.midpoints import (
    find_free_rings,
    run_through_midpoints,
)
from rs_seg.algorithms.vectorizing.simplifying.optimal_polygon import choose_corners, turn_rings
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex, index_points
from rs_seg.algorithms.vectorizing.simplifying.visvalingam import drop_small_corners

PRICE = 2.0
CHUNK = 1 << 16
"""Points that a worker takes at a time."""
FEWEST_RANKS, MOST_RANKS = 64, 1024
"""Steps in which areas are told apart: all areas between corners of pixels differ up to a tolerance
of 22 pixels."""
SLACK = 1e-9
"""Relative; a distance of just the tolerance, or an area of just its square, is one whatever the
rounding."""


Method = Literal["optimal_polygon", "douglas_peucker", "visvalingam"]


def simplify(
    arcs: Arcs,
    *,
    method: Method,
    tolerance: float,
    pixel_size: tuple[float, float],
    fixed: NDArray[np.bool_],
    workers: int = 1,
) -> Arcs:
    """The arcs with fewer points; those that are `fixed` (A,) or border the outside stay.

    `tolerance` in ground metres, `pixel_size` (height, width) in ground metres. douglas_peucker:
    points go that lie within the tolerance of the line that replaces them; visvalingam: points go
    that span triangles of at most tolerance² with those left beside them, as in GEOS;
    optimal_polygon: few straight lines (float64) near the midpoints of the sides of pixels: no
    midpoint is farther from them than the tolerance, and no corner of them is farther from the
    midpoint that it stands for. 0: the arcs as they are.

    The first and last point of each arc stay; with optimal_polygon, those of closed arcs without a
    junction are others. If the arcs meet at their ends only, they still do: neighbours share every
    point, no region is lost, turned or left without area, holes and islands stay where they are,
    and the area of the map is kept (see `guard` and `moving` for why). The number of workers and
    the order of the arcs change nothing.
    """
    assert tolerance >= 0, "distances are not negative"
    if tolerance == 0 or len(arcs) == 0:
        return arcs
    height, width = pixel_size
    measure = Measure(float(width), float(height), tolerance**2 * (1 + SLACK))
    if method == "optimal_polygon":
        return _draw_lines(arcs, measure, fixed | arcs.outer, workers)
    borders, index = prepare(arcs, fixed)
    kept = np.ones(len(borders.points), dtype=bool)
    limit = 2 * tolerance**2 / (height * width) * (1 + SLACK)
    ranks = int(min(max(limit + 1, FEWEST_RANKS), MOST_RANKS))

    def run(chunk: tuple[int, int]) -> None:
        if method == "visvalingam":
            drop_small_corners(borders, index, chunk, limit, ranks, kept)
        else:
            drop_near_points(borders, index, chunk, measure, kept)

    deal(run, arcs, workers=workers)
    return arcs.with_points(arcs.points[kept], _offsets_of(kept, arcs))


def _draw_lines(arcs: Arcs, measure: Measure, fixed: NDArray[np.bool_], workers: int) -> Arcs:
    """The arcs as few lines near the midpoints of the sides of pixels."""
    rings = find_free_rings(arcs) & ~fixed
    traced = run_through_midpoints(arcs, rings, fixed)
    share = partial(deal, arcs=traced, workers=workers)
    share(lambda chunk: turn_rings(traced.points, traced.offsets, rings, chunk, measure))
    borders, index = prepare(traced, fixed)
    kept = np.ones(len(borders.points), dtype=bool)
    share(lambda chunk: choose_corners(borders, index, chunk, measure, kept))
    offsets = _offsets_of(kept, traced)
    lines = Lines(borders.points, np.flatnonzero(kept), offsets, rings, fixed)
    return arcs.with_points(adjust(lines, measure, share), offsets)


def _offsets_of(kept: NDArray[np.bool_], arcs: Arcs) -> NDArray[np.int64]:
    """The offsets of arcs that have lost the points that are not kept."""
    counts = np.add.reduceat(kept, arcs.offsets[:-1], dtype=np.int64)
    return np.concatenate([[0], np.cumsum(counts)])


def prepare(arcs: Arcs, fixed: NDArray[np.bool_]) -> tuple[Borders, PointIndex]:
    """The arcs as kernels read them, and the index of their points."""
    points = np.ascontiguousarray(arcs.points, dtype=np.float64)
    return Borders(points, arcs.offsets, arcs.sides, fixed | arcs.outer), index_points(arcs, points)


def deal(run: Callable[[tuple[int, int]], None], arcs: Arcs, *, workers: int) -> None:
    """Call `run` with chunks of arcs of about CHUNK points, side by side.

    A chunk is its first arc and the one after its last.
    """
    ends = np.searchsorted(arcs.offsets, np.arange(0, arcs.offsets[-1], CHUNK))
    bounds = np.unique(np.append(ends, len(arcs))).tolist()
    with ThreadPoolExecutor(workers, thread_name_prefix="borders") as pool:
        for _ in pool.map(run, pairwise(bounds)):
            pass
