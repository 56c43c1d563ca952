"""What a design will give, simulated before anything is labelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rs_seg.algorithms.areas.figures import (
    MEANS,
    OF_THE_MAP,
    RATIOS,
    Figure,
    linearise_figure,
    some_at_a_time,
)
from rs_seg.algorithms.areas.intervals import wald
from rs_seg.algorithms.areas.printing import Evidence, Intervals, Printed
from rs_seg.algorithms.areas.samples import Sample
from rs_seg.algorithms.areas.strata import Label, Strata
from rs_seg.algorithms.areas.variances import stratified_variance, variance_factors
from rs_seg.errors import UserError

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
FIGURES: tuple[Figure, ...] = (*RATIOS, *MEANS)
"""Figures that are forecast: all but areas, which are shares of the whole."""


@dataclass(frozen=True)
class Expectation:
    """What is expected of one figure of a class, or of the map, where `of` is None.

    `bias` is the mean estimate less the `truth`. `half_width` and `coverage` (the share of samples
    whose interval holds the truth) are those of the printed interval by `method`, `wald_coverage`
    that of the usual interval. Samples in which the figure is not defined are left out.
    """

    figure: Figure
    of: Label | None
    truth: float
    bias: float
    half_width: float
    coverage: float
    method: str
    wald_coverage: float


@dataclass(frozen=True)
class Assumption:
    """What a design is simulated with.

    `shares` (H, K) say how the reference classes are expected to share each stratum; rows sum to 1.
    `mapped` (H,) is the class of the map in each stratum, a place among `classes`, of which the
    first K are those of the reference.
    """

    strata: Strata
    classes: tuple[Label, ...]
    mapped: NDArray[np.intp]
    shares: Floats

    @property
    def cells(self) -> Floats:
        """Expected shares of cells within the strata (H, C * C), for C classes of both."""
        many = len(self.classes)
        cells = np.zeros((len(self.mapped), many, many))
        cells[np.arange(len(self.mapped)), self.mapped, : self.shares.shape[1]] = self.shares
        return cells.reshape(len(self.mapped), -1)


def assume(
    strata: Strata,
    shares: Mapping[Label, Sequence[float]],
    *,
    classes: Sequence[Label],
    mapped: Mapping[Label, Label] | None = None,
) -> Assumption:
    """The assumption that stratum h is shared by the reference classes as `shares[h]` says.

    Rows, in the order of `classes`, need not sum to 1: counts of an earlier sample are welcome.
    The class of the map is the stratum's name, or what `mapped` says of it.

    Raises:
        UserError: A stratum without shares, or shares that are none.
    """
    missing = [name for name in strata.names if name not in shares]
    if missing:
        raise UserError("strata without expected shares of classes", found=missing)
    rows = [np.asarray(shares[name], dtype=float) for name in strata.names]
    for name, row in zip(strata.names, rows, strict=True):
        if len(row) != len(classes) or not (row >= 0).all() or not 0 < row.sum() < np.inf:
            raise UserError(
                f"expected shares of {name} are one number of at least 0 for each class",
                found=row.tolist(),
                expected=f"{len(classes)} numbers",
            )
    of_map = [(mapped or {}).get(name, name) for name in strata.names]
    order = tuple(dict.fromkeys((*classes, *of_map)))
    table = np.stack(rows)
    return Assumption(
        strata,
        order,
        np.array([order.index(name) for name in of_map], dtype=np.intp),
        table / table.sum(axis=1, keepdims=True),
    )


def forecast(
    assumption: Assumption,
    units: ArrayLike,
    *,
    confidence: float = 0.95,
    samples: int = 1000,
    draws: int = 1500,
    seed: int = 0,
) -> tuple[Expectation, ...]:
    """What is expected of each figure where units (H,) are drawn of the strata.

    Samples are drawn from the assumed shares (multinomial within strata), estimated as `estimate`
    does it, and their intervals compared with the truth of the assumption.

    Raises:
        UserError: A stratum with fewer than two units, whose variance is not defined.
    """
    drawn = _whole_units(assumption, units)
    counts = _draw_samples(assumption, drawn, samples, seed)
    evidence = _evidence(assumption, drawn, counts)
    method = _intervals(assumption, drawn, confidence=confidence, draws=draws, seed=seed)
    printed = method.printed(counts, evidence)
    truth = assumption.strata.weights @ assumption.cells
    many = len(assumption.classes)
    return tuple(
        expectation
        for figure in FIGURES
        for expectation in _expect(
            figure,
            assumption.classes,
            linearise_figure(truth, figure, many).values,
            evidence[figure],
            printed[figure],
            confidence=confidence,
        )
    )


def area_coverage(
    assumption: Assumption, units: ArrayLike, *, samples: int = 1000, seed: int = 0
) -> Floats:
    """Coverage of the usual 95 % interval (Wald) for the area of each class (C,), quickly."""
    drawn = _whole_units(assumption, units)
    counts = _draw_samples(assumption, drawn, samples, seed)
    shares = Evidence(*_figure(assumption, drawn, counts, "area_share"))
    cells = assumption.strata.weights @ assumption.cells
    truth = linearise_figure(cells, "area_share", len(assumption.classes)).values
    half = 1.96 * shares.errors
    return np.asarray(_holds(shares.values - half, shares.values + half, truth).mean(axis=0))


def _whole_units(assumption: Assumption, units: ArrayLike) -> Counts:
    drawn = np.asarray(units).astype(np.int64)
    if drawn.shape != assumption.mapped.shape or (drawn < 2).any():
        raise UserError(
            "a design has at least two units in each stratum: one alone says nothing of its error",
            found=drawn.tolist(),
            expected=f"{len(assumption.mapped)} numbers of at least 2",
        )
    return drawn


def _draw_samples(assumption: Assumption, units: Counts, samples: int, seed: int) -> Counts:
    """Counts of cells (B, H, C * C) of samples drawn from the assumption."""
    rng = np.random.default_rng(seed)
    cells = assumption.cells
    # multinomial wants rows that sum to 1 to the last bit
    cells /= cells.sum(axis=1, keepdims=True)
    counts = [
        rng.multinomial(many, row, size=samples) for many, row in zip(units, cells, strict=True)
    ]
    return np.stack(counts, axis=1)


def _evidence(assumption: Assumption, units: Counts, counts: Counts) -> dict[Figure, Evidence]:
    return {figure: Evidence(*_figure(assumption, units, counts, figure)) for figure in FIGURES}


def _figure(
    assumption: Assumption, units: Counts, counts: Counts, figure: Figure
) -> tuple[Floats, Floats]:
    """Values and standard errors (B, Q) of one figure in all samples."""
    many = len(assumption.classes)
    factors = variance_factors(assumption.strata, units, "stratified")
    parts = []
    for some in some_at_a_time(len(counts), many**3):
        means = counts[some] / units[:, None]
        linear = linearise_figure(assumption.strata.weights @ means, figure, many)
        variance = stratified_variance(means, units, factors, linear.residuals)
        parts.append((linear.values, np.sqrt(variance)))
    values, errors = zip(*parts, strict=True)
    return np.concatenate(values), np.concatenate(errors)


def _intervals(
    assumption: Assumption, units: Counts, *, confidence: float, draws: int, seed: int
) -> Intervals:
    """The intervals of any sample of the design: strata have one class of the map each."""
    many = len(assumption.classes)
    # Only the classes of the map are read from this sample: the reference class may be any.
    counts = np.zeros((len(units), many, many), dtype=np.int64)
    counts[np.arange(len(units)), assumption.mapped, 0] = units
    choices = np.arange(many) < assumption.shares.shape[1]
    sample = Sample(assumption.strata, assumption.classes, counts, choices)
    return Intervals.of(sample, "stratified", confidence=confidence, draws=draws, seed=seed)


def _expect(
    figure: Figure,
    classes: tuple[Label, ...],
    truth: Floats,
    evidence: Evidence,
    printed: Printed,
    *,
    confidence: float,
) -> Iterator[Expectation]:
    usual_low, usual_high = wald(evidence.values, evidence.errors, confidence)
    names = (None,) if figure in OF_THE_MAP else classes
    for place, name in enumerate(names):
        defined = ~np.isnan(evidence.values[:, place])
        if np.isnan(truth[place]) or not defined.any():
            continue
        low, high = printed.low[defined, place], printed.high[defined, place]
        usual = _holds(usual_low[defined, place], usual_high[defined, place], truth[place])
        yield Expectation(
            figure,
            name,
            float(truth[place]),
            float(evidence.values[defined, place].mean() - truth[place]),
            float((high - low).mean() / 2),
            float(_holds(low, high, truth[place]).mean()),
            printed.methods[place],
            float(usual.mean()),
        )


def _holds(low: Floats, high: Floats, truth: Floats | float) -> NDArray[np.bool_]:
    """Whether intervals hold the truth, which rounding may have moved by 1e-16."""
    return np.asarray((low <= truth + 1e-12) & (truth - 1e-12 <= high))
