"""Pixels of a scene as one with larger pixels would have them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def shrink(
    pixels: NDArray[Any], valid: NDArray[np.bool_], factor: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Means (B, h, w) of the valid pixels of squares, and which of the means are valid (h, w).

    A square has `factor` pixels (of B, H, W) along its side.

    h and w are H and W divided by the factor, rounded up: squares at the lower and the right edge
    may be cut. A mean is valid where half of the pixels of its square, or of what is left of it,
    are; elsewhere it is 0. Pixels that are not finite are invalid in all bands.
    """
    if pixels.dtype.kind == "f":
        valid = valid & np.isfinite(pixels).all(axis=0)
    counted = np.where(valid, pixels, 0).astype(np.float64)
    valid_counts = _sum_squares(valid.astype(np.float64), factor)
    all_counts = _sum_squares(np.ones(valid.shape), factor)
    means = _sum_squares(counted, factor) / np.maximum(valid_counts, 1)
    seen: NDArray[np.bool_] = 2 * valid_counts >= all_counts
    means[:, ~seen] = 0
    return means.astype(np.float32), seen


def _sum_squares(values: NDArray[np.float64], factor: int) -> NDArray[np.float64]:
    """Sums (..., h, w) of squares of values (..., H, W)."""
    *outer, height, width = values.shape
    missing = [(0, 0)] * len(outer) + [(0, -height % factor), (0, -width % factor)]
    whole = np.pad(values, missing)
    rows, columns = whole.shape[-2] // factor, whole.shape[-1] // factor
    squares = whole.reshape(*outer, rows, factor, columns, factor)
    sums: NDArray[np.float64] = squares.sum(axis=(-3, -1))
    return sums
