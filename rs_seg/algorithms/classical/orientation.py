"""Histograms of oriented gradients around each pixel (Dalal and Triggs 2005)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from rs_seg.values.formula import ORIENTATIONS

Values = NDArray[np.float64]


def local_hog(values: Values, size: int, orientation: int) -> Values:
    """Share (H, W) of all gradients in a pixel's window that lies in one of ORIENTATIONS bins.

    Gradients are differences of the pixels on both sides, each of which must be valid, and count by
    their length. Bin 1 begins with gradients along a row; angles grow from there to a column's. 0
    where there is no gradient.
    """
    valid = ~np.isnan(values)
    padded = np.pad(values, size // 2 + 1, mode="symmetric")
    down = padded[2:, 1:-1] - padded[:-2, 1:-1]
    right = padded[1:-1, 2:] - padded[1:-1, :-2]
    length = np.hypot(down, right)
    known = np.isfinite(length) & ~np.isnan(padded[1:-1, 1:-1])
    length = np.where(known, length, 0)
    degrees = np.rad2deg(np.arctan2(down, right)) % 180
    first, last = (180 / ORIENTATIONS * edge for edge in (orientation - 1, orientation))
    inside = (degrees >= first) & (degrees < last)
    everything = _sum(length, size)
    share = _sum(np.where(inside, length, 0), size) / np.where(everything > 0, everything, 1)
    return np.where(valid, share, np.nan)


def _sum(values: Values, size: int) -> Values:
    """Sums of whole windows, made anew for each; the half windows at the edges are cut off."""
    ones, half = np.ones(size), size // 2
    rows = ndimage.correlate1d(values, ones, axis=0, mode="constant")
    sums = np.asarray(ndimage.correlate1d(rows, ones, axis=1, mode="constant"))
    return sums[half:-half, half:-half]
