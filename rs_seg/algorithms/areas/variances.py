"""Variances of stratified and post-stratified samples and of samples of clusters."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.figures import ROUNDING
from rs_seg.algorithms.areas.strata import Strata

Floats = NDArray[np.float64]
Design = Literal["stratified", "post-stratified"]
"""How units were drawn: so many in each stratum, or in all strata together, divided afterwards.

A simple random sample without strata is a stratified one of one stratum; a systematic sample is
taken for a random one, which overstates its errors more often than not.
"""


def sampled_parts(strata: Strata, units: NDArray[np.integer], design: Design) -> Floats:
    """Parts f_h = n_h / N_h of the strata that were drawn (H,); 0 where N_h is not known.

    In a post-stratified design the part of the whole, n / N, stands for all.
    """
    if strata.units is None:
        return np.zeros(len(strata.names))
    if design == "post-stratified":
        return np.full(len(strata.names), units.sum() / strata.units.sum())
    return np.asarray(units / strata.units)


def variance_factors(strata: Strata, units: NDArray[np.integer], design: Design) -> Floats:
    """What the sample variance of each stratum is multiplied with (H,) in that of a mean.

    Stratified: W_h^2 (1 - f_h) / n_h (Stehman 2014, equation 25).
    Post-stratified: (1 - f) W_h / n + (1 - W_h) / n^2 (Stehman 2013, equation 48), f = n / N.
    """
    weights = strata.weights
    parts = sampled_parts(strata, units, design)
    if design == "stratified":
        return np.asarray(weights**2 * (1 - parts) / units)
    total = units.sum()
    # a complete sample has no error of its division either
    division = np.where(parts < 1, (1 - weights) / total, 0)
    return np.asarray(((1 - parts) * weights + division) / total)


def stratified_variance(
    means: Floats, units: NDArray[np.integer], factors: Floats, residuals: Floats
) -> Floats:
    """Variances (..., Q) of sums of residuals (..., Q, C), from means of cells (..., H, C).

    V = sum_h factor_h s2_h, with s2_h the sample variance in the stratum (n_h - 1 below the line).
    A stratum with one unit says nothing of it: the variance is NaN, unless the factor is 0 because
    all of the stratum was drawn.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        bessel = np.where(units > 1, units / (units - 1), np.nan)
    # NaN times a factor of 0 would hide that a complete stratum has no error
    return variance_of_shares(means, np.where(factors == 0, 0.0, factors * bessel), residuals)


def variance_of_shares(means: Floats, factors: Floats, residuals: Floats) -> Floats:
    """Variances (..., Q) where `means` (..., H, C) are shares of cells that are taken for true.

    V = sum_h factor_h (mean of z^2 - (mean of z)^2): without the n_h - 1 of shares of a sample.
    """
    turned = np.swapaxes(residuals, -1, -2)
    squares = means @ turned**2
    spread = _without_rounding(squares - (means @ turned) ** 2, squares)
    per_stratum = factors[:, None] * spread
    # a figure that is not defined has no variance either
    return np.asarray(per_stratum.sum(axis=-2) + 0 * residuals.sum(axis=-1))


def cluster_variance(
    totals: Floats, stratum: NDArray[np.intp], residuals: Floats, parts: Floats
) -> Floats:
    """Variances (Q,) from weighted shares of cells of each cluster (M, C), and residuals (Q, C).

    V = sum_h (1 - f_h) m_h / (m_h - 1) sum_c (z_c - mean z)^2, with z_c the residuals of cluster c
    times its shares, m_h clusters drawn and f_h their part of all. NaN where a stratum has one
    cluster that is not all of it. What is drawn within a cluster is in the spread between clusters,
    and of that the factor leaves out f_h, which `variance_within` adds.
    Source: Hansen, Hurwitz and Madow 1953; Wolter 2007, ultimate clusters.
    """
    spread = totals @ residuals.T
    variance = np.zeros(len(residuals))
    for place, part in enumerate(parts):
        within = spread[stratum == place]
        many = len(within)
        if part < 1:
            factor = np.nan if many < 2 else (1 - part) * many / (many - 1)
            apart = ((within - within.mean(axis=0)) ** 2).sum(axis=0)
            variance += factor * _without_rounding(apart, (within**2).sum(axis=0))
    return np.asarray(variance + 0 * residuals.sum(axis=-1))


def variance_within(
    totals: Floats,
    squares: Floats,
    units: NDArray[np.integer],
    stratum: NDArray[np.intp],
    residuals: Floats,
    parts: Floats,
) -> Floats:
    """The part of variances (Q,) that comes from the draw of units within their clusters.

    V = sum_h f_h sum_c n_c / (n_c - 1) sum_i (z_i - mean z)^2, with z_i the residual of unit i
    times its share: `totals` (M, C) are sums of these shares, `squares` (M, C) of their squares,
    `units` (M,) are the n_c. A cluster of one unit has z_i^2, which is more than its variance.
    Source: Cochran 1977, equation 10.15, with a small part of each cluster drawn.
    """
    sums = totals @ residuals.T
    many = units[:, None]
    centred = np.clip(squares @ residuals.T**2 - np.where(many > 1, sums**2 / many, 0), 0, None)
    bessel = np.where(many > 1, many / np.maximum(many - 1, 1), 1)
    return np.asarray((parts[stratum, None] * bessel * centred).sum(axis=0))


def _without_rounding(spread: Floats, squares: Floats) -> Floats:
    """Sums of squares about a mean, 0 where they are as small as what rounding leaves of `squares`.

    So an error is 0 where all agree, and nowhere else, however small the share of the ground.
    """
    return np.asarray(np.where(spread <= ROUNDING * squares, 0.0, spread))
