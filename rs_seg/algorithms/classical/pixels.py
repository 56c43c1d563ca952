"""Pixels and their class probabilities: how sure they are, and how they are counted.

Pixels without features have equal probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
Probabilities = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Class probabilities (P, K), and class indices (P,)."""
KEPT = 1 << 28
"""Bytes of probabilities that are kept, so that forests look at validation pixels once: 256 MiB are
9 million pixels of five classes."""
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
    predict: Predict,
    features_FHW: NDArray[np.float32],
    *,
    class_count: int,
    temperature: float = 1.0,
) -> NDArray[np.float32]:
    """Class probabilities (K, H, W) of features (F, H, W).

    They are equal where a feature is NaN, since nothing is known there.
    """
    features_HWF = np.moveaxis(features_FHW, 0, -1)
    known_HW = ~np.isnan(features_HWF).any(axis=-1)
    found_HWK = np.full((*known_HW.shape, class_count), 1 / class_count, dtype=np.float32)
    found_HWK[known_HW] = temper(predict(np.ascontiguousarray(features_HWF[known_HW])), temperature)
    return np.ascontiguousarray(np.moveaxis(found_HWK, -1, 0))


class LabelledPixels:
    """Class probabilities (P, K) and class indices (P,) of the labelled pixels of each sample.

    They are the same each time one goes through them. What was predicted is kept as long as it
    takes no more than `most` bytes, the first samples first; the others are predicted again.
    """

    def __init__(
        self, predict: Predict, samples: Sequence[Sample], *, class_count: int, most: int = KEPT
    ) -> None:
        self._predict = predict
        self._samples = samples
        self._classes = class_count
        self._room = most
        self._kept: list[Probabilities] = []

    def __iter__(self) -> Iterator[Probabilities]:
        for number in range(len(self._samples)):
            if number < len(self._kept):
                yield self._kept[number]
                continue
            found = self._look(number)
            # only the next sample: what is kept has no gaps
            if number == len(self._kept):
                self._keep(found)
            yield found

    def count(self) -> Confusion:
        """Counts of the pixels against their most probable classes."""
        counts = Confusion.empty(self._classes)
        for probabilities, indices in self:
            counts = counts + Confusion.from_indices(
                indices, probabilities.argmax(axis=1), class_count=self._classes
            )
        return counts

    def logits(self) -> Iterator[Probabilities]:
        """Logits, not calibrated, in place of the probabilities."""
        for probabilities, indices in self:
            yield floored_logits(probabilities), indices

    def _look(self, number: int) -> Probabilities:
        features_FHW, _, indices = self._samples[number]
        labelled = indices >= 0
        chosen_F1P = features_FHW[:, None, labelled]
        found = predict_image(self._predict, chosen_F1P, class_count=self._classes)
        return found[:, 0].T, indices[labelled]

    def _keep(self, found: Probabilities) -> None:
        size = sum(part.nbytes for part in found)
        if size <= self._room:
            self._room -= size
            self._kept.append(found)


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
