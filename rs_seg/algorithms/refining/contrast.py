"""What refinements compare pixels by: standardised bands, or leading components of many bands.

All on one scale.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.statistics import band_covariance

USUAL_BANDS = 3
"""Bands of the images that the defaults of refinements were chosen on."""
MOST_BANDS = 6
"""More bands than this are replaced by their leading components: the lattice of the dense CRF has
room for eight features, of which row and column are two, and its time grows with their number."""
COMPONENTS = 4
DIGITS = 6
"""Significant digits of what is fitted to many bands: the last bits of its sums depend on the
machine."""


class Contrast(NamedTuple):
    """A linear map from the bands of an image to what is compared.

    It is the same for every pixel of a scene.
    """

    mean: NDArray[np.float64]
    """(B,)"""
    deviation: NDArray[np.float64]
    """(B,)"""
    factor: float
    """What standardised bands, or their components, are multiplied by."""
    axes: NDArray[np.float64] | None = None
    """(C, B) components of the standardised bands; None: the bands themselves."""

    def apply(self, bands: NDArray[Any]) -> NDArray[np.float32]:
        """What is compared, (C, H, W), of bands (B, H, W); no value depends on the other pixels."""
        if self.axes is None:
            mean, deviation = self.mean[:, None, None], self.deviation[:, None, None]
            return ((bands - mean) / deviation * self.factor).astype(np.float32)
        # band after band and not by a matrix product, whose last bits depend on a pixel's place
        compared = np.zeros((len(self.axes), *bands.shape[1:]))
        for band, mean, weights in zip(
            bands, self.mean, (self.axes / self.deviation).T, strict=True
        ):
            compared += weights[:, None, None] * (band - mean)
        return (compared * self.factor).astype(np.float32)


def fit_contrast(pieces: Iterable[NDArray[Any]], *, band_count: int, summed: bool) -> Contrast:
    """The map for an image whose pixels are `pieces` (B, N), each seen once.

    With `summed`, squared differences of what is compared add up to d^2 = 3 * the mean, over the
    bands that vary, of squared differences in standard deviations: what they are for three bands,
    however many there are. Without, for methods that take the steepest band, each band is in
    standard deviations. More than MOST_BANDS bands are replaced by their COMPONENTS leading
    principal components, whose variances sum to 3 with `summed`, else to 1, as if these components
    held all that the bands show.
    """
    if band_count <= MOST_BANDS:
        mean, deviation, varying = band_moments(pieces)
        varying_count = max(int(np.count_nonzero(varying)), 1)
        factor = np.sqrt(USUAL_BANDS / varying_count) if summed else 1.0
        return Contrast(mean, deviation, float(factor))
    mean, covariance = band_covariance(pieces, band_count=band_count)
    variances = np.diag(covariance)
    deviation = np.where(variances > 0, np.sqrt(variances), 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(deviation, deviation))  # rising
    explained = float(values[-COMPONENTS:].sum())
    factor = np.sqrt((USUAL_BANDS if summed else 1) / explained) if explained > 0 else 1.0
    axes = vectors[:, : -COMPONENTS - 1 : -1].T
    return Contrast(
        _settle(mean), _settle(deviation), float(_settle(factor)), np.round(axes, DIGITS)
    )


def band_moments(
    pieces: Iterable[NDArray[Any]],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Mean and standard deviation of each band, and whether it varies.

    Over all `pieces` (B, N), each seen once.

    The deviation of a band that does not vary is 1.

    Source: Chan, Golub and LeVeque 1983, the pairwise update.
    """
    count, mean, squares = 0, np.zeros(1), np.zeros(1)
    for piece in pieces:
        added = piece.shape[1]
        if added == 0:
            continue
        values = piece.astype(np.float64)
        shift = values.mean(axis=1) - mean
        total = count + added
        squares = squares + values.var(axis=1) * added + shift**2 * (count * added / total)
        mean, count = mean + shift * (added / total), total
    deviation = np.sqrt(squares / max(count, 1))
    return mean, np.where(deviation > 0, deviation, 1.0), deviation > 0


def _settle(values: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Values rounded to DIGITS significant digits."""
    given = np.asarray(values, dtype=np.float64)
    size = 10.0 ** (
        np.floor(np.log10(np.abs(given), where=given != 0, out=np.zeros_like(given))) - DIGITS + 1
    )
    settled: NDArray[np.float64] = np.round(given / size) * size
    return settled
