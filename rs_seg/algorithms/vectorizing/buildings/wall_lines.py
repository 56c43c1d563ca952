"""Walls as lines: which sides of pixels each stands for, how they lie, and where they meet.

As machine code, without the sums over all of them, which NumPy makes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled


@compiled
def parts_of(walls: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Number of the wall (count,) that each side of an outline belongs to.

    `walls` (W, 2) begin with the first of their sides, W is not 1.
    """
    parts = np.empty(count, np.int64)
    for wall in range(len(walls)):
        begin, end = walls[wall, 0], walls[(wall + 1) % len(walls), 0]
        for step in range((end - begin) % count):
            parts[(begin + step) % count] = wall
    return parts


@compiled
def weighted_means(
    values: NDArray[np.float64], lengths: NDArray[np.float64], parts: NDArray[np.int64], walls: int
) -> NDArray[np.float64]:
    """Means (walls,) of values (N,) over the sides of each wall, by the lengths of the sides."""
    sums, weights = np.zeros(walls), np.zeros(walls)
    for side in range(len(values)):
        sums[parts[side]] += lengths[side] * values[side]
        weights[parts[side]] += lengths[side]
    return sums / weights


@compiled
def moments_of(
    offsets: NDArray[np.float64],
    lengths: NDArray[np.float64],
    parts: NDArray[np.int64],
    ways: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments (N,) of each side about the middle of its wall: mixed, and along less across.

    `offsets` (N, 2) from the middle, `ways` (W, 2) along the walls.
    """
    mixed, lengthwise = np.empty(len(offsets)), np.empty(len(offsets))
    for side in range(len(offsets)):
        cosine, sine = ways[parts[side], 0], ways[parts[side], 1]
        along = cosine * offsets[side, 0] + sine * offsets[side, 1]
        across = cosine * offsets[side, 1] - sine * offsets[side, 0]
        mixed[side] = lengths[side] * along * across
        lengthwise[side] = lengths[side] * (along * along - across * across)
    return mixed, lengthwise


@compiled
def distances_of(
    points: NDArray[np.float64], parts: NDArray[np.int64], ways: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far inward (N,) each side lies from the line through the origin along its wall."""
    distances = np.empty(len(points))
    for side in range(len(points)):
        cosine, sine = ways[parts[side], 0], ways[parts[side], 1]
        distances[side] = -sine * points[side, 0] + cosine * points[side, 1]
    return distances


@compiled
def meet(
    positions: NDArray[np.float64], ways: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Corners (W, 2), each where a wall meets the one before it, and how long each wall is then.

    A wall runs along its way, `positions` (W,) inward from the origin. Lengths are below 0 where it
    would run backward.
    """
    count = len(positions)
    corners, spans = np.empty((count, 2)), np.empty(count)
    for wall in range(count):
        before = (wall - 1) % count
        x, y = -ways[wall, 1], ways[wall, 0]
        last_x, last_y = -ways[before, 1], ways[before, 0]
        determinant = last_x * y - last_y * x
        corners[wall, 0] = (positions[before] * y - positions[wall] * last_y) / determinant
        corners[wall, 1] = (positions[wall] * last_x - positions[before] * x) / determinant
    for wall in range(count):
        after = (wall + 1) % count
        spans[wall] = (corners[after, 0] - corners[wall, 0]) * ways[wall, 0] + (
            corners[after, 1] - corners[wall, 1]
        ) * ways[wall, 1]
    return corners, spans
