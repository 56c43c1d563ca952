"""The part of estimate that puts figures into the document estimates.json."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.estimates import Estimate, Estimates
from rs_seg.algorithms.areas.figures import Figure
from rs_seg.stages.estimate.places import LabelledPlaces
from rs_seg.values.design import Design
from rs_seg.values.estimates import (
    EstimatedClass,
    EstimatedFigure,
    LabelledStratum,
    MapDisagreement,
    MapEstimates,
)


def describe_estimates(
    estimates: Estimates,
    design: Design,
    places: LabelledPlaces,
    counted: tuple[LabelledStratum, ...],
    *,
    names: Mapping[int, str],
    words: str,
    state: Literal["as_sampled", "changed", "reread"],
    confidence: float,
    mapped: Mapping[str, float] | None,
    plain_accuracy: float,
    notes: Sequence[str],
) -> MapEstimates:
    """The document, in which classes have the `names` that the legend has for their codes now.

    `mapped` are square metres of the map by name of the class; where they are not known, None, they
    are estimated from the sample too.
    """
    area = sum(stratum.area_m2 for stratum in design.strata)
    if mapped is None:
        of_map = estimates.matrix.sum(axis=1) * area
        mapped = {str(n): float(m) for n, m in zip(estimates.classes, of_map, strict=True)}
    return MapEstimates(
        network=design.network,
        refinement=design.refinement,
        design=words,
        map_state=state,
        units=design.units,
        labelled=int(places.labelled.sum()),
        strata=counted,
        confidence=confidence,
        area_m2=area,
        overall_accuracy=_figure(estimates.get("overall_accuracy")),
        mean_f1=_figure(estimates.get("mean_f1")),
        mean_iou=_figure(estimates.get("mean_iou")),
        classes=tuple(
            _class(estimates, own.code, names[own.code], mapped.get(names[own.code], 0.0))
            for own in design.classes
        ),
        matrix=tuple(tuple(map(float, row)) for row in estimates.matrix),
        matrix_classes=tuple(map(str, estimates.classes)),
        disagreement=_disagreement(estimates),
        plain_accuracy=plain_accuracy,
        notes=tuple(notes),
    )


FIGURES: dict[str, Figure] = {
    "area_m2": "area",
    **{name: name for name in ("area_share", "users_accuracy", "producers_accuracy", "f1", "iou")},
}
"""Figures of a class, by their keys in the document."""


def _class(estimates: Estimates, code: int, name: str, mapped: float) -> EstimatedClass:
    figures = {key: _figure(estimates.get(figure, name)) for key, figure in FIGURES.items()}
    return EstimatedClass(code=code, name=name, mapped_m2=mapped, **figures)


def _figure(estimate: Estimate) -> EstimatedFigure:
    numbers = (estimate.value, estimate.error, estimate.low, estimate.high)
    value, error, low, high = (number if math.isfinite(number) else None for number in numbers)
    return EstimatedFigure(value=value, error=error, low=low, high=high, method=estimate.method)


def _disagreement(estimates: Estimates) -> MapDisagreement:
    parts = estimates.disagreement()
    return MapDisagreement(
        difference=parts.difference,
        quantity=parts.quantity,
        allocation=parts.allocation,
        exchange=parts.exchange,
        shift=parts.shift,
    )


def share_of_right(places: LabelledPlaces, mapped: NDArray[np.int64]) -> float:
    """Share of the labelled places whose class in the map is right, without weights."""
    own = places.labelled
    return float((mapped[own] == places.reference[own]).mean())
