"""Outlines of buildings with straight walls, from outlines of pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.buildings.pixel_outlines import (
    Outline,
    following,
    lies_near,
    signed_area,
)
from rs_seg.algorithms.vectorizing.buildings.wall_lines import (
    distances_of,
    meet,
    moments_of,
    parts_of,
    weighted_means,
)
from rs_seg.algorithms.vectorizing.buildings.walls import find_breaks, part_outline

MOST_BREAKS = 400
"""Outlines with more possible corners are no buildings; time and memory grow with the square."""
AREA_TOLERANCE = 0.03
"""Greatest change of area, as a share; the walls are moved so that it is close to none."""
WALL_COSTS = (1.0, 0.25, 0.06)
"""What a wall costs against misfit, in cubes of the greatest departure: the simple outline is tried
first."""
DIAGONAL = 2.0
"""How much more than others a wall at 45 degrees costs."""


@dataclass(frozen=True)
class Footprint:
    """A regular outline: wall `k` runs from corner `k` to the next.

    It stands for the sides of pixels from `starts[k]` on.
    """

    corners: NDArray[np.float64]
    """(K, 2), in ground metres (x, y), in the order of the outline."""
    starts: NDArray[np.int64]
    """(K,) positions in the outline of pixels; they grow, except where they begin anew once."""
    direction: float
    """Of the main walls, in radians, modulo 90 degrees."""


def fit_footprint(
    outline: Outline,
    *,
    maximum_departure: float,
    pixel_size: tuple[float, float],
    directions: Sequence[float] = (),
) -> Footprint | None:
    """The simplest regular outline within a distance of an outline of pixels, or None.

    A rectangle is tried first, then walls at right angles and at 45 degrees to a main direction,
    few first. No point of either outline is farther from the other than `maximum_departure` (ground
    metres), and no wall is much shorter than that; the walls are moved outward or inward together
    so that the area is kept (within 3 %).

    The main direction is the best of those given; if none is, the one of three (mean of the
    tangents modulo 90 degrees, smallest rectangle around, longest side of the outline) whose walls
    fit best, then turned to the least squared misfit. The outline is parted into
    walls at the lowest sum of squared misfit and cost per wall: a minimum description length, by
    dynamic programming.
    Source: in the spirit of Sester and Neidhart (2008) and Guercke and Sester (2011), who fit walls
    by least squares.
    """
    count = len(outline.middles)
    pixel = min(pixel_size)
    start = int(np.argmin(outline.middles.sum(axis=1)))
    origin = outline.middles.mean(axis=0)
    points = _begin(outline.middles - origin, start)
    breaks = _widen(find_breaks(points, 0.6 * max(pixel_size)), count)
    if not 3 <= len(breaks) <= MOST_BREAKS or maximum_departure <= pixel / 2:
        return None
    points, lengths, breaks = (
        outline.middles - origin,
        outline.lengths,
        np.sort((breaks + start) % count),
    )
    bound, shortest = maximum_departure - pixel / 2, max(maximum_departure, pixel) - pixel
    for walls, direction in _propose(points, lengths, breaks, (bound, shortest), directions):
        corners = _intersect(points, lengths, walls, direction, outline.area)
        if corners is not None and _fits(corners + origin, outline, maximum_departure, pixel):
            return Footprint(corners + origin, walls[:, 0], direction)
    return None


def _begin(values: NDArray[np.float64], start: int) -> NDArray[np.float64]:
    """Values around a closed line, begun at one of them; faster than `np.roll`."""
    return np.concatenate([values[start:], values[:start]])


def _widen(breaks: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Breaks with the points after them.

    A corner lies between the middles of two sides, and one of the two is a break.
    """
    wider: NDArray[np.int64] = np.unique(np.concatenate([breaks, (breaks + 1) % count]))
    return wider


