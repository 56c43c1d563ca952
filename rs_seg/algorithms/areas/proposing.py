"""Which figures of a design have intervals that fail, and the allocation that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rs_seg.algorithms.areas.allocation import allocate_proportionally, round_allocation
from rs_seg.algorithms.areas.forecast import Assumption, Expectation, area_coverage, forecast

Counts = NDArray[np.int64]
LEAST_COVERAGE = 0.90
"""Share of samples whose 95 % interval holds the truth, below which a design is warned of."""
GROWTH = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
"""How many times as many units as asked for a proposal may need."""
STEPS = (0.25, 0.5, 0.75, 1.0)
"""How far a proposal goes from the asked allocation to the proportional one."""


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
    from the asked allocation towards one by size, as few as are needed; where that is not enough,
    the sample grows. Each step is simulated.
    """
    for candidate in _candidates(assumption, np.asarray(units, dtype=float)):
        if (area_coverage(assumption, candidate, samples=samples, seed=seed) < least).any():
            continue
        expectations = forecast(assumption, candidate, samples=samples, seed=seed)
        if not weak_figures(expectations, least=least):
            return Proposal(candidate, expectations)
    return None


def _candidates(assumption: Assumption, asked: NDArray[np.float64]) -> Iterator[Counts]:
    strata = assumption.strata
    by_size = allocate_proportionally(strata, asked.sum())
    for growth in GROWTH:
        # the allocation itself, larger; at its own size it is the one that fails
        for step in (0.0, *STEPS):
            yield round_allocation(strata, growth * ((1 - step) * asked + step * by_size))
