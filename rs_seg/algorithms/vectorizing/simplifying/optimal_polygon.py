"""Fewest lines on arcs: the cheapest of all polygons whose lines are within a distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.between import prepare_candidates
from rs_seg.algorithms.vectorizing.simplifying.douglas_peucker import (
    Measure,
    split_chains,
    split_widest,
)
from rs_seg.algorithms.vectorizing.simplifying.guard import Borders, fewest_inner
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex

PRICE = 16.0
"""Of a line, in cubes of the tolerance: what one line more must save of the squared distances,
summed up along the border. Chosen on towns that docs/experiments.md names."""
REACH = 1024
"""Points that a line passes at most, so that time grows with the number of points."""


class Sight(NamedTuple):
    """Directions (2,) between which a line from a point sees all points of a chain near it."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


@compiled
def choose_corners(
    borders: Borders,
    index: PointIndex,
    chunk: tuple[int, int],
    measure: Measure,
    kept: NDArray[np.bool_],
) -> None:
    """Unmark in `kept` (P,) the points of the arcs from `chunk[0]` to before `chunk[1]` that go.

    Of all polygons along points of the arc whose lines have their points within the distance, the
    one is taken whose price is least: PRICE for each line, and the squared distances of its part of
    the arc from it, summed up along the arc. Where something lies between a line
    and its points (`is_clear`), the line is split as by Douglas and Peucker.

    Source: Imai and Iri (1988) for the sight, Selinger (2003) for the price.
    """
    longest = 0
    for arc in range(chunk[0], chunk[1]):
        longest = max(longest, borders.offsets[arc + 1] - borders.offsets[arc])
    candidates = prepare_candidates(index)
    costs, before = np.empty(longest), np.empty(longest, dtype=np.int32)
    sight = Sight(np.empty(2), np.empty(2))
    sums = np.empty(3)
    # A line for each piece at most, and what splitting one of them puts on top (DEPTH).
    stack = np.empty((longest + 64, 2), dtype=np.int64)
    for arc in range(chunk[0], chunk[1]):
        start, stop = borders.offsets[arc], borders.offsets[arc + 1]
        if borders.fixed[arc] or stop - start < 3:
            continue
        points, marks = borders.points[start:stop], kept[start:stop]
        marks[1:-1] = False
        least = fewest_inner(borders, index, arc)
        _find_cheapest(points, measure, least > 0, costs, before, sight, sums)
        waiting = _follow(before, marks, stack)
        split_chains(points, index, candidates, arc, measure, marks, stack, waiting)
        # As in `drop_near_points`: a ring of two lines would lie on itself.
        if least == 2 and marks.sum() == 3:
            waiting = split_widest(points, measure, marks, stack)
            split_chains(points, index, candidates, arc, measure, marks, stack, waiting)


@compiled
def turn_rings(
    points: NDArray[np.float64],
    offsets: NDArray[np.int64],
    rings: NDArray[np.bool_],
    chunk: tuple[int, int],
    measure: Measure,
) -> None:
    """Let rings from `chunk[0]` to before `chunk[1]` begin at a corner of their cheapest polygon.

    Where a ring begins there is a corner. So the polygon is found from any point first, and that
    of its corners is taken which is about half of the ring away.
    """
    longest = 0
    for arc in range(chunk[0], chunk[1]):
        longest = max(longest, offsets[arc + 1] - offsets[arc])
    costs, before = np.empty(longest), np.empty(longest, dtype=np.int32)
    sight, sums = Sight(np.empty(2), np.empty(2)), np.empty(3)
    for arc in range(chunk[0], chunk[1]):
        if not rings[arc]:
            continue
        ring = points[offsets[arc] : offsets[arc + 1]]
        _find_cheapest(ring, measure, True, costs, before, sight, sums)
        count = len(ring) - 1
        corner = before[count]
        # `bent` has kept the whole ring from being one line, so there is a corner before the end.
        while 2 * corner > count and before[corner] > 0:
            corner = before[corner]
        # The ring is a view that is written while it is read.
        old = ring[:count].copy()
        for point in range(count):
            ring[point] = old[(corner + point) % count]
        ring[count] = ring[0]


