"""The part of sample that tries a design before anyone labels, and says what is weak in it."""

from __future__ import annotations

import logging
import time
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg import areas
from rs_seg.config import SampleConfig
from rs_seg.stages.sample.population import Population
from rs_seg.stages.sample.strata import Stratification
from rs_seg.values.design import ExpectedFigure, Proposal

logger = logging.getLogger(__name__)
Counts = NDArray[np.int64]
MOST_COUNTS = 50_000_000
"""Numbers of all simulated samples (trials x strata x classes x classes) at once: 0.4 GB."""
LEAST_TRIALS = 100
IN_WORDS: dict[str, str] = {
    "overall_accuracy": "overall accuracy",
    "area_share": "area",
    "users_accuracy": "user's accuracy",
    "producers_accuracy": "producer's accuracy",
    "f1": "F1",
    "iou": "IoU",
    "mean_f1": "mean F1",
    "mean_iou": "mean IoU",
}


@dataclass(frozen=True)
class Outlook:
    """What a design will give, what of it is weak, and the allocation that mends it."""

    expected: tuple[ExpectedFigure, ...]
    weak: tuple[ExpectedFigure, ...]
    proposal: Proposal | None


def look_ahead(
    config: SampleConfig,
    rule: Stratification,
    assumption: areas.Assumption,
    units: Counts,
    seed: int,
) -> Outlook:
    """What simulated samples with so many places in each stratum (H,) say.

    Strata with one place alone, which say nothing of their error, are left out.
    """
    start = time.monotonic()
    codes = [int(code) for code in assumption.strata.names]
    assumption, units = _leave_out_lone(assumption, units)
    trials = _bound_trials(config.trials, assumption)
    expectations = areas.forecast(assumption, units, samples=trials, seed=seed)
    weak = areas.weak_figures(expectations)
    proposal = None
    if weak:
        found = areas.propose_allocation(assumption, units, samples=trials, seed=seed)
        if found is not None:
            proposed = dict(zip(assumption.strata.names, found.units.tolist(), strict=True))
            # a stratum of one pixel has to be named too, and 2 stands for all of it
            proposal = Proposal(units={rule.name_of(code): proposed.get(code, 2) for code in codes})
    logger.info(
        "sample: the design was tried on %d simulated samples in %.1f s",
        trials,
        time.monotonic() - start,
    )
    by_code = dict(zip(rule.names.codes, rule.names.names, strict=True))
    return Outlook(_describe(expectations, by_code), _describe(weak, by_code), proposal)


def log_expected(outlook: Outlook, population: Population, choices: Container[str]) -> None:
    """Log the half widths that intervals of the overall accuracy and of areas will have."""
    units = population.ground_units
    area = population.area_m2 / units.square_metres
    for figure in outlook.expected:
        if figure.half_width is None:
            continue
        if figure.figure == "overall_accuracy":
            logger.info(
                "sample: expected with these places: overall accuracy %.1f %% -+ %.1f",
                100 * figure.value,
                100 * figure.half_width,
            )
        elif figure.figure == "area_share" and figure.of in choices:
            logger.info(
                "sample: expected with these places: area of %s %.1f %s -+ %.1f",
                figure.of,
                area * figure.value,
                units.area,
                area * figure.half_width,
            )


def warn_of_weak(config: SampleConfig, outlook: Outlook, unit_count: int) -> None:
    """Log which intervals will hold too seldom, and what mends it, to be pasted."""
    if not outlook.weak:
        return
    for line in _tell_weak(outlook.weak):
        logger.warning("sample: %s", line)
    if outlook.proposal is None:
        logger.warning(
            "sample: no allocation with up to four times as many places mends this: expect wide "
            "intervals, join rare strata (sample.join), or lay buffers around rare classes "
            "(sample.buffers)"
        )
        return
    proposed = outlook.proposal.units
    lines = [f"    {_quote(name)}: {count}" for name, count in proposed.items()]
    text = "\n".join(["sample:", "  design: stratified", "  units:", *lines])
    many = sum(proposed.values())
    how = "as many places that are shared otherwise" if many == unit_count else f"{many} places"
    logger.warning(
        "sample: intervals hold with %s; to draw them, write:\n%s",
        how,
        text if config.clusters is None else f"{text}\n  clusters: null",
    )


def _tell_weak(weak: Sequence[ExpectedFigure]) -> Iterator[str]:
    """One line for each interval that fails, and one for all areas whose usual interval does."""
    usual = []
    for figure in weak:
        of = "" if figure.of is None else f" of {figure.of}"
        if figure.coverage is not None and figure.coverage < areas.LEAST_COVERAGE:
            yield (
                f"the interval of the {IN_WORDS[figure.figure]}{of} will hold the truth in only "
                f"{_hundredths(figure.coverage)} of 100 samples"
            )
        else:
            usual.append(figure)
    if usual:
        listed = ", ".join(f"{own.of} {_hundredths(own.wald_coverage)}" for own in usual)
        least = min(own.coverage for own in usual if own.coverage is not None)
        yield (
            "usual intervals of areas (estimate -+ 1.96 standard errors) will hold the truth in "
            f"too few of 100 samples: {listed}; those that are printed here in "
            f"{_hundredths(least)} or more"
        )


def _hundredths(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f}"


def _quote(name: str) -> str:
    """The name as a key of YAML."""
    return name if name.replace("_", "").isalpha() and name.isascii() else f'"{name}"'


def _bound_trials(trials: int, assumption: areas.Assumption) -> int:
    """As many trials as memory allows where there are many strata and classes; 100 at least."""
    most = MOST_COUNTS // (len(assumption.mapped) * len(assumption.classes) ** 2)
    if trials <= max(most, LEAST_TRIALS):
        return trials
    logger.warning(
        "sample: %d samples are simulated instead of %d: with %d strata and %d classes more would "
        "take too much memory",
        max(most, LEAST_TRIALS),
        trials,
        len(assumption.mapped),
        len(assumption.classes),
    )
    return max(most, LEAST_TRIALS)


def _leave_out_lone(assumption: areas.Assumption, units: Counts) -> tuple[areas.Assumption, Counts]:
    many = units >= 2  # the variance of one is not defined
    if many.all():
        return assumption, units
    strata = assumption.strata
    assert strata.units is not None, "pixels are counted"
    logger.info("sample: %d strata of one place are left out of the simulation", (~many).sum())
    chosen = areas.Strata(
        tuple(name for name, many_places in zip(strata.names, many, strict=True) if many_places),
        strata.sizes[many],
        strata.units[many],
    )
    return (
        areas.Assumption(
            chosen, assumption.classes, assumption.mapped[many], assumption.shares[many]
        ),
        units[many],
    )


def _describe(
    expectations: Sequence[areas.Expectation], names: dict[int, str]
) -> tuple[ExpectedFigure, ...]:
    return tuple(
        ExpectedFigure(
            figure=expectation.figure,
            of=None if expectation.of is None else names[int(expectation.of)],
            value=expectation.truth,
            half_width=_finite(expectation.half_width),
            coverage=_finite(expectation.coverage),
            method=expectation.method,
            wald_coverage=_finite(expectation.wald_coverage),
        )
        for expectation in expectations
    )


def _finite(value: float) -> float | None:
    return round(value, 6) if np.isfinite(value) else None
