"""Undeclared collars: a constant around the imagery that no nodata rule names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

SMALLEST_SHARE = 0.02
FLOAT_VALUES = (0.0, -9999.0, -32768.0)


def find_collar(pixels: NDArray[Any], valid: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Value and share of pixels of what is constant in all bands (B, H, W), valid, and connected to the border.

    None below 2 %. Tried are 0 and the greatest value of the type (also 255 in wider types), or usual nodata values in
    floats; of several the largest.
    """
    collars = [
        (share, value)
        for value in _candidates(pixels.dtype)
        if (share := _border_share(pixels, valid, value)) > SMALLEST_SHARE
    ]
    if not collars:
        return None
    share, value = max(collars)
    return value, share


def _candidates(dtype: np.dtype[Any]) -> tuple[float, ...]:
    if dtype.kind not in "iu":
        return FLOAT_VALUES
    most = int(np.iinfo(dtype).max)
    return (0, 255) if most == 255 else (0, 255, most)


def _border_share(pixels: NDArray[Any], valid: NDArray[np.bool_], value: float) -> float:
    constant = (pixels == value).all(axis=0) & valid
    areas, _ = label(constant)
    border = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
    touching = np.unique(border[border > 0])
    return float(np.isin(areas, touching).mean()) if len(touching) else 0.0
