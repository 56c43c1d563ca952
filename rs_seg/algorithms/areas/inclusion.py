"""How likely each unit is drawn, of which its weight follows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rs_seg.errors import UserError

Floats = NDArray[np.float64]


def unit_probabilities(drawn: ArrayLike, units: ArrayLike) -> Floats:
    """Probability n_h / N_h of a unit in each stratum, or n / N of a simple random sample.

    Raises:
        UserError: More units are drawn than there are, or none are there.
    """
    parts, whole = np.asarray(drawn, dtype=float), np.asarray(units, dtype=float)
    if not ((parts >= 0) & (parts <= whole) & (whole > 0)).all():
        raise UserError(
            "more units are drawn than there are", found=parts.tolist(), expected=whole.tolist()
        )
    return np.asarray(parts / whole)


def two_stage_probabilities(
    clusters_drawn: ArrayLike, clusters: ArrayLike, drawn: ArrayLike, units: ArrayLike
) -> Floats:
    """Probability (m / M) (n_c / N_c) of a unit: its cluster is drawn, then the unit in it.

    The weight of a unit is its area divided by this. Source: Cochran 1977, chapter 10.
    """
    return unit_probabilities(clusters_drawn, clusters) * unit_probabilities(drawn, units)


def grid_spacing(size: float, units: float) -> float:
    """Side of the squares of a systematic grid with so many units: sqrt(size / n)."""
    return float(np.sqrt(size / units))


def expected_design_effect(units_in_cluster: float, correlation: float) -> float:
    """How many times as many units a sample of clusters needs: 1 + (n_c - 1) rho.

    `correlation` is that of two units of one cluster, from 0 (nothing in common) to 1 (alike).
    Source: Kish 1965.
    """
    return 1 + (units_in_cluster - 1) * correlation
