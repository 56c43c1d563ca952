"""How sure the probabilities of a pixel are, from the bytes in which they are stored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.probabilities import FULL

Bytes = NDArray[np.uint8]

_VALUES = np.arange(256, dtype=np.float64)
BYTE_LOG_BYTE = (_VALUES * np.log(np.maximum(_VALUES, 1))).astype(np.float32)
"""b log b of every byte b: what a class adds to the entropy."""


def maximum_probability(bytes_KHW: Bytes) -> NDArray[np.float32]:
    """Probability (H, W) of the most probable class."""
    return np.asarray(bytes_KHW.max(axis=0) / np.float32(FULL), dtype=np.float32)


def entropy(bytes_KHW: Bytes) -> NDArray[np.float32]:
    """Shannon entropy (H, W) of the probabilities, divided by log K.

    It is 0 for a certain class and 1 for K equal ones. The bytes are divided by their sum, which
    rounding makes differ from 254 a little, so both ends are exact. With b for bytes and s for
    their sum it is log s - sum(b log b) / s; 1 where all bytes are 0. Means nothing where there is
    no data.
    """
    sums_HW = class_sums(bytes_KHW)
    terms_HW = np.zeros_like(sums_HW)
    for bytes_HW in bytes_KHW:
        terms_HW += BYTE_LOG_BYTE[bytes_HW]
    nats_HW = np.log(sums_HW) - terms_HW / sums_HW
    shares_HW: NDArray[np.float32] = np.clip(nats_HW / np.float32(np.log(len(bytes_KHW))), 0, 1)
    shares_HW[~bytes_KHW.any(axis=0)] = 1
    return shares_HW


def class_sums(bytes_KHW: Bytes) -> NDArray[np.float32]:
    """Sums (H, W) of the bytes of a pixel, at least 1: hundreds of classes may all round to 0."""
    sums_HW: NDArray[np.float32] = bytes_KHW.sum(axis=0, dtype=np.float32)
    return np.asarray(np.maximum(sums_HW, 1), dtype=np.float32)
