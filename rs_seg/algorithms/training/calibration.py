"""Calibrated probabilities: one temperature per model, fitted on validation pixels.

The source is Guo et al. 2017. Logits are divided by the temperature before the softmax; classes do
not change, only how sure of them the model is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from torch.utils.data import DataLoader

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.progress import track

Logits = tuple[NDArray[np.float32], NDArray[np.int64]]
"""Logits (P, K) and class indices (P,) of labelled pixels."""
BINS = 15
"""Bins of equal width of the maximum probability, as in Guo et al. 2017."""
FITTED = 1_000_000
"""Pixels that the temperature is fitted to at most, which bounds memory."""
LOWEST, HIGHEST = 0.1, 10.0
"""Limits of the temperature: for pixels that are all right, or all wrong, there is no best one."""
BESIDE = 1.001
"""Factor up to which a temperature is at a limit: the search stops just before it."""
CHUNK = 1 << 16

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReliabilityCounts:
    """Sums over pixels, by bin of the maximum probability; sums of parts are those of the whole."""

    pixels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    """Sum of the maximum probability."""
    correct: NDArray[np.int64]
    """Pixels whose most probable class is the reference's."""
    nll: float
    """Sum of the negative logarithms of the probability of the reference's class."""

    @classmethod
    def empty(cls) -> ReliabilityCounts:
        """No pixels."""
        return cls(np.zeros(BINS, np.int64), np.zeros(BINS), np.zeros(BINS, np.int64), 0.0)

    @classmethod
    def from_logits(
        cls,
        logits_PK: NDArray[np.floating],
        indices: NDArray[np.int64],
        *,
        temperature: float = 1.0,
    ) -> ReliabilityCounts:
        """The sums over pixels with logits (P, K) and class indices (P,).

        A bin holds its upper edge.
        """
        logs_PK = log_softmax(logits_PK.astype(np.float64) / temperature, axis=1)
        confidence = np.exp(logs_PK.max(axis=1))
        numbers = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
        correct = numbers[logits_PK.argmax(axis=1) == indices]
        return cls(
            np.bincount(numbers, minlength=BINS),
            np.bincount(numbers, weights=confidence, minlength=BINS).astype(np.float64),
            np.bincount(correct, minlength=BINS),
            -float(logs_PK[np.arange(len(indices)), indices].sum()),
        )

    def __add__(self, other: ReliabilityCounts) -> ReliabilityCounts:
        return ReliabilityCounts(
            self.pixels + other.pixels,
            self.confidence + other.confidence,
            self.correct + other.correct,
            self.nll + other.nll,
        )

    @property
    def total(self) -> int:
        """Number of pixels."""
        return int(self.pixels.sum())

    def mean_nll(self) -> float:
        """Negative log-likelihood per pixel, in nats; NaN without pixels."""
        return self.nll / self.total if self.total else float("nan")

    def ece(self) -> float:
        """Expected calibration error: mean over pixels of their bin's |accuracy - confidence|.

        It is NaN without pixels. Naeini et al. 2015; Guo et al. 2017, equation 3.
        """
        return (
            float(np.abs(self.correct - self.confidence).sum() / self.total)
            if self.total
            else float("nan")
        )

    def bins(self) -> list[tuple[int, float | None, float | None]]:
        """Pixels, mean confidence and accuracy of each bin; None where a bin is empty."""
        sums = zip(
            self.pixels.tolist(), self.confidence.tolist(), self.correct.tolist(), strict=True
        )
        return [
            (count, sure / count, right / count) if count else (0, None, None)
            for count, sure, right in sums
        ]


@dataclass(frozen=True)
class Calibration:
    """The temperature of a model, and reliability over all pixels without and with it."""

    temperature: float
    """1 where the fitted one does not lower the calibration error."""
    fitted: float
    """The one with the least negative log-likelihood of the sample."""
    before: ReliabilityCounts
    after: ReliabilityCounts

    def remarks(self) -> Iterator[str]:
        """Sentences for a temperature that was not taken, or is the last one of the search."""
        if self.temperature != self.fitted:
            yield (
                "probabilities stay as the network gives them: correcting them by one temperature "
                f"({self.fitted:.3g}) would not bring them closer to the shares that are right on "
                "the validation areas"
            )
        if not LOWEST * BESIDE < self.fitted < HIGHEST / BESIDE:
            yield (
                "probabilities may be far from the shares that are right: their temperature "
                f"({self.fitted:.3g}) is at a limit of the search ({LOWEST:g} to {HIGHEST:g}), "
                "because the validation areas hold few labelled pixels, or nearly all of them are "
                "right, or wrong; label more"
            )


