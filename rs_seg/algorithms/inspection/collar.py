"""Undeclared collars: a constant around the imagery that no nodata rule names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from rs_seg.algorithms.inspection.undeclared import FEWEST_VALUES

SMALLEST_SHARE, SMALLEST_OF_MANY = 0.02, 0.002
"""Shares of the raster from which a collar is told; three bands or more are seldom equal by chance.
"""
MOST_OF_IT = 0.5
"""Share of the pixels with the value of a collar that are a part of it."""
FLOAT_VALUES = (0.0, -9999.0, -32768.0)


def find_collar(pixels: NDArray[Any], valid: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Value and share of pixels of a collar: constant in all bands, connected to the border.

    `pixels` are (B, H, W); only valid ones count.

    None below 2 %, or below 0.2 % where there are three bands or more; none in single bands of few
    values, such as masks and classes, and none where most pixels of the value lie elsewhere, as 0
    does in heights above ground. Tried are 0, both ends of the type and usual nodata values (255
    too in wider types); of several the largest.
    """
    if len(pixels) == 1 and len(np.unique(pixels[:, valid])) <= FEWEST_VALUES:
        return None
    smallest = SMALLEST_OF_MANY if len(pixels) >= 3 else SMALLEST_SHARE
    collars = [
        (share, value)
        for value in _candidates(pixels.dtype)
        if (share := _border_share(pixels, valid, value)) > smallest
    ]
    if not collars:
        return None
    share, value = max(collars)
    return value, share


def _candidates(dtype: np.dtype[Any]) -> tuple[float, ...]:
    if dtype.kind not in "iu":
        return FLOAT_VALUES
    return tuple(sorted({0, 255, -9999, int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)}))


def _border_share(pixels: NDArray[Any], valid: NDArray[np.bool_], value: float) -> float:
    constant = (pixels == value).all(axis=0) & valid
    collar = touching_border(constant)
    return float(collar.mean()) if collar.sum() > MOST_OF_IT * constant.sum() else 0.0


def touching_border(
    area: NDArray[np.bool_], neighbours: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Parts of an area (H, W) that are connected to its border.

    By sides, unless `neighbours` says otherwise.
    """
    parts, count = label(area, neighbours)
    touching = np.zeros(count + 1, dtype=bool)
    touching[np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])] = True
    touching[0] = False
    connected: NDArray[np.bool_] = touching[parts]
    return connected
