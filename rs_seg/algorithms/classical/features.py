"""Features of pixels: formulas of bands, computed on arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.dates import DATED
from rs_seg.algorithms.classical.neighbourhoods import LOCAL, Values
from rs_seg.values.formula import (
    BandName,
    Call,
    Component,
    Dated,
    Formula,
    Number,
    Weighted,
    dated_bands,
    dates_of,
    reach_of,
)

MOST_DATED = 1_000_000
"""Values of one part of a formula, of all dates, that are held at once."""
Compute = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Features (F, H, W) of pixels (B, H, W) that are NaN in every band where invalid; NaN where a
feature has no value."""


def _power(base: Values, exponent: Values) -> Values:
    power = np.power(base, exponent)
    # numpy's power 0 of NaN is 1.
    return np.where(np.isnan(base) | np.isnan(exponent), np.nan, power)


def _decibels(power: Values) -> Values:
    return np.asarray(10 * np.log10(power))


def _linear_power(decibels: Values) -> Values:
    return np.asarray(np.power(10.0, decibels / 10))


POINTWISE: dict[str, Callable[..., Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": _power,
    "negative": np.negative,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "log": np.log,
    "exp": np.exp,
    "db": _decibels,
    "linear": _linear_power,
    "minimum": np.minimum,
    "maximum": np.maximum,
}


def compute_features(
    formulas: Sequence[Formula], bands: Sequence[str], pixels_BHW: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Features (F, H, W) of pixels (B, H, W) that are NaN where invalid.

    They are computed in float64; parts that occur several times are computed once.

    Memory holds the parts that occur more than once, eight bytes a pixel each, and the features,
    four bytes each.

    NaN where the formula has no value, as a division by zero, the root or logarithm of what has
    none; around such pixels, local windows look at the others. `bands` names the bands of the
    pixels.
    """
    uses: Counter[Formula] = Counter()
    for formula in formulas:
        _count_uses(formula, uses)
    features = np.empty((len(formulas), *pixels_BHW.shape[1:]), dtype=np.float32)
    with np.errstate(all="ignore"):  # what is not finite is handled, and told by NaN
        for rows in _plan_rows(formulas, pixels_BHW.shape):
            values = _Values(uses)
            for index, formula in enumerate(formulas):
                features[index, rows] = _compute(formula, bands, pixels_BHW[:, rows], values)
    features[~np.isfinite(features)] = np.nan
    return features


def _plan_rows(formulas: Sequence[Formula], shape: tuple[int, ...]) -> Iterator[slice]:
    """All rows at once, or few at a time where formulas hold values of many dates.

    Formulas that look around need all rows.
    """
    _, height, width = shape
    dates = max((band.slots for formula in formulas for band in dated_bands(formula)), default=1)
    alone = dates == 1 or any(map(reach_of, formulas))
    step = height if alone else max(1, MOST_DATED // (dates * max(1, width)))
    yield from (slice(row, row + step) for row in range(0, height, max(1, step)))


class _Values(dict[Formula, Values]):
    """Values of the parts that are used again; of others nothing is kept."""

    def __init__(self, uses: Counter[Formula]) -> None:
        super().__init__()
        self._uses = uses

    def keep(self, formula: Formula, value: Values) -> Values:
        if self._uses[formula] > 1:
            self[formula] = value
        return value


def _count_uses(formula: Formula, uses: Counter[Formula]) -> None:
    """Count the formula, and its parts where it is met for the first time.

    Parts are computed once.
    """
    uses[formula] += 1
    if isinstance(formula, Call) and uses[formula] == 1:
        for part in formula.arguments:
            _count_uses(part, uses)


def _compute(
    formula: Formula, bands: Sequence[str], pixels_BHW: NDArray[np.float32], values: _Values
) -> Values:
    if isinstance(formula, Number):
        return np.asarray(formula.value)
    if formula in values:
        return values[formula]
    assert not isinstance(formula, Component), "training writes components out"
    if isinstance(formula, BandName):
        value = pixels_BHW[list(bands).index(formula.name)].astype(np.float64)
        value = _leave_out(value, [] if formula.day is None else [formula.day], bands, pixels_BHW)
    elif isinstance(formula, Dated):
        value = _stack_dates(formula.bands, formula.days, bands, pixels_BHW)
    elif isinstance(formula, Weighted):
        value = _sum_weighted(formula, bands, pixels_BHW)
    else:
        arguments = [_compute(part, bands, pixels_BHW, values) for part in formula.arguments]
        if formula.function in DATED:
            value = _join_dates(formula, arguments[0], bands, pixels_BHW)
        else:
            value = _call(formula, arguments)
    return values.keep(formula, np.where(np.isfinite(value), value, np.nan))


def _sum_weighted(
    formula: Weighted, bands: Sequence[str], pixels_BHW: NDArray[np.float32]
) -> Values:
    """The weighted sum (H, W) of bands.

    Band after band, and not by a matrix product, whose last bits depend on a pixel's place.
    """
    total = np.full(pixels_BHW.shape[1:], formula.offset)
    for name, weight in zip(formula.bands, formula.weights, strict=True):
        total += weight * pixels_BHW[list(bands).index(name)].astype(np.float64)
    return _leave_out(total, formula.days, bands, pixels_BHW)


def _leave_out(
    values: Values, days: Iterable[str], bands: Sequence[str], pixels_BHW: NDArray[np.float32]
) -> Values:
    """Values (H, W), NaN where a date that they are of has no data."""
    for day in days:
        values = np.where(pixels_BHW[list(bands).index(day)] > 0, values, np.nan)
    return values


def _stack_dates(
    names: Sequence[str], days: Sequence[str], bands: Sequence[str], pixels_BHW: NDArray[np.float32]
) -> Values:
    """Bands of all dates (T, H, W), NaN where a date has no data."""
    values, numbers = (
        pixels_BHW[[list(bands).index(name) for name in chosen]].astype(np.float64)
        for chosen in (names, days)
    )
    return np.where(numbers > 0, values, np.nan)


def _join_dates(
    call: Call, values_THW: Values, bands: Sequence[str], pixels_BHW: NDArray[np.float32]
) -> Values:
    """One value (H, W) of those of all dates; NaN where the image holds no data."""
    dated = next(iter(dates_of(call.arguments[0])))
    days = _stack_dates(dated.days, dated.days, bands, pixels_BHW)
    joined = DATED[call.function](values_THW, days, *call.numbers)
    nothing = np.isnan(pixels_BHW[list(bands).index(dated.days[0])])
    return np.where(nothing, np.nan, joined)


def _call(call: Call, arguments: list[Values]) -> Values:
    if call.size:
        local, values = LOCAL[call.function], arguments[0]
        if values.ndim == 3:  # of each date by itself
            return np.stack([local(date, call.size, *call.numbers) for date in values])
        return local(values, call.size, *call.numbers)
    return np.asarray(POINTWISE[call.function](*arguments))
