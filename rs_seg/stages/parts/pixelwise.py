"""Methods that look at single pixels: what stages do with a forest and with likelihoods alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rs_seg.config import Likelihood, RandomForest
from rs_seg.values import thread_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.model import Tensors

    Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def fit_pixels(
    network: RandomForest | Likelihood,
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    *,
    bands: Sequence[str],
    classes: int,
    seed: int,
) -> Tensors:
    """The tensors of the method, fitted to features (P, B) and class indices (P,)."""
    from rs_seg.algorithms.forest import fit_forest
    from rs_seg.algorithms.likelihood import fit_gaussian, fit_speckle

    if isinstance(network, RandomForest):
        size = {"trees": network.trees, "max_depth": network.max_depth}
        return fit_forest(features, indices, classes=classes, **size, seed=seed, threads=thread_count())
    if network.band is None:
        return fit_gaussian(features, indices, classes=classes)
    amplitude = network.architecture == "rayleigh_likelihood"
    return fit_speckle(
        features,
        indices,
        classes=classes,
        band=list(bands).index(network.band),
        looks=network.looks or 1,
        amplitude=amplitude,
    )


def predicting(kind: str, tensors: Tensors) -> Predict:
    """The function from features (P, B) to class probabilities (P, K) of a model of this kind, not calibrated."""
    from rs_seg.algorithms.forest import predict_forest
    from rs_seg.algorithms.likelihood import predict_likelihood

    return partial(predict_forest if kind == "forest" else predict_likelihood, tensors)