class LogitSample:
    """A random sample of a stream of pixels, all equally likely, at most twice its size in memory.

    Every pixel draws a key; the pixels with the smallest keys stay. The same stream and seed give
    the same sample.
    """

    def __init__(self, size: int, *, seed: int) -> None:
        self._size = size
        self._generator = np.random.default_rng(seed)
        self._limit = np.inf
        self._held = 0
        self._parts: list[tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.int64]]] = []

    def add(self, logits_PK: NDArray[np.float32], indices: NDArray[np.int64]) -> None:
        """Let further pixels take part."""
        # Every pixel draws a key, whether it can stay or not: the sample does not depend on when
        # parts are cut.
        keys = self._generator.random(len(indices))
        stays = keys < self._limit
        self._parts.append((keys[stays], logits_PK[stays], indices[stays]))
        self._held += int(np.count_nonzero(stays))
        if self._held > 2 * self._size:
            self._cut()

    def drawn(self) -> Logits:
        """Logits and class indices of the sample, or of all pixels where there are no more."""
        self._cut()
        _, logits_PK, indices = self._parts[0]
        return logits_PK, indices

    def _cut(self) -> None:
        keys, logits_PK, indices = (
            np.concatenate(parts) for parts in zip(*self._parts, strict=True)
        )
        order = np.argsort(keys, kind="stable")[: self._size]
        if len(order) == self._size:  # larger keys can no longer be among the smallest
            self._limit = float(keys[order[-1]])
        self._parts = [(keys[order], logits_PK[order], indices[order])]
        self._held = len(order)


def calibrate(
    stream: Callable[[], Iterable[Logits]], *, seed: int, fitted: int = FITTED
) -> Calibration | None:
    """The temperature of a model with what it changes; None where the stream holds no pixel.

    `stream()` gives the labelled validation pixels, the same ones each time; it is read twice. The
    temperature is fitted to a random sample of at most `fitted` pixels drawn from the seed;
    reliability is that of all pixels. A temperature that does not lower the negative log-likelihood
    of the sample, or the expected calibration error of all pixels, is 1: a few wrong pixels of high
    confidence can move the temperature away from what suits all others. The log says so, and where
    the search ends at one of its limits.
    """
    sample, before = LogitSample(fitted, seed=seed), ReliabilityCounts.empty()
    for logits_PK, indices in stream():
        sample.add(logits_PK, indices)
        before = before + ReliabilityCounts.from_logits(logits_PK, indices)
    if before.total == 0:
        return None
    best = fit_temperature(*sample.drawn())
    counts = (ReliabilityCounts.from_logits(*pixels, temperature=best) for pixels in stream())
    after = sum(counts, start=ReliabilityCounts.empty())
    taken = after.ece() < before.ece()
    calibration = Calibration(best if taken else 1.0, best, before, after if taken else before)
    for remark in calibration.remarks():
        logger.warning("%s", remark)
    return calibration


def fit_temperature(logits_PK: NDArray[np.float32], indices: NDArray[np.int64]) -> float:
    """The temperature from 0.1 to 10, to four decimals, with the least negative log-likelihood.

    At least one pixel is needed. The likelihood is concave in 1 / T, so there is one minimum.
    Rounded, so that the last bits of a sum do not count.
    """

    def loss(logarithm: float) -> float:
        return mean_nll(logits_PK, indices, temperature=float(np.exp(logarithm)))

    # The logarithm rises with T, so there is still one minimum, and both sides of 1 are searched
    # alike.
    minimum = minimize_scalar(
        loss, bounds=(np.log(LOWEST), np.log(HIGHEST)), method="bounded", options={"xatol": 1e-5}
    )
    temperature = round(float(np.exp(minimum.x)), 4)
    improves = mean_nll(logits_PK, indices, temperature=temperature) < mean_nll(logits_PK, indices)
    return temperature if improves else 1.0


def mean_nll(
    logits_PK: NDArray[np.float32], indices: NDArray[np.int64], *, temperature: float = 1.0
) -> float:
    """Negative log-likelihood per pixel of class indices (P,), in nats.

    Probabilities are softmax(logits (P, K) / temperature).
    """
    total = 0.0
    for start in range(0, len(indices), CHUNK):
        part = slice(start, start + CHUNK)
        logs_PK = log_softmax(logits_PK[part].astype(np.float64) / temperature, axis=1)
        total -= float(np.take_along_axis(logs_PK, indices[part, None], axis=1).sum())
    return total / len(indices)


def network_logits(
    network: NormalisedNetwork, samples: Any, *, batch_size: int, workers: int = 0
) -> Iterator[Logits]:
    """Logits of the labelled pixels of samples, batch after batch.

    Samples are those of `rs_seg.algorithms.training.task`. The network, in evaluation mode and on
    its device, computes in float32.
    """
    # nothing is drawn, but the loader would advance the global one
    generator = torch.Generator().manual_seed(0)
    loader = DataLoader(samples, batch_size=batch_size, num_workers=workers, generator=generator)
    for pixels_NBHW, valid_NHW, target_NHW in track(
        loader, total=len(loader), description="calibrate"
    ):
        with torch.inference_mode():
            pixels = pixels_NBHW.to(network.mean.device, memory_format=torch.channels_last)
            logits_NKHW = network(pixels, valid_NHW.to(network.mean.device)).cpu()
        labelled = target_NHW >= 0
        yield logits_NKHW.movedim(1, -1)[labelled].numpy(), target_NHW[labelled].numpy()
