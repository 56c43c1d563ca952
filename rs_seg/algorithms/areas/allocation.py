"""How many units a sample needs, and how many of them lie in each stratum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rs_seg.algorithms.areas.intervals import normal_quantile
from rs_seg.algorithms.areas.strata import Strata
from rs_seg.errors import UserError

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def units_for_accuracy(strata: Strata, users: ArrayLike, error: float) -> float:
    """Units for a standard error of the overall accuracy, from user's accuracies (H,); round up.

    n = (sum W_h S_h)^2 / (S^2 + sum W_h S_h^2 / N), S_h = sqrt(U_h (1 - U_h)). Strata are classes
    of the map. Without numbers of units N is taken for infinite.
    Source: Cochran 1977, equation 5.25; Olofsson et al. 2014, equation 13.
    """
    weights, spread = strata.weights, _spread(users)
    all_units = np.inf if strata.units is None else strata.units.sum()
    rest = (weights * spread**2).sum() / all_units
    return float((weights * spread).sum() ** 2 / (error**2 + rest))


def units_for_share(share: float, half_width: float, *, confidence: float = 0.95) -> float:
    """Units of a simple random sample for a half width of the interval of a share; round up.

    n = z^2 p (1 - p) / d^2. Source: Cochran 1977, equation 4.2.
    """
    return normal_quantile(confidence) ** 2 * share * (1 - share) / half_width**2


def allocate_proportionally(strata: Strata, total: float) -> Floats:
    """Units by size: n_h = n W_h (H,), not rounded."""
    return total * strata.weights


def allocate_equally(strata: Strata, total: float) -> Floats:
    """As many units in each stratum (H,), not rounded."""
    return np.full(len(strata.names), total / len(strata.names))


def allocate_for_error(strata: Strata, users: ArrayLike, total: float) -> Floats:
    """Neyman's allocation (H,), not rounded: the least error of the overall accuracy.

    n_h = n W_h S_h / sum W_h S_h, S_h = sqrt(U_h (1 - U_h)) from user's accuracies (H,). With
    expected shares of one class in each stratum instead, the least error of the area of this class.
    Source: Neyman 1934; Cochran 1977, equation 5.26.
    """
    weighted = strata.weights * _spread(users)
    if not weighted.sum() > 0:
        raise UserError(
            "no stratum has any spread: all are expected to be 0 or 1",
            remedy="allocate by size, or expect less than perfect accuracies",
        )
    return np.asarray(total * weighted / weighted.sum())


def allocate_with_least(strata: Strata, total: float, least: float) -> Floats:
    """Units by size (H,), not rounded, but at least so many in each stratum.

    Strata whose share is below `least` have `least`; the others divide the rest by size.
    Source: Olofsson et al. 2014, section 5.1.

    Raises:
        UserError: More is asked for than there is.
    """
    if least * len(strata.names) > total:
        raise UserError(
            "the least number of units in each stratum asks for more than the whole sample",
            found=f"{least} in each of {len(strata.names)}",
            expected=f"at most {total / len(strata.names):.0f} in each, of {total:.0f}",
        )
    at_least = np.zeros(len(strata.names), dtype=bool)
    while True:
        rest = total - least * at_least.sum()
        free = np.where(at_least, 0.0, strata.sizes)
        units = np.where(at_least, least, rest * free / max(free.sum(), np.finfo(float).tiny))
        below = units < least
        if not (below & ~at_least).any():
            return np.asarray(units)
        at_least |= below


def round_allocation(strata: Strata, units: ArrayLike, *, least: int = 2) -> Counts:
    """Whole units (H,) of the same total, by largest remainders, the first of equal ones first.

    At least `least` in each stratum, since the variance needs two, and no more than there are:
    what a stratum cannot take goes to the others by size. The total is higher than asked for where
    `least` needs it, and lower where all units are taken.
    """
    asked = np.asarray(units, dtype=float)
    most = np.full(len(asked), np.inf) if strata.units is None else np.floor(strata.units)
    floor = np.minimum(least, most)
    bounded = _bound(np.maximum(asked, floor), strata.sizes, most, asked.sum())
    # Sums may leave a whole number just below itself.
    whole = np.floor(bounded + 1e-9)
    missing = round(float(min(asked.sum(), bounded.sum())) - whole.sum())
    order = np.argsort(-(np.minimum(bounded, most) - whole), kind="stable")
    takers = [place for place in order.tolist() if whole[place] < most[place]]
    whole[takers[: max(missing, 0)]] += 1
    return whole.astype(np.int64)


def expected_errors(strata: Strata, users: ArrayLike, units: ArrayLike) -> tuple[float, Floats]:
    """Standard errors of the overall accuracy, and of user's accuracies (H,), in a planned sample.

    sqrt(sum W_h^2 U_h (1 - U_h) / (n_h - 1)) and sqrt(U_h (1 - U_h) / (n_h - 1)): strata are
    classes of the map. Source: Olofsson et al. 2014, equations 5 and 6.
    """
    each = _spread(users) / np.sqrt(np.asarray(units, dtype=float) - 1)
    return float(np.sqrt((strata.weights**2 * each**2).sum())), each


def _spread(shares: ArrayLike) -> Floats:
    """Standard deviations of 0 and 1 with these shares (H,)."""
    values = np.asarray(shares, dtype=float)
    if not ((values >= 0) & (values <= 1)).all():
        raise UserError("expected accuracies are from 0 to 1", found=values.tolist())
    return np.asarray(np.sqrt(values * (1 - values)))


def _bound(units: Floats, sizes: Floats, most: Floats, total: float) -> Floats:
    """Units cut at what there is of each stratum; the others take over the rest by size."""
    bounded = np.minimum(units, most)
    # A round that leaves a rest has filled a stratum, so as many rounds as strata are enough.
    for _ in range(len(units)):
        rest = total - bounded.sum()
        free = np.where(bounded < most, sizes, 0.0)
        if rest <= 1e-9 or free.sum() == 0:
            break
        bounded = np.minimum(bounded + rest * free / free.sum(), most)
    return bounded
