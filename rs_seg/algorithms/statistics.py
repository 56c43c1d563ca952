"""Band statistics of streamed pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.statistics import BandFigures

Floats = NDArray[np.float64]
HUGE = 1e100
"""Values from which figures are computed of shares of the largest."""
CHUNK = 1 << 16
"""Pixels whose products are summed at once, which bounds memory."""


@dataclass(frozen=True)
class BandStatistics:
    """Figures of each band, shape (B,), with population standard deviation.

    `p2` and `p98` come from a systematic sample.
    """

    pixels: int
    mean: Floats
    std: Floats
    low: Floats
    high: Floats
    p2: Floats
    p98: Floats
    sample: NDArray[Any]
    """The pixels (B, N) of that sample."""


def name_figures(bands: Sequence[str], figures: BandStatistics) -> tuple[BandFigures, ...]:
    """The figures of each band by its name, as files have them."""
    columns = (figures.mean, figures.std, figures.low, figures.high, figures.p2, figures.p98)
    return tuple(
        BandFigures(name=band, mean=mean, std=std, min=low, max=high, p2=p2, p98=p98)
        for band, mean, std, low, high, p2, p98 in zip(
            bands, *(column.tolist() for column in columns), strict=True
        )
    )


class BandAccumulator:
    """Statistics of pixels that are fed in parts, in float64 (Chan, Golub and LeVeque 1983).

    Percentiles come from every `stride`-th pixel (all where 1).
    """

    def __init__(self, band_count: int, *, stride: int = 1) -> None:
        self.pixels = 0
        self._mean = np.zeros(band_count)
        self._squares = np.zeros(band_count)
        self._low = np.full(band_count, np.inf)
        self._high = np.full(band_count, -np.inf)
        self._stride = stride
        self._sample: list[NDArray[Any]] = []

    def feed(self, pixels: NDArray[Any], valid: NDArray[np.bool_]) -> None:
        """Take in the valid pixels of a part: (B, H, W) and (H, W)."""
        values = pixels[:, valid]
        count = values.shape[1]
        if not count:
            return
        # The sample goes on where the part before ended, so it does not depend on the parts.
        self._sample.append(values[:, -self.pixels % self._stride :: self._stride].copy())
        self._low = np.minimum(self._low, values.min(axis=1))
        self._high = np.maximum(self._high, values.max(axis=1))
        wide = values.astype(np.float64)
        mean = wide.mean(axis=1)
        change = mean - self._mean
        total = self.pixels + count
        # Squared deviations of the part from its own mean, and what the shift between both means
        # adds. Sums of squares less squares of sums would lose all digits of large values.
        self._squares += ((wide - mean[:, None]) ** 2).sum(
            axis=1
        ) + change**2 * self.pixels * count / total
        self._mean += change * count / total
        self.pixels = total

    def finish(self) -> BandStatistics:
        """The statistics of everything fed; at least one pixel must have been."""
        assert self.pixels, "statistics of no pixels"
        sample = np.concatenate(self._sample, axis=1)
        p2, p98 = np.percentile(sample, (2, 98), axis=1)
        return BandStatistics(
            self.pixels,
            self._mean,
            np.sqrt(self._squares / self.pixels),
            self._low,
            self._high,
            p2,
            p98,
            sample,
        )


def band_covariance(
    pieces: Iterable[NDArray[Any]], *, band_count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (B,) and covariance (B, B) of the bands over all `pieces` (B, N); 0 without pixels.

    Each piece is seen once. Source: Chan, Golub and LeVeque 1983, the pairwise update.
    """
    count, mean = 0, np.zeros(band_count)
    products = np.zeros((band_count, band_count))
    for piece in pieces:
        for start in range(0, piece.shape[1], CHUNK):
            values = piece[:, start : start + CHUNK].astype(np.float64)
            added = values.shape[1]
            own = values.mean(axis=1)
            values -= own[:, None]
            shift, total = own - mean, count + added
            # Both sides are centred on their own means; the outer product moves them to the common
            # one.
            products += values @ values.T + np.outer(shift, shift) * (count * added / total)
            mean, count = mean + shift * (added / total), total
    return mean, products / max(count, 1)


def differ_in_magnitude(means: Floats) -> bool:
    """Whether positive means of a band differ by an order of magnitude, as 0..1 and 0..10000.

    Each mean is that of one scene.
    """
    positive = means[means > 0]
    return len(positive) > 1 and bool(positive.max() >= 10 * positive.min())


def describe_band(values: NDArray[Any]) -> dict[str, float]:
    """Mean, standard deviation, least, greatest, 2nd and 98th percentile of N > 0 values."""
    wide = values.astype(np.float64)
    # squares and sums of huge values are no numbers
    largest = float(np.abs(wide).max())
    scale = largest if largest > HUGE else 1.0
    wide /= scale
    p2, p98 = np.percentile(wide, (2, 98))
    figures = {
        "mean": wide.mean(),
        "std": wide.std(),
        "min": wide.min(),
        "max": wide.max(),
        "p2": p2,
        "p98": p98,
    }
    return {name: float(value) * scale for name, value in figures.items()}
