"""One value of a pixel from those of all dates: what is missing on a date is not looked at.

Values and days are (T, H, W), NaN where a date has no data; a result (H, W) is NaN where there are
too few dates. Sums go from date to date, so that a pixel's place in a tile does not change them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
YEAR = 365.25
"""Days of a year of a harmonic fit, and of the unit of a trend."""
LEAST_PIVOT = 1e-9
"""Share of its first value that a diagonal may shrink to before a fit counts as singular: then
days lie too close together, or are the same in different years."""


def percentile(values: Values, share: float) -> Values:
    """Percentile (0 to 100) of the dates, between two dates by linear interpolation."""
    ordered = np.sort(values, axis=0)  # NaN comes last
    count = np.isfinite(values).sum(axis=0)
    place = share / 100 * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, part[None], axis=0)[0] for part in (below, above))
    return np.where(count > 0, low + (high - low) * (place - below), np.nan)


def median(values: Values, _days: Values) -> Values:
    """Median of the dates."""
    return percentile(values, 50)


def average(values: Values, _days: Values) -> Values:
    """Mean of the dates."""
    count = np.isfinite(values).sum(axis=0)
    return _sum(np.nan_to_num(values)) / np.where(count, count, np.nan)


def spread(values: Values, days: Values) -> Values:
    """Standard deviation of the dates."""
    return np.sqrt(average((values - average(values, days)) ** 2, days))


def lowest(values: Values, _days: Values) -> Values:
    """Least value of the dates."""
    return np.asarray(np.fmin.reduce(values, axis=0))


def highest(values: Values, _days: Values) -> Values:
    """Greatest value of the dates."""
    return np.asarray(np.fmax.reduce(values, axis=0))


def amplitude(values: Values, days: Values) -> Values:
    """Greatest less least value of the dates."""
    return highest(values, days) - lowest(values, days)


def day_of_highest(values: Values, days: Values) -> Values:
    """Number of the day with the greatest value; of several the first."""
    filled = np.where(np.isfinite(values), values, -np.inf)
    day = np.take_along_axis(days, filled.argmax(axis=0)[None], axis=0)[0]
    return np.asarray(np.where(np.isfinite(values).any(axis=0), day, np.nan))


def day_of_lowest(values: Values, days: Values) -> Values:
    """Number of the day with the least value; of several the first."""
    return day_of_highest(-values, days)


def count_dates(values: Values, _days: Values) -> Values:
    """Dates with a value."""
    return np.asarray(np.isfinite(values).sum(axis=0), dtype=np.float64)


def trend(values: Values, days: Values) -> Values:
    """Slope per year of the line through the dates by least squares; NaN of fewer than two."""
    known = np.isfinite(values)
    years = np.where(known, days / YEAR, np.nan)
    off_years = np.nan_to_num(years - average(years, days))
    off_values = np.nan_to_num(values - average(values, days))
    squares = _sum(off_years**2)
    return np.asarray(_sum(off_years * off_values) / np.where(squares > 0, squares, np.nan))


def fit_harmonics(values: Values, days: Values, waves: int) -> Values:
    """Constant, then cosine and sine of 1 to `waves` waves a year (2 waves + 1, H, W).

    By least squares on the dates with a value; NaN where these are fewer than the unknowns, or too
    alike to tell them. Zhu and Woodcock 2014, equation 1, without a trend.
    """
    known = np.isfinite(values)
    angles = 2 * np.pi / YEAR * np.where(known, days, 0)
    columns = [known.astype(np.float64)]
    for wave in range(1, waves + 1):
        columns += [known * np.cos(wave * angles), known * np.sin(wave * angles)]
    filled = np.where(known, values, 0)
    products = [
        [_sum(one * other) for other in columns[: row + 1]] for row, one in enumerate(columns)
    ]
    sums = [_sum(column * filled) for column in columns]
    enough = known.sum(axis=0) >= len(columns)
    solution = np.stack(_solve(products, sums))
    return np.where(enough, solution, np.nan)


def _solve(products: Sequence[Sequence[Values]], sums: Sequence[Values]) -> list[Values]:
    """The solutions of symmetric systems, one for each pixel, by Cholesky's decomposition.

    `products` is the lower triangle; NaN where a system is singular. Loops run over the few
    unknowns, so that no library's order of sums comes in.
    """
    count = len(sums)
    lower: list[list[Values]] = []
    for row in range(count):
        lower.append([])
        for column in range(row):
            rest = _less(products[row][column], lower[row], lower[column][:column])
            lower[row].append(rest / lower[column][column])
        pivot = _less(products[row][row], lower[row], lower[row])
        sound = pivot > LEAST_PIVOT * products[row][row]
        lower[row].append(np.sqrt(np.where(sound, pivot, np.nan)))
    forward: list[Values] = []
    for row in range(count):
        forward.append(_less(sums[row], lower[row], forward) / lower[row][row])
    solution: list[Values] = []  # from the last unknown to the first
    for row in reversed(range(count)):
        below = [lower[later][row] for later in reversed(range(row + 1, count))]
        solution.append(_less(forward[row], below, solution) / lower[row][row])
    return solution[::-1]


def _less(value: Values, ones: Sequence[Values], others: Sequence[Values]) -> Values:
    """A value less the products of the first of both lists, one after the other."""
    for one, other in zip(ones, others, strict=False):
        value = value - one * other
    return value


def _sum(values: Values) -> Values:
    """The sum over dates, one after the other."""
    total = np.zeros(values.shape[1:])
    for date in values:
        total += date
    return total


def harmonic_mean(values: Values, days: Values, waves: float) -> Values:
    """The constant of a harmonic fit."""
    return np.asarray(fit_harmonics(values, days, int(waves))[0])


def harmonic_cosine(values: Values, days: Values, waves: float) -> Values:
    """The cosine of the shortest wave of a harmonic fit."""
    return np.asarray(fit_harmonics(values, days, int(waves))[-2])


def harmonic_sine(values: Values, days: Values, waves: float) -> Values:
    """The sine of the shortest wave of a harmonic fit."""
    return np.asarray(fit_harmonics(values, days, int(waves))[-1])


DATED: dict[str, Callable[..., Values]] = {
    "median": median,
    "average": average,
    "spread": spread,
    "lowest": lowest,
    "highest": highest,
    "amplitude": amplitude,
    "day_of_lowest": day_of_lowest,
    "day_of_highest": day_of_highest,
    "dates": count_dates,
    "trend": trend,
    "percentile": lambda values, _days, share: percentile(values, share),
    "harmonic_mean": harmonic_mean,
    "harmonic_cosine": harmonic_cosine,
    "harmonic_sine": harmonic_sine,
}
"""Values and days (T, H, W) and, where a function takes one, a number to values (H, W)."""
