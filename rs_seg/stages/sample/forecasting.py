"""The part of sample that tries a design before anyone labels, and says what is weak in it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg import areas
from rs_seg.config import SampleConfig
from rs_seg.stages.sample.strata import Stratification
from rs_seg.values.design import ExpectedFigure, Proposal

logger = logging.getLogger(__name__)
Counts = NDArray[np.int64]
IN_WORDS: dict[str, str] = {
    "overall_accuracy": "overall accuracy",
    "area_share": "area",
    "users_accuracy": "user's accuracy",
    "producers_accuracy": "producer's accuracy",
    "f1": "F1",
    "iou": "IoU",
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
    assumption, units = _leave_out_lone(assumption, units)
    expectations = areas.forecast(assumption, units, samples=config.trials, seed=seed)
    weak = areas.weak_figures(expectations)
    proposal = None
    if weak:
        found = areas.propose_allocation(assumption, units, samples=config.trials, seed=seed)
        if found is not None:
            names = [rule.name_of(int(code)) for code in assumption.strata.names]
            proposal = Proposal(units=dict(zip(names, found.units.tolist(), strict=True)))
    logger.info(
        "sample: the design was tried on %d simulated samples in %.1f s",
        config.trials,
        time.monotonic() - start,
    )
    by_code = dict(zip(rule.names.codes, rule.names.names, strict=True))
    return Outlook(_describe(expectations, by_code), _describe(weak, by_code), proposal)


def warn_of_weak(config: SampleConfig, outlook: Outlook, units: int) -> None:
    """Log which intervals will hold too seldom, and what mends it, to be pasted."""
    if not outlook.weak:
        return
    for figure in outlook.weak:
        logger.warning("sample: %s", _tell_weak(figure))
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
    how = "as many places that are shared otherwise" if many == units else f"{many} places"
    logger.warning(
        "sample: intervals hold with %s; to draw them, write:\n%s",
        how,
        text if config.clusters is None else f"{text}\n  clusters: null",
    )


def _tell_weak(figure: ExpectedFigure) -> str:
    of = "" if figure.of is None else f" of {figure.of}"
    name = f"{IN_WORDS[figure.figure]}{of}"
    usual = _hundredths(figure.wald_coverage)
    if figure.coverage is not None and figure.coverage < areas.LEAST_COVERAGE:
        held = _hundredths(figure.coverage)
        return f"the interval of the {name} will hold the truth in only {held} of 100 samples"
    return (
        f"the usual interval (estimate -+ 1.96 standard errors) of the {name} will hold the truth "
        f"in only {usual} of 100 samples; the one that is printed here in "
        f"{_hundredths(figure.coverage)}"
    )


def _hundredths(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f}"


def _quote(name: str) -> str:
    """The name as a key of YAML."""
    return name if name.replace("_", "").isalpha() and name.isascii() else f'"{name}"'


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
