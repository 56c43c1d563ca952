"""Probabilities on disk: one byte, 0..254 for 0..1, 255 for nodata."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NODATA = 255
FULL = 254


def quantize(probabilities: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Bytes 0..254 of probabilities 0..1 (rounded, order kept, ends exact); NaN becomes 255, nodata."""
    known = np.nan_to_num(probabilities, nan=0.0)
    bytes_: NDArray[np.uint8] = np.rint(np.clip(known, 0.0, 1.0) * FULL).astype(np.uint8)
    bytes_[np.isnan(probabilities)] = NODATA
    return bytes_


def dequantize(bytes_: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities 0..1 as float32; nodata (255) becomes NaN."""
    probabilities = bytes_.astype(np.float32) / np.float32(FULL)
    probabilities[bytes_ == NODATA] = np.nan
    return probabilities
