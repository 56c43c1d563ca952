"""Outlines made of the sides of pixels, and whether another outline lies near one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.vectorizing.buildings.walls import lie_within, runs_within

SAMPLES_PER_PIXEL = 8
"""Points per pixel at which the departure is measured; half their distance is taken off what is
allowed."""


@dataclass(frozen=True)
class Outline:
    """An outline of pixels, side of pixel by side of pixel."""

    middles: NDArray[np.float64]
    """(N, 2) of each side, in ground metres (x, y)."""
    lengths: NDArray[np.float64]
    """(N,) of each side, in ground metres."""
    corners: NDArray[np.float64]
    """(M, 2) where it turns, in ground metres."""
    area: float
    """Ground square metres; above 0: the inside is on the right, rows growing downward."""


def outline_of(corners: NDArray[np.integer], pixel_size: tuple[float, float]) -> Outline:
    """The closed outline through corners of pixels (M, 2), in ground metres.

    The first corner is not repeated.
    """
    size = np.array(pixel_size[::-1])
    ground = corners * size
    return Outline(*_walk(corners, size), ground, signed_area(ground))


@compiled
def _walk(
    corners: NDArray[np.integer], size: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles (N, 2) and lengths (N,) of the sides of pixels along a closed outline (M, 2)."""
    count = 0
    for corner in range(len(corners)):
        x, y = corners[(corner + 1) % len(corners)] - corners[corner]
        assert x == 0 or y == 0, "outlines of pixels turn at right angles"
        count += abs(x) + abs(y)
    middles, lengths = np.empty((count, 2)), np.empty(count)
    place = 0
    for corner in range(len(corners)):
        x, y = corners[(corner + 1) % len(corners)] - corners[corner]
        for step in range(abs(x) + abs(y)):
            middles[place, 0] = (corners[corner, 0] + np.sign(x) * (step + 0.5)) * size[0]
            middles[place, 1] = (corners[corner, 1] + np.sign(y) * (step + 0.5)) * size[1]
            lengths[place] = size[0] if x != 0 else size[1]
            place += 1
    return middles, lengths


def signed_area(ring: NDArray[np.float64]) -> float:
    """Area within a closed line (N, 2), rows growing downward.

    Negative where the inside is on the left.
    """
    return float(_areas_below(ring).sum() / 2)


@compiled
def _areas_below(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the area (N - 1,) that each side of a closed line spans with its first point.

    The last side adds nothing.
    """
    areas = np.empty(len(ring) - 1)
    for side in range(len(areas)):
        x, y = ring[side, 0] - ring[0, 0], ring[side, 1] - ring[0, 1]
        next_x, next_y = ring[side + 1, 0] - ring[0, 0], ring[side + 1, 1] - ring[0, 1]
        areas[side] = x * next_y - next_x * y
    return areas


def following(ring: NDArray[Any]) -> NDArray[Any]:
    """The next point of each of a closed line (N, 2)."""
    return np.concatenate([ring[1:], ring[:1]])


def lies_near(
    corners: NDArray[np.float64], outline: Outline, maximum_departure: float, pixel: float
) -> bool:
    """Whether a closed line (K, 2) and an outline lie within the departure of each other."""
    step = pixel / SAMPLES_PER_PIXEL
    limit = maximum_departure - step / 2
    return (
        lie_within(outline.corners, corners, limit)
        and runs_within(corners, step, outline.corners, limit)
        and runs_within(outline.corners, step, corners, limit)
    )
