"""Measures of grey-level co-occurrence matrices around each pixel (Haralick et al. 1973).

A window of n x n pixels is cut into LEVELS grey levels between two given bounds. Pairs of valid
pixels of the window that touch are counted in four directions (0, 45, 90 and 135 degrees,
distance 1), both ways round. A measure is the mean of those of the directions that have a pair; a
window without a pair has the measure of an even one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.values.formula import GLCM

Values = NDArray[np.float64]
Counts = NDArray[np.int64]
LEVELS = 16
DIRECTIONS = 4
SUMS = 5
"""Sums over the pairs of a direction: 1, i + j, i² + j², ij, and squares of the matrix (SQUARES).
"""
SQUARES = 4
CONTRAST, HOMOGENEITY, ENERGY, ENTROPY = range(4)
"""Numbers of the measures in GLCM; any other number is the correlation."""


def local_glcm(values: Values, size: int, low: float, high: float, *, measure: str) -> Values:
    """A measure (H, W) of GLCM in the window of each valid pixel (H, W).

    Levels go from `low` to `high`.
    """
    grey = np.full(values.shape, -1, dtype=np.int64)
    valid = ~np.isnan(values)
    scaled = np.floor((values[valid] - low) / (high - low) * LEVELS)
    grey[valid] = np.clip(scaled, 0, LEVELS - 1)
    padded = np.pad(grey, size // 2, mode="symmetric")
    pairs = np.arange(1, size * size + 1)
    logarithms = np.concatenate([[0.0], pairs * np.log(pairs)])
    measured = _measure_windows(padded, size, GLCM.index(measure), logarithms)
    return np.where(valid, measured, np.nan)


@compiled
def _measure_windows(grey: Counts, size: int, measure: int, logarithms: Values) -> Values:
    """The measure of each window of levels, -1 where invalid; `logarithms` are n ln n by n.

    Counts move with the window along a row. They are whole numbers, so that they do not depend on
    where it began.
    """
    height, width = grey.shape[0] - size + 1, grey.shape[1] - size + 1
    measured = np.empty((height, width))
    for row in range(height):
        rows = grey[row : row + size]
        # Each row of windows begins from zeros, so that rows can be computed on their own.
        matrices = np.zeros((DIRECTIONS, LEVELS, LEVELS), dtype=np.int64)
        sums = np.zeros((DIRECTIONS, SUMS), dtype=np.int64)
        _change_column(rows, 0, 1, matrices, sums)
        for column in range(1, size):
            _change_between(rows, column - 1, 1, matrices, sums)
            _change_column(rows, column, 1, matrices, sums)
        measured[row, 0] = _mean_measure(matrices, sums, measure, logarithms)
        for column in range(1, width):
            # What is taken away is what was added, pixel for pixel; pairs with an invalid pixel are
            # skipped both times. So counts, which index `logarithms`, never fall below 0.
            _change_column(rows, column - 1, -1, matrices, sums)
            _change_between(rows, column - 1, -1, matrices, sums)
            _change_between(rows, column + size - 2, 1, matrices, sums)
            _change_column(rows, column + size - 1, 1, matrices, sums)
            measured[row, column] = _mean_measure(matrices, sums, measure, logarithms)
    return measured


@inlined
def _change_column(rows: Counts, column: int, sign: int, matrices: Counts, sums: Counts) -> None:
    """Count the pairs within a column of the `rows` of a window, or take them away (sign -1)."""
    for row in range(len(rows) - 1):
        _change(rows[row, column], rows[row + 1, column], sign, matrices[0], sums[0])


@inlined
def _change_between(rows: Counts, column: int, sign: int, matrices: Counts, sums: Counts) -> None:
    """Count the pairs of a column of the `rows` with the next one, or take them away (sign -1)."""
    for row in range(len(rows)):
        here, beside = rows[row, column], rows[row, column + 1]
        _change(here, beside, sign, matrices[1], sums[1])
        if row + 1 < len(rows):
            _change(here, rows[row + 1, column + 1], sign, matrices[2], sums[2])
            _change(rows[row + 1, column], beside, sign, matrices[3], sums[3])


@inlined
def _change(first: int, second: int, sign: int, matrix: Counts, sums: Counts) -> None:
    """Count a pair in the upper triangle of the matrix and in the sums."""
    if first < 0 or second < 0:
        return
    low, high = min(first, second), max(first, second)
    before = matrix[low, high]
    matrix[low, high] = before + sign
    sums[0] += sign
    sums[1] += sign * (low + high)
    sums[2] += sign * (low * low + high * high)
    sums[3] += sign * low * high
    # counted both ways round, n pairs are two entries of n, or one of 2n on the diagonal
    sums[SQUARES] += (2 * sign * before + 1) * (4 if low == high else 2)


@compiled
def _mean_measure(matrices: Counts, sums: Counts, measure: int, logarithms: Values) -> float:
    total, directions = 0.0, 0
    for direction in range(DIRECTIONS):
        if sums[direction, 0]:
            total += _measure(matrices[direction], sums[direction], measure, logarithms)
            directions += 1
    if directions:
        return total / directions
    return 0.0 if measure in (CONTRAST, ENTROPY) else 1.0


@inlined
def _measure(matrix: Counts, sums: Counts, measure: int, logarithms: Values) -> float:
    pairs = sums[0]
    if measure == CONTRAST:
        return float((sums[2] - 2 * sums[3]) / pairs)
    if measure == HOMOGENEITY:
        return float(_homogeneity(matrix) / pairs)
    if measure == ENERGY:
        return float(np.sqrt(sums[SQUARES]) / (2 * pairs))
    if measure == ENTROPY:
        return _entropy(matrix, pairs, logarithms)
    spread = 2 * pairs * sums[2] - sums[1] ** 2
    return float((4 * pairs * sums[3] - sums[1] ** 2) / spread) if spread else 1.0


@inlined
def _homogeneity(matrix: Counts) -> float:
    total = 0.0
    for gap in range(LEVELS):
        count = 0
        for low in range(LEVELS - gap):
            count += matrix[low, low + gap]
        total += count / (1 + gap * gap)
    return total


@inlined
def _entropy(matrix: Counts, pairs: int, logarithms: Values) -> float:
    """Entropy of the matrix in nats.

    n pairs of two different levels are two entries of n of the 2 `pairs` that are counted.
    """
    total, different = 0.0, 0
    for low in range(LEVELS):
        total += logarithms[matrix[low, low]]
        for high in range(low + 1, LEVELS):
            total += logarithms[matrix[low, high]]
            different += matrix[low, high]
    # 0 of an even window is rounded to just below it
    return max(float(np.log(pairs) + np.log(2) * different / pairs - total / pairs), 0.0)
