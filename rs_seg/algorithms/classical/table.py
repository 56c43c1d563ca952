"""The closed table of the methods of single pixels, by the kind that model files name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.boosting import predict_boosting
from rs_seg.algorithms.classical.clustering import predict_clusters
from rs_seg.algorithms.classical.forest import predict_forest
from rs_seg.algorithms.classical.likelihood import predict_likelihood
from rs_seg.algorithms.classical.pixels import Arrays, Predict
from rs_seg.algorithms.classical.thresholds import predict_intervals

METHODS: dict[str, Callable[[Arrays, NDArray[np.float32]], NDArray[np.float32]]] = {
    "forest": predict_forest,
    "boosting": predict_boosting,
    "clusters": predict_clusters,
    "threshold": predict_intervals,
    "likelihood": predict_likelihood,
}


def predicting(kind: str, arrays: Arrays, *, parallel: bool = True) -> Predict:
    """Class probabilities (P, K) of features (P, F) by a model of this kind.

    The same bits whatever pixels come together.

    Not `parallel`, several threads may call it at once.
    """
    if kind == "forest":
        return partial(predict_forest, arrays, parallel=parallel)
    return partial(METHODS[kind], arrays)
