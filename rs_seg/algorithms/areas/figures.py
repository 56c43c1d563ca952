"""Figures of a map as ratios of two sums over units, which is how their errors are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ROUNDING = 8 * float(np.finfo(np.float64).eps)
"""What rounding makes of a difference of equal numbers, at most, as a share of them."""
CHUNK = 1 << 21
"""Numbers of one array of residuals or draws at once, which bounds memory."""
Figure = Literal[
    "overall_accuracy",
    "users_accuracy",
    "producers_accuracy",
    "f1",
    "iou",
    "mean_f1",
    "mean_iou",
    "area_share",
    "area",
]
"""All figures; `area` is `area_share` times the size of the whole."""


@dataclass(frozen=True)
class Ratio:
    """Q ratios of sums: what a unit adds above (Q, K * K) and below the line (Q, K * K).

    A unit is in one of K * K cells: its class in the map times K, plus its class in the reference.
    """

    above: Floats
    below: Floats


@dataclass(frozen=True)
class Linearised:
    """Ratios (..., Q), and what a unit of each cell adds to their errors (..., Q, K * K).

    The second is (y - R x) / X, with X the mean of x (Taylor series; Stehman 2014, equation 28).
    """

    values: Floats
    residuals: Floats


def overall_accuracy(class_count: int) -> Ratio:
    """Share of units on which map and reference agree: y = [m = r], x = 1."""
    return Ratio(np.eye(class_count).reshape(1, -1), np.ones((1, class_count**2)))


def area_share(class_count: int) -> Ratio:
    """Share of each class of the reference: y = [r = k], x = 1."""
    _, reference, _ = _indicators(class_count)
    return Ratio(reference, np.ones_like(reference))


def users_accuracy(class_count: int) -> Ratio:
    """Share of what is mapped as a class that is of it: y = [m = r = k], x = [m = k]."""
    mapped, _, agreed = _indicators(class_count)
    return Ratio(agreed, mapped)


def producers_accuracy(class_count: int) -> Ratio:
    """Share of a class that is mapped as it: y = [m = r = k], x = [r = k]."""
    _, reference, agreed = _indicators(class_count)
    return Ratio(agreed, reference)


def f1(class_count: int) -> Ratio:
    """F1 of each class: y = 2 [m = r = k], x = [m = k] + [r = k]."""
    mapped, reference, agreed = _indicators(class_count)
    return Ratio(2 * agreed, mapped + reference)


def iou(class_count: int) -> Ratio:
    """Intersection over union of each class: y = [m = r = k], x = [m = k or r = k]."""
    mapped, reference, agreed = _indicators(class_count)
    return Ratio(agreed, mapped + reference - agreed)


RATIOS: Mapping[Figure, Callable[[int], Ratio]] = {
    "overall_accuracy": overall_accuracy,
    "area_share": area_share,
    "users_accuracy": users_accuracy,
    "producers_accuracy": producers_accuracy,
    "f1": f1,
    "iou": iou,
}
"""Indicators of each figure. Source: Stehman 2014, from equation 12 on; F1 and IoU likewise."""


MEANS: Mapping[Figure, Figure] = {"mean_f1": "f1", "mean_iou": "iou"}
"""Figures of the map that are means over its classes, and of what."""
OF_THE_MAP: tuple[Figure, ...] = ("overall_accuracy", *MEANS)
"""Figures that are no class's."""


def linearise(shares: Floats, ratio: Ratio) -> Linearised:
    """Ratios of the shares of cells (..., K * K), and residuals; NaN where the lower sum is 0."""
    above, below = shares @ ratio.above.T, shares @ ratio.below.T
    known = below > 0
    values = np.divide(above, below, out=np.full_like(above, np.nan), where=known)
    expected = values[..., None] * ratio.below
    rest = ratio.above - expected
    # exactly 0 where all agree: what rounding leaves would be an error of the figure
    noise = ROUNDING * (np.abs(ratio.above) + np.abs(expected))
    rest = np.where(np.abs(rest) <= noise, 0.0, rest)
    scale = np.where(known, below, np.nan)[..., None]
    return Linearised(values, np.asarray(rest / scale))


def linearise_figure(
    shares: Floats, figure: Figure, class_count: int, *, known: NDArray[np.bool_] | None = None
) -> Linearised:
    """One of the `RATIOS`, or of the `MEANS` over the classes that are `known` (..., K).

    Without `known` a mean is over the classes that have the figure.
    """
    ratios = linearise(shares, RATIOS[MEANS.get(figure, figure)](class_count))
    if figure not in MEANS:
        return ratios
    return _average(ratios, ~np.isnan(ratios.values) if known is None else known)


def some_at_a_time(sample_count: int, numbers: int) -> Iterator[slice]:
    """Samples, so many at once that their arrays, of so many numbers each, are at most a chunk.

    Residuals of a sample (K, K * K) are K^3 numbers.
    """
    step = max(1, CHUNK // numbers)
    for start in range(0, sample_count, step):
        yield slice(start, min(start + step, sample_count))


def _average(ratios: Linearised, known: NDArray[np.bool_]) -> Linearised:
    """The mean of the known ratios (..., Q), as one ratio (..., 1); NaN where none is."""
    with np.errstate(invalid="ignore"):
        weights = known / known.sum(axis=-1, keepdims=True)
    values = np.where(known, ratios.values, 0.0)
    residuals = np.where(known[..., None], ratios.residuals, 0.0)
    return Linearised(
        (weights * values).sum(axis=-1, keepdims=True),
        (weights[..., None] * residuals).sum(axis=-2, keepdims=True),
    )


def _indicators(class_count: int) -> tuple[Floats, Floats, Floats]:
    """Of each class and cell (K, K * K): mapped as it, of it in the reference, both."""
    is_class = np.eye(class_count)
    mapped = np.repeat(is_class, class_count, axis=1)
    reference = np.tile(is_class, class_count)
    return mapped, reference, mapped * reference