@compiled
def _find_cheapest(
    points: NDArray[np.float64],
    measure: Measure,
    bent: bool,
    costs: NDArray[np.float64],
    before: NDArray[np.int32],
    sight: Sight,
    sums: NDArray[np.float64],
) -> None:
    """Write the least price of a polygon up to each point, and the corner before it.

    If `bent`, the line from the first point to the last is no choice.
    """
    count, price = len(points), PRICE * measure.square**1.5
    costs[:count], costs[0] = np.inf, 0.0
    # Lines lead forward only, so the price up to `first` is final. It is finite too: every point
    # can be reached from the one before it, which is never at the same place.
    for first in range(count - 1):
        sums[:] = 0
        is_open, greatest = True, 0.0
        x, y = 0.0, 0.0
        stop = count - 1 if bent and first == 0 else count
        for last in range(first + 1, min(stop, first + 1 + REACH)):
            earlier_x, earlier_y = x, y
            x = (points[last, 0] - points[first, 0]) * measure.width
            y = (points[last, 1] - points[first, 1]) * measure.height
            _add_piece(sums, earlier_x, earlier_y, x, y)
            square = x * x + y * y
            seen = is_open or _sees(sight, x, y)
            cost = costs[first] + price
            # A line ends at the point farthest from its start so far: else the border would turn
            # back beyond its end. The misfit only adds to the price, so it is computed last.
            if seen and square > 0 and square >= greatest and cost < costs[last]:
                cost += _misfit(sums, x, y)
                if cost < costs[last]:
                    costs[last], before[last] = cost, first
            greatest = max(greatest, square)
            # A point nearer than the tolerance is near to every line from `first`. Once the sight
            # is closed, no later point can be seen.
            if square > measure.square:
                if not _narrow(sight, x, y, square, measure.square, is_open):
                    break
                is_open = False


@inlined
def _add_piece(sums: NDArray[np.float64], x: float, y: float, next_x: float, next_y: float) -> None:
    """Add the second moments of a straight piece about 0, 0, times its length."""
    length = np.sqrt((next_x - x) ** 2 + (next_y - y) ** 2)
    sums[0] += length * (x * x + x * next_x + next_x * next_x) / 3
    sums[1] += length * (2 * x * y + x * next_y + next_x * y + 2 * next_x * next_y) / 6
    sums[2] += length * (y * y + y * next_y + next_y * next_y) / 3


@inlined
def _misfit(sums: NDArray[np.float64], x: float, y: float) -> float:
    """The sum of squared distances from the line to x, y."""
    return float((sums[0] * y * y - 2 * sums[1] * x * y + sums[2] * x * x) / (x * x + y * y))


@inlined
def _sees(sight: Sight, x: float, y: float) -> bool:
    """Whether a direction is between the two of the sight."""
    return bool(
        sight.low[0] * y - sight.low[1] * x >= 0 and sight.high[0] * y - sight.high[1] * x <= 0
    )


@inlined
def _narrow(sight: Sight, x: float, y: float, square: float, limit: float, is_open: bool) -> bool:
    """Narrow the sight to lines that pass a point within the distance; whether any is left."""
    aside, along = np.sqrt(limit), np.sqrt(square - limit)
    low_x, low_y = (x * along + y * aside) / square, (y * along - x * aside) / square
    high_x, high_y = (x * along - y * aside) / square, (y * along + x * aside) / square
    if is_open:
        sight.low[0], sight.low[1] = low_x, low_y
        sight.high[0], sight.high[1] = high_x, high_y
        return True
    # A border that turns back is not one line, whatever its endless line would pass.
    if (sight.low[0] + sight.high[0]) * x + (sight.low[1] + sight.high[1]) * y <= 0:
        return False
    if sight.low[0] * low_y - sight.low[1] * low_x > 0:
        sight.low[0], sight.low[1] = low_x, low_y
    if sight.high[0] * high_y - sight.high[1] * high_x < 0:
        sight.high[0], sight.high[1] = high_x, high_y
    return bool(sight.low[0] * sight.high[1] - sight.low[1] * sight.high[0] >= 0)


@compiled
def _follow(before: NDArray[np.int32], marks: NDArray[np.bool_], stack: NDArray[np.int64]) -> int:
    """Mark the corners of the cheapest polygon and put its lines on the stack: how many."""
    waiting, last = 0, len(marks) - 1
    while last > 0:
        first = before[last]
        stack[waiting, 0], stack[waiting, 1] = first, last
        marks[first] = True
        waiting += 1
        last = first
    return waiting
