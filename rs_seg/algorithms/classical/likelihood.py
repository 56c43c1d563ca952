"""Classes by the likelihood of single pixels.

Gaussian in all bands, or Gamma and Rayleigh for the speckle of radar.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.pixels import Arrays

RIDGE = 1e-6
"""Added to the variances of a class, as a share of those of all classes: no class is flat in any
direction."""
LEAST_SHARE = 0.01
"""Length of a feature's part in singular directions from which on it belongs to them."""
LEAST_INTENSITY = 1e-12
"""Intensities are raised to this, as a share of the mean: a dark class still has a mean above 0."""


def fit_gaussian(
    features: NDArray[np.float32], indices: NDArray[np.int64], *, class_count: int
) -> Arrays:
    """A normal distribution per class over features (P, B): means, whitening, constants.

    Fitted to class indices (P,).

    `means` (K, B); `whitening` (K, B, B) makes a class's deviations uncorrelated with variance 1;
    `constants` (K) is half the logarithm of the determinant of the covariance, infinite for classes
    without samples.

    Source: Duda, Hart and Stork 2001, section 2.6.3.
    """
    values = features.astype(np.float64)
    band_count = values.shape[1]
    ridge = np.diag(np.maximum(values.var(axis=0), np.finfo(np.float64).tiny)) * RIDGE
    means, constants = np.zeros((class_count, band_count)), np.full(class_count, np.inf)
    whitening = np.zeros((class_count, band_count, band_count))
    for index in np.unique(indices):
        own = values[indices == index]
        means[index] = own.mean(axis=0)
        factor = np.linalg.cholesky(
            np.cov(own, rowvar=False, bias=True).reshape(band_count, band_count) + ridge
        )
        whitening[index] = np.linalg.inv(factor)
        constants[index] = np.log(np.diag(factor)).sum()
    return {"means": means, "whitening": whitening, "constants": constants}


def find_dependent(
    features: NDArray[np.float32], indices: NDArray[np.int64]
) -> dict[int, list[int]]:
    """Positions of the features along which a class's covariance is singular, by class index.

    Features are (P, B).

    These features do not vary in the class, follow from one another, or outnumber its pixels: there
    is a direction in which the class varies less than what `fit_gaussian` adds, so that this
    decides. Sound classes are left out.
    """
    values = features.astype(np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    dependent = {}
    for index in np.unique(indices):
        own = values[indices == index]
        covariance = np.cov(own, rowvar=False, bias=True).reshape(values.shape[1], -1)
        variances, directions = np.linalg.eigh(covariance)
        shares = np.linalg.norm(directions[:, variances < RIDGE], axis=1)
        if shares.any():
            dependent[int(index)] = np.flatnonzero(shares > LEAST_SHARE).tolist()
    return dependent


def fit_speckle(
    features: NDArray[np.float32],
    indices: NDArray[np.int64],
    *,
    class_count: int,
    band: int,
    looks: float,
    amplitude: bool = False,
) -> Arrays:
    """A Gamma distribution of the intensity per class.

    Arrays: `intensities` (K), `looks`, `band`, `amplitude` (1 each).

    Multiplicative speckle of `looks` looks around a mean intensity, NaN for classes without
    samples, in one band; the band holds amplitudes, which are squared, where `amplitude`. One look
    of an amplitude is the Rayleigh distribution.

    Source: Oliver and Quegan 2004, section 4.3.
    """
    intensity = _intensity(features[:, band], amplitude)
    counts = np.bincount(indices, minlength=class_count)
    sums = np.bincount(indices, weights=intensity, minlength=class_count)
    means = np.divide(sums, counts, out=np.full(class_count, np.nan), where=counts > 0)
    return {
        "intensities": np.maximum(means, LEAST_INTENSITY * max(intensity.mean(), LEAST_INTENSITY)),
        "looks": np.array([looks], dtype=np.float64),
        "band": np.array([band], dtype=np.int64),
        "amplitude": np.array([amplitude]),
    }


def likelihood_costs(arrays: Arrays, features: NDArray[np.float32]) -> NDArray[np.float64]:
    """Negative log-likelihood (P, K) of features (P, B), infinite for classes without samples.

    Up to what all classes share.
    """
    if "intensities" in arrays:
        means, looks = arrays["intensities"], arrays["looks"][0]
        intensity = _intensity(features[:, arrays["band"][0]], bool(arrays["amplitude"][0]))
        costs = looks * (np.log(means) + intensity[:, None] / means)
        return np.where(np.isnan(means), np.inf, costs)
    costs = np.empty((len(features), len(arrays["means"])))
    for index, (mean, whitening) in enumerate(
        zip(arrays["means"], arrays["whitening"], strict=True)
    ):
        costs[:, index] = _distances(features - mean, whitening) / 2 + arrays["constants"][index]
    return costs


def predict_likelihood(arrays: Arrays, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Class probabilities (P, K) of features (P, B) where classes are equally common.

    Classes without samples have none.
    """
    costs = likelihood_costs(arrays, features)
    powers = np.exp(costs.min(axis=1, keepdims=True, initial=np.inf) - costs)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def _distances(
    deviations: NDArray[np.float64], whitening: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared lengths (P,) of whitened deviations (P, F).

    The order of the sums does not depend on the number of pixels.

    A matrix product would be summed in another order at the last pixels of a tile than at the same
    pixels of another.
    """
    total = np.zeros(len(deviations))
    for row in whitening:
        whitened = np.zeros(len(deviations))
        for column, weight in enumerate(row):
            whitened += deviations[:, column] * weight
        total += whitened**2
    return total


def _intensity(values: NDArray[np.float32], amplitude: bool) -> NDArray[np.float64]:
    """Intensities, none below 0."""
    positive = np.maximum(values.astype(np.float64), 0)
    return positive**2 if amplitude else positive
