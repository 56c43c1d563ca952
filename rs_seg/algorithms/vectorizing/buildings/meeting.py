"""Where lines meet outlines, and walls meet lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.buildings.pixel_outlines import following
from rs_seg.algorithms.vectorizing.buildings.plane import Points


class Spot(NamedTuple):
    """A place on the outline: the share of a wall, and the point."""

    wall: int
    share: float
    point: NDArray[np.float64]


def last_crossing(line: Points, ring: Points) -> tuple[int, Spot] | None:
    """Last place where a line (N, 2) crosses a closed line (K, 2); None if there is none.

    Which part of the line it is, and where on the closed line.
    """
    start, way = line[:-1, None], np.diff(line, axis=0)[:, None]
    begin, along = ring[None], following(ring)[None] - ring[None]
    offset = begin - start
    determinant = cross(way, along)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, place = cross(offset, along) / determinant, cross(offset, way) / determinant
        met = (share >= 0) & (share <= 1) & (place >= 0) & (place < 1)
    if not met.any():
        return None
    progress = np.where(met, np.arange(len(way))[:, None] + share, -1.0)
    part, wall = np.unravel_index(int(np.argmax(progress)), progress.shape)
    return int(part), Spot(
        int(wall), float(place[part, wall]), line[part] + share[part, wall] * way[part, 0]
    )


def cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Above 0 where b points to the right of a, rows growing downward."""
    product: NDArray[np.float64] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return product


class Landing(NamedTuple):
    """Where a wall meets the outline beside it, along one of the two lines that leave a node."""

    line: int
    """Which of the two."""
    passed: int
    """Points of that line, from the node, that lie before the point."""
    point: NDArray[np.float64]


def land(
    corner: Points, along: Points, lines: tuple[Points, Points], reach: float, near: float
) -> Landing | None:
    """Where the wall through a corner meets the lines that leave a node, nearest to the node.

    Parallel lines (to 12 degrees), and places beyond the reach, do not count. Where the wall meets
    neither line, a point of them that is near to the wall takes the place.
    """
    nearest, landing = reach, None
    unit = along / np.hypot(*along)
    for number, line in enumerate(lines):
        sides = cross(unit[None], line - corner)
        for part in np.flatnonzero((sides[:-1] <= 0) != (sides[1:] <= 0)):
            way = line[part + 1] - line[part]
            point = line[part] + sides[part] / (sides[part] - sides[part + 1]) * way
            distance = float(np.hypot(*(point - line[0])))
            if distance < nearest and abs(cross(unit, way)) > 0.2 * np.hypot(*way):
                nearest, landing = distance, Landing(number, int(part) + 1, point)
    return landing or _pass(corner, unit, lines, reach, near)


def _pass(
    corner: Points, unit: Points, lines: tuple[Points, Points], reach: float, near: float
) -> Landing | None:
    """The point nearest to a node that a wall passes near, of the lines that leave the node.

    The last point of each line does not count.
    """
    nearest, landing = reach, None
    for number, line in enumerate(lines):
        for place in np.flatnonzero(np.abs(cross(unit[None], line[:-1] - corner)) <= near):
            distance = float(np.hypot(*(line[place] - line[0])))
            if distance < nearest:
                nearest, landing = distance, Landing(number, int(place), line[place])
    return landing


def bends(before: Points, point: Points, after: Points) -> bool:
    """Whether a line turns at a point."""
    first, second = point - before, after - point
    return bool(abs(cross(first, second)) > 1e-6 * np.hypot(*first) * np.hypot(*second))
