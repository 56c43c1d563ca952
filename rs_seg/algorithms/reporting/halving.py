"""Pictures at half their size, for pyramids of tiles: heights and widths are even."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.pictures import Picture
from rs_seg.values.probabilities import NODATA


def halve_picture(picture: Picture) -> Picture:
    """Colours (H, W, 4) averaged over the pixels that are opaque, opaque where one of them is."""
    four = _corners(picture)
    opaque = [corner[..., 3] > 0 for corner in four]
    count = sum(mask.astype(np.uint16) for mask in opaque)
    total = sum(
        np.where(mask[..., None], corner[..., :3], 0).astype(np.uint16)
        for corner, mask in zip(four, opaque, strict=True)
    )
    weight = np.maximum(count, 1)[..., None]
    colors = ((total + weight // 2) // weight).astype(np.uint8)
    return np.concatenate([colors, np.where(count, 255, 0).astype(np.uint8)[..., None]], axis=-1)


def halve_categories(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The value (H, W) that most of four pixels have; the first of several that are as many."""
    a, b, c, d = _corners(values)
    first = (a == b) | (a == c) | (a == d)
    second = (b == c) | (b == d)
    return np.where(first, a, np.where(second, b, np.where(c == d, c, a)))


def halve_shares(shares: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Quantised shares (H, W) averaged over pixels that have one."""
    four = _corners(shares)
    known = [corner != NODATA for corner in four]
    count = sum(mask.astype(np.uint16) for mask in known)
    total = sum(
        np.where(mask, corner, 0).astype(np.uint16)
        for corner, mask in zip(four, known, strict=True)
    )
    weight = np.maximum(count, 1)
    return np.where(count, (total + weight // 2) // weight, NODATA).astype(np.uint8)


def _corners(pixels: NDArray[np.integer]) -> list[NDArray[np.integer]]:
    """The upper left, upper right, lower left and lower right pixel of each square of four."""
    return [pixels[row::2, column::2] for row in (0, 1) for column in (0, 1)]
