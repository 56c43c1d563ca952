"""Probabilities on disk: one byte, 0..254 for 0..1, 255 for nodata."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NODATA = 255
FULL = 254


def quantize(
    probabilities: NDArray[np.floating], valid: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Bytes 0..254 of probabilities 0..1; 255, nodata, where NaN or not `valid`.

    They are rounded; order is kept and both ends are exact.
    """
    if valid is None:
        valid = ~np.isnan(probabilities)
        probabilities = np.where(valid, probabilities, 0)
    scaled = probabilities * np.float32(FULL)
    np.clip(np.rint(scaled, out=scaled), 0, FULL, out=scaled)
    bytes_: NDArray[np.uint8] = scaled.astype(np.uint8)
    bytes_[~valid] = NODATA
    return bytes_


def dequantize(bytes_: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities 0..1 as float32; nodata (255) becomes NaN."""
    probabilities = bytes_.astype(np.float32) / np.float32(FULL)
    probabilities[bytes_ == NODATA] = np.nan
    return probabilities
