"""Methods without layers on tiles: each pixel for itself, each tile by the thread that asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.features import Compute
from rs_seg.algorithms.classical.pixels import Arrays, predict_image
from rs_seg.algorithms.classical.table import predicting
from rs_seg.algorithms.prediction.engine import Engine


def open_method(  # what a model is
    kind: str,
    arrays: Arrays,
    *,
    class_count: int,
    compute: Compute | None = None,
    temperature: float = 1.0,
    workers: int,
) -> Engine:
    """An engine from raw pixels (N, B, H, W) to probabilities (N, K, H, W).

    Probabilities are equal where features are not known. `compute` makes features of pixels; None:
    the pixels are the features. Where it looks around, results are those of the whole scene only as
    far from the edges of a tile.
    """
    predict = predicting(kind, arrays, parallel=False)

    def forward(pixels_NBHW: NDArray[np.float32]) -> NDArray[np.float32]:
        features_NFHW = (
            pixels_NBHW if compute is None else [compute(pixels) for pixels in pixels_NBHW]
        )
        return np.stack(
            [
                predict_image(
                    predict, features_FHW, class_count=class_count, temperature=temperature
                )
                for features_FHW in features_NFHW
            ]
        )

    return Engine(forward, workers=workers, batch_size=1)
