"""Fewer points on arcs by distance: chains of points become lines that all of them lie near."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.between import (
    Candidates,
    is_clear,
    prepare_candidates,
)
from rs_seg.algorithms.vectorizing.simplifying.guard import Borders, fewest_inner
from rs_seg.algorithms.vectorizing.simplifying.point_index import PointIndex

DEPTH = 64
"""Chains that wait: the longer part of each waits while the shorter is done, so that the logarithm
of P is enough."""


class Measure(NamedTuple):
    """How near the points of a chain must be to its line."""

    width: float
    """Of a pixel, on the ground."""
    height: float
    square: float
    """Of the greatest distance on the ground."""


@compiled
def drop_near_points(
    borders: Borders,
    index: PointIndex,
    chunk: tuple[int, int],
    measure: Measure,
    kept: NDArray[np.bool_],
) -> None:
    """Unmark in `kept` (P,) the points of the arcs from `chunk[0]` to before `chunk[1]` that go.

    A chain becomes a line if all of its points are within the distance of it and nothing lies
    between (`is_clear`); else it is split at the farthest point, of several the one nearest to the
    middle.

    Source: Douglas and Peucker (1973).
    """
    candidates = prepare_candidates(index)
    stack = np.empty((DEPTH, 2), dtype=np.int64)
    for arc in range(chunk[0], chunk[1]):
        start, stop = borders.offsets[arc], borders.offsets[arc + 1]
        if borders.fixed[arc] or stop - start < 3:
            continue
        # Views: marks of other arcs, which another thread may be writing, are out of reach.
        points, marks = borders.points[start:stop], kept[start:stop]
        marks[1:-1] = False
        least = fewest_inner(borders, index, arc)
        waiting = _begin(points, measure, marks, stack, least)
        split_chains(points, index, candidates, arc, measure, marks, stack, waiting)
        # A ring of two lines would lie on itself. A single point more gives it an area.
        if least == 2 and marks.sum() == 3:
            waiting = split_widest(points, measure, marks, stack)
            split_chains(points, index, candidates, arc, measure, marks, stack, waiting)


@inlined
def _begin(
    points: NDArray[np.float64],
    measure: Measure,
    marks: NDArray[np.bool_],
    stack: NDArray[np.int64],
    least: int,
) -> int:
    """The whole arc as the one chain on the stack, or its halves if it must not become a line."""
    stack[0, 0], stack[0, 1] = 0, len(points) - 1
    return 1 if least == 0 else _halve(points, measure, marks, stack, 0)


@compiled
def _halve(
    points: NDArray[np.float64],
    measure: Measure,
    marks: NDArray[np.bool_],
    stack: NDArray[np.int64],
    place: int,
) -> int:
    """Keep the farthest point of the chain on the stack at `place`, and put its two parts there.

    The longer part comes first, so the shorter one is done first.
    """
    first, last = stack[place]
    farthest, _ = _find_farthest(points, first, last, measure)
    marks[farthest] = True
    longer = 0 if 2 * farthest > first + last else 1
    stack[place + longer, 0], stack[place + longer, 1] = first, farthest
    stack[place + 1 - longer, 0], stack[place + 1 - longer, 1] = farthest, last
    return place + 2


@compiled
def split_chains(
    points: NDArray[np.float64],
    index: PointIndex,
    candidates: Candidates,
    arc: int,
    measure: Measure,
    marks: NDArray[np.bool_],
    stack: NDArray[np.int64],
    waiting: int,
) -> None:
    """Work off the chains on the stack."""
    while waiting > 0:
        waiting -= 1
        first, last = stack[waiting]
        if last - first < 2:
            continue
        # The distance first: it is cheap beside a search for points between.
        _, square = _find_farthest(points, first, last, measure)
        if square > measure.square or not is_clear(
            points[first : last + 1], index, candidates, arc, first
        ):
            # The chain that was taken off still stands at `waiting`: its parts go over it.
            waiting = _halve(points, measure, marks, stack, waiting)


@compiled
def split_widest(
    points: NDArray[np.float64],
    measure: Measure,
    marks: NDArray[np.bool_],
    stack: NDArray[np.int64],
) -> int:
    """Split that chain of a ring of two that goes farther from the line between its ends."""
    middle = 1 + int(np.argmax(marks[1:-1]))
    ends = (0, middle, len(points) - 1)
    widest, chosen = -1.0, 0
    for chain in range(2):
        if ends[chain + 1] - ends[chain] > 1:
            _, square = _find_farthest(points, ends[chain], ends[chain + 1], measure)
            if square > widest:
                widest, chosen = square, chain
    stack[0, 0], stack[0, 1] = ends[chosen], ends[chosen + 1]
    return _halve(points, measure, marks, stack, 0)


@inlined
def _find_farthest(
    points: NDArray[np.float64], first: int, last: int, measure: Measure
) -> tuple[int, float]:
    """Inner point of a chain that is farthest from the line of its ends; its squared distance."""
    x, y = points[first]
    across, down = (points[last, 0] - x) * measure.width, (points[last, 1] - y) * measure.height
    length = across * across + down * down
    farthest, greatest = first + 1, -1.0
    for point in range(first + 1, last):
        right, below = (
            (points[point, 0] - x) * measure.width,
            (points[point, 1] - y) * measure.height,
        )
        square = square_from_piece(right, below, across, down, length)
        nearer = abs(2 * point - first - last) < abs(2 * farthest - first - last)
        if square > greatest or (square == greatest and nearer):
            farthest, greatest = point, square
    return farthest, greatest


@inlined
def square_from_piece(
    right: float, below: float, across: float, down: float, length: float
) -> float:
    """Squared distance of a place from a straight piece that begins at 0, 0 and has an end.

    `length` is that of the piece, squared. Beyond its ends the distance is that from the end: it is
    that from the piece, not from the endless line.
    """
    along = right * across + below * down
    if along <= 0:
        return right * right + below * below
    if along >= length:
        return (right - across) ** 2 + (below - down) ** 2
    return float((right * down - below * across) ** 2 / length)
