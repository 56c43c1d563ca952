"""Methods without layers on tiles: each pixel for itself, each tile by the thread that asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.forest import Arrays, predict_forest, temper
from rs_seg.algorithms.likelihood import predict_likelihood
from rs_seg.algorithms.prediction.engine import Engine


def open_forest(arrays: Arrays, *, temperature: float = 1.0, workers: int) -> Engine:
    """An engine of a forest, from raw pixels (N, B, H, W) to probabilities (N, K, H, W); equal ones where invalid."""

    def predict(features: NDArray[np.float32]) -> NDArray[np.float32]:
        return predict_forest(arrays, features, temperature=temperature, parallel=False)

    return _open(predict, classes=arrays["shares"].shape[1], workers=workers)


def open_likelihood(arrays: Arrays, *, classes: int, temperature: float = 1.0, workers: int) -> Engine:
    """An engine of likelihoods: raw pixels (N, B, H, W) to probabilities (N, K, H, W), equal ones where invalid."""

    def predict(features: NDArray[np.float32]) -> NDArray[np.float32]:
        return temper(predict_likelihood(arrays, features), temperature)

    return _open(predict, classes=classes, workers=workers)


def _open(predict: Callable[[NDArray[np.float32]], NDArray[np.float32]], *, classes: int, workers: int) -> Engine:
    def forward(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        pixels_NHWB = np.moveaxis(pixels_NBHW, 1, -1)
        valid_NHW = ~np.isnan(pixels_NHWB).any(axis=-1)
        found_NHWK = np.full((*valid_NHW.shape, classes), 1 / classes, dtype=np.float32)
        found_NHWK[valid_NHW] = predict(pixels_NHWB[valid_NHW])
        return np.ascontiguousarray(np.moveaxis(found_NHWK, -1, 1))

    return Engine(forward, workers=workers, batch_size=1)
