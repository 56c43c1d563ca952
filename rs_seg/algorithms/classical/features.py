"""Features of pixels: formulas of bands, computed on arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.classical.neighbourhoods import LOCAL, Values
from rs_seg.values.formula import BandName, Call, Component, Formula, Number, Weighted

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
    values = _Values(uses)
    features = np.empty((len(formulas), *pixels_BHW.shape[1:]), dtype=np.float32)
    with np.errstate(all="ignore"):  # what is not finite is handled, and told by NaN
        for index, formula in enumerate(formulas):
            features[index] = _compute(formula, bands, pixels_BHW, values)
    features[~np.isfinite(features)] = np.nan
    return features


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
    elif isinstance(formula, Weighted):
        value = _sum_weighted(formula, bands, pixels_BHW)
    else:
        value = _call(
            formula, [_compute(part, bands, pixels_BHW, values) for part in formula.arguments]
        )
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
    return total


def _call(call: Call, arguments: list[Values]) -> Values:
    if call.size:
        return LOCAL[call.function](arguments[0], call.size, *call.numbers)
    return np.asarray(POINTWISE[call.function](*arguments))
