"""Accuracy and areas from samples whose units were drawn one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.estimates import Estimates, gather_estimates, undefined_notes
from rs_seg.algorithms.areas.figures import MEANS, RATIOS, Figure, linearise_figure
from rs_seg.algorithms.areas.printing import Choice, Evidence, Intervals
from rs_seg.algorithms.areas.samples import Sample
from rs_seg.algorithms.areas.variances import Design, stratified_variance, variance_factors

Floats = NDArray[np.float64]


def estimate(
    sample: Sample,
    *,
    design: Design = "stratified",
    intervals: Choice = "best",
    confidence: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> Estimates:
    """All figures of a stratified, post-stratified or simple random sample.

    Means: Y = sum_h W_h mean_h. Ratios: R = Y / X, variance of the residuals y - R x divided by
    X^2 (combined ratio estimator). Strata need not be classes of the map. The finite population
    correction is made where the strata say how many units they have.
    Source: Stehman 2014, equations 2, 25 and 28; Olofsson et al. 2014, equations 1 to 11, is the
    special case of strata that are classes of the map, without the correction.
    """
    means = (sample.counts / sample.units[:, None, None]).reshape(len(sample.units), -1)
    factors = variance_factors(sample.strata, sample.units, design)
    shares = sample.strata.weights @ means
    evidence = weigh_evidence(
        shares,
        len(sample.classes),
        lambda residuals: stratified_variance(means, sample.units, factors, residuals),
    )
    method = Intervals.of(sample, design, confidence=confidence, draws=draws, seed=seed)
    counts = sample.counts.reshape(1, *means.shape)
    batch = {figure: _of_one(found) for figure, found in evidence.items()}
    many = len(sample.classes)
    return Estimates(
        gather_estimates(
            evidence,
            method.printed(counts, batch, choice=intervals),
            sample.classes,
            size=float(sample.strata.sizes.sum()),
        ),
        sample.classes,
        shares.reshape(many, many),
        (*_lone_units(sample, factors), *undefined_notes(evidence, sample.classes)),
    )


def weigh_evidence(
    shares: Floats, class_count: int, variance: Callable[[Floats], Floats]
) -> dict[Figure, Evidence]:
    """Every ratio and mean of ratios, with its error, from shares of cells (K * K,)."""
    figures: tuple[Figure, ...] = (*RATIOS, *MEANS)
    linear = {figure: linearise_figure(shares, figure, class_count) for figure in figures}
    return {
        figure: Evidence(found.values, np.sqrt(variance(found.residuals)))
        for figure, found in linear.items()
    }


def _of_one(evidence: Evidence) -> Evidence:
    return Evidence(evidence.values[None], evidence.errors[None])


def _lone_units(sample: Sample, factors: Floats) -> list[str]:
    lone = [
        str(name)
        for name, units, factor in zip(sample.strata.names, sample.units, factors, strict=True)
        if units == 1 and factor > 0
    ]
    if not lone:
        return []
    return [f"one unit alone was labelled in {', '.join(lone)}: standard errors are not defined"]
