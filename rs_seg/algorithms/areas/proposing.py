"""Which figures of a design have intervals that fail, and the allocation that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rs_seg.algorithms.areas.allocation import (
    allocate_for_error,
    allocate_proportionally,
    round_allocation,
)
from rs_seg.algorithms.areas.forecast import Assumption, Expectation, area_coverage, forecast

Counts = NDArray[np.int64]
LEAST_COVERAGE = 0.90
"""Share of samples whose 95 % interval holds the truth, below which a design is warned of."""
GROWTH = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
"""How many times as many units as asked for a proposal may need."""
STEPS = (0.25, 0.5, 0.75, 1.0)
"""How far a proposal goes from the asked allocation to one that suits weak figures better."""


@dataclass(frozen=True)
class Proposal:
    """Units of each stratum (H,) with which intervals hold, and what is then expected."""

    units: Counts
    expectations: tuple[Expectation, ...]


def weak_figures(
    expectations: tuple[Expectation, ...], *, least: float = LEAST_COVERAGE
) -> tuple[Expectation, ...]:
    """Figures whose printed interval holds too seldom, and areas whose usual interval does.

    The usual interval of an area is what other tools print, and what readers add to a table.
    """
    return tuple(
        expectation
        for expectation in expectations
        if expectation.coverage < least
        or (expectation.figure == "area_share" and expectation.wald_coverage < least)
    )


def propose_allocation(
    assumption: Assumption,
    units: ArrayLike,
    *,
    least: float = LEAST_COVERAGE,
    samples: int = 1000,
    seed: int = 0,
) -> Proposal | None:
    """The nearest allocation without weak figures; None where four times the units have some.

    Intervals fail where a class is omitted in a large stratum that has few units. So units move
    from the asked allocation towards the one by size, or the best one for areas of the classes that
    fail, as few as are needed; where that is not enough, the sample grows. Each step is simulated.
    """
    asked = np.asarray(units, dtype=float)
    weak = area_coverage(assumption, asked, samples=samples, seed=seed) < least
    for candidate in _candidates(assumption, asked, np.flatnonzero(weak)):
        # Most candidates fail this quick test; only the others are simulated in full.
        if (area_coverage(assumption, candidate, samples=samples, seed=seed) < least).any():
            continue
        expectations = forecast(assumption, candidate, samples=samples, seed=seed)
        if not weak_figures(expectations, least=least):
            return Proposal(candidate, expectations)
    return None


def _candidates(
    assumption: Assumption, asked: NDArray[np.float64], weak: NDArray[np.intp]
) -> Iterator[Counts]:
    """Allocations from the nearest to the farthest, and from small samples to large ones."""
    strata, total = assumption.strata, asked.sum()
    targets = [allocate_proportionally(strata, total)]
    shares = assumption.cells.reshape(len(asked), len(assumption.classes), -1).sum(axis=1)
    if len(weak):
        of_classes = [allocate_for_error(strata, shares[:, place], total) for place in weak]
        targets.append(np.mean(of_classes, axis=0))
    for growth in GROWTH:
        yield round_allocation(strata, growth * asked)
        for step in STEPS:
            for target in targets:
                yield round_allocation(strata, growth * ((1 - step) * asked + step * target))
