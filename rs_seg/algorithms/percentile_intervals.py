"""Percentile intervals of figures that were drawn again and again (Efron and Tibshirani 1993)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.map_figures import Interval

Floats = NDArray[np.float64]
LEVEL = 0.95
"""Share of the drawn figures that lie between the ends of an interval."""
DIGITS = 6
"""Decimals of the ends of intervals in files."""


def intervals(figures: Floats) -> Floats:
    """The middle `LEVEL` of the figures (..., R), as ends (2, ...).

    NaN where a figure is not defined in every draw.
    """
    tail = 50 * (1 - LEVEL)
    ends: Floats = np.percentile(figures, (tail, 100 - tail), axis=-1)
    return ends


def known_interval(figures: Floats) -> Interval | None:
    """The same of the draws (R,) in which a figure is defined; None where there are none."""
    known = figures[np.isfinite(figures)]
    if not known.size:
        return None
    low, high = intervals(known).tolist()
    return round(low, DIGITS), round(high, DIGITS)
