"""What a random sample says of a map, in words and rows for the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from rs_seg.values.design import Design, ExpectedFigure
from rs_seg.values.estimates import EstimatedFigure, MapEstimates
from rs_seg.values.evaluation import TestFigures
from rs_seg.values.ground_units import GroundUnits

TITLES = {
    "overall_accuracy": "Overall accuracy",
    "area_share": "area",
    "users_accuracy": "user's accuracy",
    "producers_accuracy": "producer's accuracy",
    "f1": "F1",
    "iou": "IoU",
    "mean_f1": "Mean F1",
    "mean_iou": "Mean IoU",
}
OF_THE_MAP = ("overall_accuracy", "mean_f1", "mean_iou")
OF_A_CLASS = ("area_share", "users_accuracy", "producers_accuracy")
"""Figures of a class that a table of expectations has columns for."""
ENOUGH = 0.9
"""Share of samples whose interval holds the truth, from which an interval is worth its name."""


def summarize_estimates(estimates: MapEstimates) -> str:
    """The overall accuracy with its interval, in one sentence for the summary."""
    accuracy = estimates.overall_accuracy
    level = f"{100 * estimates.confidence:g} %"
    return (
        f"{estimates.labelled} of {estimates.units} places that were drawn at random are labelled: "
        f"overall accuracy of {estimates.title} {_bounded(accuracy)}, with {level} confidence."
    )


def compare_accuracies(estimates: MapEstimates, test: TestFigures | None) -> list[dict[str, Any]]:
    """Rows of figures of the map: from the sample, and on the test blocks where there are any."""
    return [
        {
            "title": TITLES[name],
            "sample": getattr(estimates, name),
            "test": None if test is None else getattr(test, name),
        }
        for name in OF_THE_MAP
    ]


def expect_classes(design: Design) -> list[dict[str, Any]]:
    """Rows of the classes: what simulated samples of the design gave, by figure.

    Areas and their half widths are in the units of the design.
    """
    whole = sum(stratum.area_m2 for stratum in design.strata) / design.ground_units.square_metres
    known = {(own.figure, own.of): own for own in design.expected}
    rows = []
    for own in design.classes:
        figures = {name: known.get((name, own.name)) for name in OF_A_CLASS}
        share = figures["area_share"]
        if any(figures.values()):
            rows.append(
                {
                    "code": own.code,
                    "name": own.name,
                    "area": None if share is None else share.value * whole,
                    "half_width": _scaled(share, whole),
                    **figures,
                }
            )
    return rows


def expected_accuracy(design: Design) -> ExpectedFigure | None:
    """What simulated samples gave of the overall accuracy."""
    return next((own for own in design.expected if own.figure == "overall_accuracy"), None)


def describe_weak(weak: Iterable[ExpectedFigure]) -> list[str]:
    """One sentence for each figure whose interval holds the truth too seldom."""
    return [_describe_weak(own) for own in weak]


def _describe_weak(own: ExpectedFigure) -> str:
    usual = f"the usual one, ± 1.96 standard errors, in {_of_100(own.wald_coverage)}"
    if own.coverage is not None and own.coverage >= ENOUGH:
        return (
            f"{_name(own)}: the interval printed here is expected to hold the truth in "
            f"{_of_100(own.coverage)} of 100 samples, but {usual} only: quote the interval, not "
            "the standard error."
        )
    return (
        f"{_name(own)}: the interval printed here is expected to hold the truth in "
        f"{_of_100(own.coverage)} of 100 samples only, {usual}: more places are needed."
    )


def propose(design: Design) -> str | None:
    """The allocation that mends weak figures, as lines for the configuration."""
    if design.proposal is None:
        return None
    chosen: dict[str, Any] = {"design": "stratified", "units": design.proposal.units}
    if design.clusters is not None:
        chosen["clusters"] = None  # tiles need another design
    return yaml.safe_dump({"sample": chosen}, sort_keys=False, allow_unicode=True).rstrip()


def scale_area(figure: EstimatedFigure, units: GroundUnits) -> dict[str, float | None]:
    """Value and ends of an area in these units."""
    parts = {"value": figure.value, "low": figure.low, "high": figure.high}
    return {
        name: None if part is None else part / units.square_metres for name, part in parts.items()
    }


def matrix_rows(estimates: MapEstimates) -> list[tuple[str, Sequence[float]]]:
    """Name of the class in the map, and shares of the area by class in the reference."""
    return list(zip(estimates.matrix_classes, estimates.matrix, strict=True))


def _bounded(figure: EstimatedFigure) -> str:
    if figure.value is None:
        return "is not defined"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f} (interval {figure.method})"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _scaled(figure: ExpectedFigure | None, scale: float) -> float | None:
    return None if figure is None or figure.half_width is None else figure.half_width * scale


def _name(figure: ExpectedFigure) -> str:
    title = TITLES.get(figure.figure, figure.figure)
    return title if figure.of is None else f"{figure.of}, {title}"


def _of_100(share: float | None) -> str:
    return "an unknown number" if share is None else f"{100 * share:.0f}"
