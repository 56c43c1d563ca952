"""Random forests on tiles: each pixel for itself, each tile by the thread that asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.forest import Arrays, predict_forest
from rs_seg.algorithms.prediction.engine import Engine


def open_forest(arrays: Arrays, *, temperature: float = 1.0, workers: int) -> Engine:
    """An engine of a forest, from raw pixels (N, B, H, W) to probabilities (N, K, H, W); equal ones where invalid."""
    classes = arrays["shares"].shape[1]

    def forward(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        pixels_NHWB = np.moveaxis(pixels_NBHW, 1, -1)
        valid_NHW = ~np.isnan(pixels_NHWB).any(axis=-1)
        found_NHWK = np.full((*valid_NHW.shape, classes), 1 / classes, dtype=np.float32)
        found_NHWK[valid_NHW] = predict_forest(arrays, pixels_NHWB[valid_NHW], temperature=temperature, parallel=False)
        return np.ascontiguousarray(np.moveaxis(found_NHWK, -1, 1))

    return Engine(forward, workers=workers, batch_size=1)
