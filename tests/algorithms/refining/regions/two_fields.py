"""An image of two flat halves with a strong edge between them.

Its probabilities are often wrong.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class TwoFields(NamedTuple):
    """`truth` and `valid` (H, W), probabilities (2, H, W), bands (2, H, W)."""

    truth: NDArray[np.int64]
    valid: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    bands: NDArray[np.float32]


def two_fields(*, height: int = 48, width: int = 64, edge: int = 29, seed: int = 0) -> TwoFields:
    """The halves meet at column `edge`; the first rows have no data."""
    rng = np.random.default_rng(seed)
    truth = np.repeat((np.arange(width) >= edge)[None].astype(np.int64), height, axis=0)
    bands = np.stack([2.0 * truth, -1.0 * truth]) + rng.normal(0, 0.03, (2, height, width))
    first = np.clip(np.where(truth == 0, 0.7, 0.3) + rng.normal(0, 0.2, truth.shape), 0.01, 0.99)
    valid = np.ones(truth.shape, dtype=bool)
    valid[:4] = False
    return TwoFields(
        truth, valid, np.stack([first, 1 - first]).astype(np.float32), bands.astype(np.float32)
    )
