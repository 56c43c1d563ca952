"""Components of many bands: sums of bands that hold most of the variance, or least of the noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAST_VARIANCE = 1e-10
"""Share of the largest variance below which a direction of the bands counts as dependent on others.
"""
DIGITS = 9
"""Significant digits of weights: the last bits of sums depend on the machine."""


class Components(NamedTuple):
    """Weighted sums of bands in order; fewer than bands where these are not independent."""

    weights: Floats
    """(C, B)"""
    offsets: Floats
    """(C,), so that the mean of each is 0"""
    shares: Floats
    """(C,): share of the variance of all standardised bands, or share of its own that is signal."""


def principal_components(mean: Floats, covariance: Floats) -> Components:
    """Components of standardised bands by falling variance.

    The units of the bands do not count: heights may stand beside reflectance.

    Pearson 1901; Hotelling 1933.
    """
    deviation, values, vectors = _independent_directions(covariance)
    return _write_out(vectors / deviation[:, None], mean, values / values.sum())


def noise_fractions(mean: Floats, covariance: Floats, noise: Floats) -> Components:
    """Components of variance 1 by rising share of noise, whose covariance is `noise`.

    The units of the bands do not count.
    Green, Berman, Switzer and Craig 1988 (minimum noise fraction).
    """
    deviation, values, vectors = _independent_directions(covariance)
    whitening = vectors / np.sqrt(values) / deviation[:, None]
    fractions, turned = np.linalg.eigh(whitening.T @ noise @ whitening)  # rising
    return _write_out(whitening @ turned, mean, 1 - fractions)


def _independent_directions(covariance: Floats) -> tuple[Floats, Floats, Floats]:
    """Deviations (B,) of bands, and independent directions of the standardised bands.

    Variances (C,) along the directions, and the directions (B, C).

    Variances fall. The deviation of a band that does not vary is 1.
    """
    variances = np.diag(covariance)
    deviation = np.where(variances > 0, np.sqrt(variances), 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(deviation, deviation))
    values, vectors = values[::-1], vectors[:, ::-1]
    independent = values > max(values[0] * LEAST_VARIANCE, 0)
    return deviation, values[independent], vectors[:, independent]


def _write_out(columns: Floats, mean: Floats, shares: Floats) -> Components:
    """Components of weights in columns (B, C).

    Each is turned so that its largest weight is positive.
    """
    largest = np.abs(columns).argmax(axis=0)
    turned = columns * np.sign(columns[largest, np.arange(columns.shape[1])])
    weights = _round(turned.T, DIGITS)
    return Components(weights, _round(-weights @ mean, DIGITS + 3), shares)


def _round(values: Floats, digits: int) -> Floats:
    """Values with so many significant digits."""
    rounded = [float(f"{value:.{digits}g}") for value in values.flat]
    return np.array(rounded).reshape(values.shape)
