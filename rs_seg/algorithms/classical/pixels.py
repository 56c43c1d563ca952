"""Pixels and their class probabilities: how sure they are, and how they are counted.

Pixels without features have equal probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.values import Confusion

Arrays = dict[str, NDArray[Any]]
Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Class probabilities (P, K) of features (P, F)."""
Sample = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]
"""Features (F, H, W), whether they are all there (H, W), class indices (H, W) with -1 for
unlabelled."""
FLOOR = 1e-6
"""Least probability that has a logarithm: a forest says 0 where no tree has seen the class, which
is not impossible."""


def temper(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities (P, K) raised to 1 / temperature and normalised.

    That is softmax(floored_logits / temperature).

    Above 1 less sure, below 1 surer; the most probable class stays. At 1 they are returned as they
    are, zeros too; otherwise probabilities below 1e-6 count as 1e-6.
    """
    if temperature == 1 or not probabilities.size:
        return probabilities
    logits = floored_logits(probabilities)
    powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / np.float32(temperature))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def floored_logits(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logarithms of probabilities, of 1e-6 where they are less."""
    return np.log(np.maximum(probabilities, np.float32(FLOOR)))


def predict_image(
    predict: Predict, features_FHW: NDArray[np.float32], *, classes: int, temperature: float = 1.0
) -> NDArray[np.float32]:
    """Class probabilities (K, H, W) of features (F, H, W).

    They are equal where a feature is NaN, since nothing is known there.
    """
    features_HWF = np.moveaxis(features_FHW, 0, -1)
    known_HW = ~np.isnan(features_HWF).any(axis=-1)
    found_HWK = np.full((*known_HW.shape, classes), 1 / classes, dtype=np.float32)
    found_HWK[known_HW] = temper(predict(np.ascontiguousarray(features_HWF[known_HW])), temperature)
    return np.ascontiguousarray(np.moveaxis(found_HWK, -1, 0))


def labelled_probabilities(
    predict: Predict, samples: Iterable[Sample], *, classes: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Class probabilities (P, K) and class indices (P,) of the labelled pixels of each sample."""
    for features_FHW, _, indices in samples:
        labelled = indices >= 0
        chosen_F1P = features_FHW[:, None, labelled]
        yield predict_image(predict, chosen_F1P, classes=classes)[:, 0].T, indices[labelled]


def count_votes(predict: Predict, samples: Iterable[Sample], *, classes: int) -> Confusion:
    """Counts of the labelled pixels of samples against their most probable classes."""
    counts = Confusion.empty(classes)
    for probabilities, indices in labelled_probabilities(predict, samples, classes=classes):
        counts = counts + Confusion.from_indices(
            indices, probabilities.argmax(axis=1), classes=classes
        )
    return counts


def class_shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Shares (N, K) of the classes in groups of counted pixels (N, K).

    Those of all groups where one has none.

    Raises:
        UserError: no pixel was counted.
    """
    total = counts.sum(axis=0)
    if not total.any():
        raise UserError(
            "no labelled pixel in the training areas", expected="labels to name what was found by"
        )
    filled = np.where(counts.sum(axis=1, keepdims=True) > 0, counts, total)
    return np.asarray(filled / filled.sum(axis=1, keepdims=True))
