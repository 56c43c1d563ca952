"""Speckle filters of radar images of linear power, by local statistics.

Windows and invalid pixels are treated as in `neighbourhoods`: NaN marks what is invalid, counts in
no window, and stays NaN. Speckle is taken for noise that multiplies, of mean 1 and variance
1 / looks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Values = NDArray[np.float64]
REFINED_SIZE = 7
"""Height and width of the one window that `refined_lee` is defined for."""
FAR = REFINED_SIZE // 2
STEP = 2
"""Distance of the centres of the 3 x 3 windows whose means say where an edge lies."""


def lee(values: Values, size: int, looks: float) -> Values:
    """Filtered power (H, W): near the local mean where a window is even, else near the value.

    Source: Lee 1980, section IV (multiplicative noise).
    """
    valid = ~np.isnan(values)
    filled = np.where(valid, values, 0)
    counts = np.maximum(_box_sums(valid.astype(np.float64), size), 1)
    mean, squares = (_box_sums(part, size) / counts for part in (filled, filled**2))
    return np.where(valid, _estimate(filled, mean, squares - mean**2, looks), np.nan)


def refined_lee(values: Values, size: int, looks: float) -> Values:
    """Filtered power (H, W), from the half of the window on the pixel's side of an edge.

    Of four directions, the edge has the one with the largest difference between means of 3 x 3
    pixels; the half is the one whose mean is nearer to that of the middle. Source: Lee 1981.
    """
    assert size == REFINED_SIZE, "the halves are defined for one window"
    valid = ~np.isnan(values)
    padded, there = (np.pad(part, FAR, mode="symmetric") for part in (values, valid))
    padded = np.where(there, padded, 0)
    sides = _nearer_sides(padded, there)
    counts, sums, squares = (
        _half_sums(part, sides) for part in (there.astype(np.float64), padded, padded**2)
    )
    # the pixel itself lies in both halves, so that a valid one has a count
    counts = np.maximum(counts, 1)
    mean = sums / counts
    variance = squares / counts - mean**2
    return np.where(valid, _estimate(np.where(valid, values, 0), mean, variance, looks), np.nan)


def _estimate(values: Values, mean: Values, variance: Values, looks: float) -> Values:
    """The mean, and of the difference to it the share that is no speckle (Lee 1980, eq. 17-19)."""
    noise = 1 / looks
    signal = np.maximum((variance + mean**2) / (1 + noise) - mean**2, 0)
    # both parts are 0 in a window of zeros
    gain = signal / np.maximum(mean**2 * noise + signal, np.finfo(np.float64).tiny)
    return np.asarray(mean + gain * (values - mean))


def _box_sums(values: Values, size: int) -> Values:
    ones = np.ones(size)
    rows: Values = ndimage.correlate1d(values, ones, axis=0, mode="reflect")
    return np.asarray(ndimage.correlate1d(rows, ones, axis=1, mode="reflect"))


@dataclass(frozen=True)
class _Edge:
    """An edge: the rows and columns of the 3 x 3 means that lie on either side of it."""

    first: tuple[tuple[int, int], ...]
    """Places of means, the one that stands for the side first."""
    second: tuple[tuple[int, int], ...]


EDGES = (
    _Edge(((1, 0), (0, 0), (2, 0)), ((1, 2), (0, 2), (2, 2))),  # left and right
    _Edge(((0, 1), (0, 0), (0, 2)), ((2, 1), (2, 0), (2, 2))),  # above and below
    _Edge(((0, 2), (0, 1), (1, 2)), ((2, 0), (1, 0), (2, 1))),  # upper right and lower left
    _Edge(((0, 0), (0, 1), (1, 0)), ((2, 2), (1, 2), (2, 1))),  # upper left and lower right
)


def _nearer_sides(padded: Values, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Which half each pixel uses (H, W): twice the number of the edge, and 1 for its second side.

    A 3 x 3 window without valid pixels has the mean of those that have some.
    """
    sums, counts = (_small_sums(part) for part in (padded, there.astype(np.float64)))
    overall = sums.sum(axis=(0, 1)) / np.maximum(counts.sum(axis=(0, 1)), 1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), overall)
    gradients = [np.abs(_add(means, edge.first) - _add(means, edge.second)) for edge in EDGES]
    strongest = np.argmax(gradients, axis=0)
    middle = means[1, 1]
    second = [
        np.abs(means[edge.second[0]] - middle) < np.abs(means[edge.first[0]] - middle)
        for edge in EDGES
    ]
    chosen = np.take_along_axis(np.array(second), strongest[None], axis=0)[0]
    return np.asarray(2 * strongest + chosen)


def _add(means: Values, places: tuple[tuple[int, int], ...]) -> Values:
    return np.asarray(sum(means[place] for place in places))


def _small_sums(padded: Values) -> Values:
    """Sums (3, 3, H, W) of the nine windows of 3 x 3 pixels that overlap by one."""
    height, width = (side - 2 * FAR for side in padded.shape)
    blocks = [
        [
            sum(
                _shifted(padded, row + down, column + right, height, width)
                for down in (-1, 0, 1)
                for right in (-1, 0, 1)
            )
            for column in (-STEP, 0, STEP)
        ]
        for row in (-STEP, 0, STEP)
    ]
    return np.array(blocks)


def _shifted(padded: Values, row: int, column: int, height: int, width: int) -> Values:
    """What lies `row` and `column` pixels from each pixel."""
    top, left = FAR + row, FAR + column
    return padded[top : top + height, left : left + width]


def _half_sums(padded: Values, sides: NDArray[np.int64]) -> Values:
    """Sums (H, W) of the half of each pixel's window that `sides` names, its edge included."""
    height, width = sides.shape
    offsets = range(-FAR, FAR + 1)
    # sums along a row, from its left end up to each offset and from each offset to its right end
    columns = [padded[:, FAR + offset : FAR + offset + width] for offset in offsets]
    up_to, from_on = np.cumsum(columns, axis=0), np.cumsum(columns[::-1], axis=0)[::-1]

    def add(parts: Values, ends: list[int], rows: range = offsets) -> Values:
        pieces = zip(rows, ends, strict=True)
        total: Values = np.zeros((height, width))
        for row, end in pieces:
            total += parts[FAR + end, FAR + row : FAR + row + height]
        return total

    whole = [FAR] * (FAR + 1)
    halves = (
        add(up_to, [0] * REFINED_SIZE),
        add(from_on, [0] * REFINED_SIZE),
        add(up_to, whole, range(-FAR, 1)),
        add(up_to, whole, range(FAR + 1)),
        add(from_on, [*offsets]),
        add(up_to, [*offsets]),
        add(up_to, [-row for row in offsets]),
        add(from_on, [-row for row in offsets]),
    )
    return np.asarray(np.take_along_axis(np.array(halves), sides[None], axis=0)[0])
