"""Estimates: values with standard errors, intervals and the method of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.disagreement import Disagreement, disagree
from rs_seg.algorithms.areas.figures import OF_THE_MAP, Figure
from rs_seg.algorithms.areas.printing import Evidence, Printed
from rs_seg.algorithms.areas.strata import Label

Floats = NDArray[np.float64]
NO = "not defined"
"""Method of an interval that there is not."""
AGREED = "not estimable: all sampled units agree"
"""The same where nothing varies in the sample, which is no certainty about the rest."""


@dataclass(frozen=True)
class Estimate:
    """A figure of a class, or of the map (`of` is None), with its error and interval.

    `error` is the standard error. NaN stands for what is not defined, never 0.
    """

    figure: Figure
    of: Label | None
    value: float
    error: float
    low: float
    high: float
    method: str

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Estimates:
    """All figures of a map, and what has to be said with them.

    `matrix` (K, K) are the estimated shares p_ij of the whole, map (rows) against reference.
    `notes` say which figures are not defined, and why.
    """

    figures: tuple[Estimate, ...]
    classes: tuple[Label, ...]
    matrix: Floats
    notes: tuple[str, ...]

    def get(self, figure: Figure, of: Label | None = None) -> Estimate:
        """One figure, of a class where it is a class's."""
        return next(
            estimate for estimate in self.figures if estimate.figure == figure and estimate.of == of
        )

    def of_classes(self, figure: Figure) -> dict[Label, Estimate]:
        """One figure of every class."""
        return {name: self.get(figure, name) for name in self.classes}

    def disagreement(self) -> Disagreement:
        """The estimated disagreement of map and reference, in shares of the whole."""
        return disagree(self.matrix)

    def rows(self) -> list[dict[str, Any]]:
        """The figures as rows of a table."""
        return [asdict(estimate) for estimate in self.figures]


def gather_estimates(
    evidence: Mapping[Figure, Evidence],
    printed: Mapping[Figure, Printed],
    classes: tuple[Label, ...],
    *,
    size: float,
) -> tuple[Estimate, ...]:
    """Estimates of one sample in a table's order; areas are shares of `size`."""
    estimates = [
        estimate
        for figure, found in evidence.items()
        for estimate in _one_figure(figure, found, printed[figure], classes)
    ]
    areas = [_area(share, size) for share in estimates if share.figure == "area_share"]
    return (*estimates, *areas)


def undefined_notes(evidence: Mapping[Figure, Evidence], classes: tuple[Label, ...]) -> list[str]:
    """One sentence for each accuracy of a class that the sample says nothing of."""
    missing = {
        "users_accuracy": "no labelled unit is mapped as {}: its user's accuracy is not defined",
        "producers_accuracy": "no labelled unit is {} in the reference: its producer's accuracy is"
        " not defined",
    }
    figures: tuple[Figure, ...] = ("users_accuracy", "producers_accuracy")
    return [
        missing[figure].format(name)
        for figure in figures
        for name, value in zip(classes, evidence[figure].values.ravel(), strict=True)
        if np.isnan(value)
    ]


def _one_figure(
    figure: Figure, evidence: Evidence, printed: Printed, classes: tuple[Label, ...]
) -> Iterator[Estimate]:
    names = (None,) if figure in OF_THE_MAP else classes
    columns = (evidence.values, evidence.errors, printed.low, printed.high)
    numbers = zip(*(column.ravel().tolist() for column in columns), strict=True)
    for name, (value, error, low, high), method in zip(
        names, numbers, printed.methods, strict=True
    ):
        missing = AGREED if error == 0 else NO
        yield Estimate(figure, name, value, error, low, high, missing if np.isnan(low) else method)


def _area(share: Estimate, size: float) -> Estimate:
    return Estimate(
        "area",
        share.of,
        share.value * size,
        share.error * size,
        share.low * size,
        share.high * size,
        share.method,
    )
