"""Intervals of figures that are shares, from 0 to 1."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Limits = tuple[Floats, Floats]
"""Lower and upper ends."""
WALD = "Wald"
CLOPPER_PEARSON = "Clopper and Pearson"
KORN_GRAUBARD = "Korn and Graubard"
WIDER = "Dirichlet draws or Korn and Graubard"
STUDENT = "Student's t, logit"


def normal_quantile(confidence: float) -> float:
    """Half width in standard errors, to three digits as in printed tables: 1.96 of 95 %."""
    assert 0 < confidence < 1
    return round(NormalDist().inv_cdf((1 + confidence) / 2), 3)


def wald(value: Floats, error: Floats, confidence: float) -> Limits:
    """Value -+ z error, cut at 0 and 1.

    Too narrow where few units carry the figure: an omission in a large stratum that the sample did
    not hit has no variance in the sample.
    """
    half = normal_quantile(confidence) * error
    return np.clip(value - half, 0, 1), np.clip(value + half, 0, 1)


def clopper_pearson(value: Floats, units: Floats, confidence: float) -> Limits:
    """Limits of a share of units drawn at random.

    Shares whose binomial tails beyond `value` are less likely than (1 - confidence) / 2 lie
    outside; `units` need not be whole, and an infinite number gives the value.
    Source: Clopper and Pearson 1934.
    """
    # scipy takes long to import, and other intervals need none of it
    from scipy.special import betaincinv

    outside = (1 - confidence) / 2
    finite = np.where(np.isfinite(units), units, 1.0)
    right, wrong = value * finite, (1 - value) * finite
    tiny = np.finfo(float).tiny
    low = np.where(right > 0, betaincinv(np.maximum(right, tiny), wrong + 1, outside), 0.0)
    high = np.where(wrong > 0, betaincinv(right + 1, np.maximum(wrong, tiny), 1 - outside), 1.0)
    known = np.isfinite(units)
    return np.where(known, low, value), np.where(known, high, value)


def student(value: Floats, error: Floats, confidence: float, *, freedom: int) -> Limits:
    """Wald's interval of log(p / (1 - p)) with Student's t, turned back.

    For samples of few clusters; `freedom` is the number of clusters less that of strata. A figure
    of 0 or 1 has no such interval: NaN. Source: Korn and Graubard 1999; `svyciprop` of R survey.
    """
    if freedom < 1:
        nothing = np.full_like(value, np.nan)
        return nothing, nothing
    # scipy takes long to import, and other intervals need none of it
    from scipy.special import expit, logit, stdtrit

    inside = (value > 0) & (value < 1)
    value = np.where(inside, value, np.nan)
    half = stdtrit(freedom, (1 + confidence) / 2) * error / (value * (1 - value))
    return expit(logit(value) - half), expit(logit(value) + half)