def _propose(
    points: NDArray[np.float64],
    lengths: NDArray[np.float64],
    breaks: NDArray[np.int64],
    limits: tuple[float, float],
    given: Sequence[float],
) -> Iterator[tuple[NDArray[np.int64], float]]:
    """Walls (W, 2) and main directions, simple ones first."""
    directions = given or _main_directions(points, breaks)
    cube = float(limits[0] ** 3)
    # At a cost beyond every misfit the fewest walls win; of these only rectangles are good.
    dear = 1e3 * float((lengths * (points**2).sum(axis=1)).sum())
    for cost in (dear, *(share * cube for share in WALL_COSTS)):
        best, best_walls, main = np.inf, np.zeros((0, 2), np.int64), 0.0
        for direction in directions:
            price, walls = part_outline(
                points, lengths, breaks, (direction, *limits), (cost, DIAGONAL * cost)
            )
            if price < best:
                best, best_walls, main = price, walls, direction
        if len(best_walls) >= 4 and (cost < dear or _is_rectangle(best_walls)):
            yield best_walls, main if given else _turn(points, lengths, best_walls, main)


def _is_rectangle(walls: NDArray[np.int64]) -> bool:
    return len(walls) == 4 and bool((np.diff(walls[:, 1]) % 2 == 0).all())


def _main_directions(points: NDArray[np.float64], breaks: NDArray[np.int64]) -> list[float]:
    """Likely directions of walls, modulo 90 degrees, in radians."""
    reach = min(max(len(points) // 16, 2), 8)
    tangents = _begin(points, reach) - _begin(points, -reach)
    numbers = tangents[:, 0] + 1j * tangents[:, 1]
    # The fourth power is the same for all directions 90 degrees apart.
    fourth = (numbers**4 / np.maximum(np.abs(numbers), 1e-12) ** 3).sum()
    sides = following(points[breaks]) - points[breaks]
    longest = sides[np.argmax((sides**2).sum(axis=1))]
    around = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shapely.linestrings(points)))
    edge = around[1] - around[0] if len(around) > 2 else longest
    angles = [
        np.angle(fourth) / 4,
        np.arctan2(edge[1], edge[0]),
        np.arctan2(longest[1], longest[0]),
    ]
    return [float(angle) for angle in angles]


def _turn(
    points: NDArray[np.float64],
    lengths: NDArray[np.float64],
    walls: NDArray[np.int64],
    direction: float,
) -> float:
    """The main direction of least squared misfit of all walls together."""
    parts = parts_of(walls, len(points))
    middles = [
        weighted_means(points[:, axis], lengths, parts, len(walls))[parts] for axis in (0, 1)
    ]
    ways = _ways(walls, direction)
    mixed, lengthwise = moments_of(points - np.stack(middles, axis=1), lengths, parts, ways)
    return direction + 0.5 * float(np.arctan2(2 * mixed.sum(), lengthwise.sum()))


def _ways(walls: NDArray[np.int64], direction: float) -> NDArray[np.float64]:
    """Unit vectors (W, 2) along the walls (W, 2)."""
    angles = direction + walls[:, 1] * (np.pi / 4)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _intersect(
    points: NDArray[np.float64],
    lengths: NDArray[np.float64],
    walls: NDArray[np.int64],
    direction: float,
    area: float,
) -> NDArray[np.float64] | None:
    """Corners (K, 2) of the walls in their least-squares positions; None if walls cross.

    The walls are moved together, so that the outline has the given area.
    """
    ways, parts = _ways(walls, direction), parts_of(walls, len(points))
    positions = weighted_means(distances_of(points, parts, ways), lengths, parts, len(walls))
    for _ in range(3):
        corners, spans = meet(positions, ways)
        if spans.min() <= 0:
            return None
        positions = positions - (area - signed_area(corners)) / spans.sum()
    return corners


def _fits(
    corners: NDArray[np.float64], outline: Outline, maximum_departure: float, pixel: float
) -> bool:
    """Whether an outline is simple, keeps the area and departs little, either way."""
    return (
        abs(signed_area(corners) / outline.area - 1) <= AREA_TOLERANCE
        and lies_near(corners, outline, maximum_departure, pixel)
        and bool(shapely.is_valid(shapely.polygons(corners)))
    )
