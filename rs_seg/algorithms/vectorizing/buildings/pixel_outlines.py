"""Outlines made of the sides of pixels, and whether another outline lies near one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.buildings.walls import lie_within

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
    steps = following(corners) - corners
    counts = np.abs(steps).sum(axis=1)
    assert (np.abs(steps).max(axis=1, initial=0) == counts).all(), (
        "outlines of pixels turn at right angles"
    )
    units = np.repeat(np.sign(steps), counts, axis=0)
    along = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    size = np.array(pixel_size[::-1])
    middles = (np.repeat(corners, counts, axis=0) + units * (along + 0.5)[:, None]) * size
    ground = corners * size
    return Outline(middles, np.abs(units) @ size, ground, signed_area(ground))


def signed_area(ring: NDArray[np.float64]) -> float:
    """Area within a closed line (N, 2), rows growing downward.

    Negative where the inside is on the left.
    """
    x, y = (ring - ring[0]).T
    # The first point is the origin, so that the last side adds nothing.
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


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
        and lie_within(_sample(corners, step), outline.corners, limit)
        and lie_within(_sample(outline.corners, step), corners, limit)
    )


def _sample(ring: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """Points (N, 2) along a closed line (M, 2), no farther apart than `step`."""
    sides = following(ring) - ring
    counts = np.ceil(np.hypot(sides[:, 0], sides[:, 1]) / step).astype(np.int64)
    along = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / np.repeat(
        counts, counts
    )
    points: NDArray[np.float64] = np.repeat(ring, counts, axis=0) + along[:, None] * np.repeat(
        sides, counts, axis=0
    )
    return points
