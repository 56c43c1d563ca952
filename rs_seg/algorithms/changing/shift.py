"""The shift between two images of the same ground, to parts of a pixel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, sobel
from skimage.registration import phase_cross_correlation

from rs_seg.values import Window

SIDE = 64
"""Side of a window in pixels."""
STEP = SIDE // 2
"""Pixels between the corners of windows: they overlap by half."""
MOST_WINDOWS = 144
UPSAMPLING = 50
"""Shifts of windows are found to 1/50 of a pixel."""
FARTHEST = 8.0
"""Pixels: windows that say more found no match, since so much would be seen at once."""
LEAST_WINDOWS = 5
LEAST_VALID = 0.5
"""Share of a window that has data in both images, at least."""
LEAST_LIKENESS = 0.2
"""Correlation of the gradients of two windows that are laid on one another, at least."""
SPREAD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shift:
    """How far the later image lies from the earlier one.

    `rows` and `columns` are medians over windows, in pixels: the later image shows a thing so much
    further down and to the right.
    """

    rows: float
    columns: float
    spread: float
    """Robust standard deviation of a window's shift in pixels, the larger one of both axes."""
    windows: int
    """Windows that the medians are of."""

    @property
    def distance(self) -> float:
        """Length of the shift in pixels."""
        return math.hypot(self.rows, self.columns)


def plan_windows(height: int, width: int, *, most: int = MOST_WINDOWS) -> list[Window]:
    """Windows spread evenly over a raster, about so many; one where it is smaller than a window."""
    side = min(SIDE, height, width)
    down, across = ((extent - side) // STEP + 1 for extent in (height, width))
    step = max(1, math.ceil(math.sqrt(across * down / most)))
    return [
        Window(row * STEP, column * STEP, side, side)
        for row in range((down - 1) % step // 2, down, step)
        for column in range((across - 1) % step // 2, across, step)
    ]


def measure_window(
    before: NDArray[np.number], after: NDArray[np.number], valid: NDArray[np.bool_]
) -> tuple[float, float] | None:
    """Shift in rows and columns of images (B, H, W) of one window; None where it shows nothing.

    `valid` (H, W) is True where both have data. Gradients are compared, summed over the bands, each
    by its own spread: a field that is green in one image and brown in the other has the same edges.
    Source: Guizar-Sicairos et al. 2008 (matrix multiplication around the peak).
    """
    # the gradient beside a hole is that of the hole
    inside = binary_erosion(valid, np.ones((3, 3)), border_value=1)
    if inside.mean() < LEAST_VALID:
        return None
    first, second = (_edges(image, inside) for image in (before, after))
    if first is None or second is None:
        return None
    moved, _, _ = phase_cross_correlation(
        second, first, upsample_factor=UPSAMPLING, normalization=None
    )
    rows, columns = np.asarray(moved, dtype=np.float64).tolist()
    if math.hypot(rows, columns) > FARTHEST or not _alike(first, second, rows, columns):
        return None
    return rows, columns


def summarize_shifts(shifts: Sequence[tuple[float, float]]) -> Shift | None:
    """The median of the shifts of windows, without those far from it; None of too few windows."""
    if len(shifts) < LEAST_WINDOWS:
        return None
    values = np.array(shifts)
    middle, spread = _middle_and_spread(values)
    near = (np.abs(values - middle) <= 3 * np.maximum(spread, 1 / UPSAMPLING)).all(axis=1)
    middle, spread = _middle_and_spread(values[near])
    return Shift(float(middle[0]), float(middle[1]), float(spread.max()), int(near.sum()))


def _middle_and_spread(values: Floats) -> tuple[Floats, Floats]:
    middle = np.median(values, axis=0)
    return middle, SPREAD * np.median(np.abs(values - middle), axis=0)


def _edges(image: NDArray[np.number], inside: NDArray[np.bool_]) -> Floats | None:
    """Strength of edges (H, W), faded out at the rim, 0 outside; None where all bands are flat."""
    strength = np.zeros(inside.shape)
    for band in image.astype(np.float64):
        slopes = np.hypot(sobel(band, axis=0), sobel(band, axis=1))
        spread = slopes[inside].std()
        if spread > 0:
            strength += slopes / spread
    height, width = inside.shape[0], inside.shape[1]
    # what leaves the window on one side does not come in on the other
    taper = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1]) * inside
    faded: Floats = (strength - (strength * taper).sum() / taper.sum()) * taper
    return faded if faded.any() else None


def _alike(first: Floats, second: Floats, rows: float, columns: float) -> bool:
    """Whether two windows, moved onto one another by whole pixels, show the same edges."""
    moved = np.roll(first, (round(rows), round(columns)), axis=(0, 1))
    return float(np.corrcoef(moved.ravel(), second.ravel())[0, 1]) >= LEAST_LIKENESS
