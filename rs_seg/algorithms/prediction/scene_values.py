"""Whether the values of a scene are like those that a model was trained on: units, scale, range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.statistics import describe_band

MOST_OUTSIDE = 0.05
"""Share of pixels outside the trained range that is unlike training; other light and other seasons
stay below."""
FAR = 3.0
"""Distance of means, in trained standard deviations, at which most pixels lie in the tails of what
was trained on."""
MAGNITUDE = 10.0
"""Ratio of positive values that only other units explain: 0..1 beside 0..255 beside 0..10000."""
NARROW, NARROW_DISTANCE = 0.1, 1.5
"""Values that are so narrow beside the trained ones, and lie so far from their mean: a small part
of their range."""


@dataclass(frozen=True)
class BandFigures:
    """Figures of the values of a band.

    The last four are None where a model file does not keep them.
    """

    mean: float
    std: float
    min: float | None = None
    max: float | None = None
    p2: float | None = None
    p98: float | None = None


@dataclass(frozen=True)
class BandComparison:
    """A band of a scene beside the same band in training."""

    name: str
    trained: BandFigures
    scene: BandFigures
    outside: float | None
    """Share of the scene's pixels outside the trained range; None where the model file keeps none.
    """
    unlike: tuple[str, ...]
    """Why the values are unlike those of training; none where they are alike."""

    @property
    def other_magnitude(self) -> bool:
        """Whether positive values differ ten times in one direction, as other units do."""
        return _differ_in_magnitude(self.trained, self.scene)

    def describe(self) -> str:
        """What the values are and why they are unlike, in one sentence."""
        return (
            f"band {self.name} holds {_range(self.scene)}, the model was trained on "
            f"{_range(self.trained)}: "
            f"{', '.join(self.unlike)}"
        )


def compare_band(name: str, trained: BandFigures, values: NDArray[Any]) -> BandComparison:
    """The values (N > 0) of a band of a scene, without nodata, beside those of training."""
    scene = BandFigures(**describe_band(values))
    outside = None
    if trained.min is not None and trained.max is not None:
        outside = float(((values < trained.min) | (values > trained.max)).mean())
    return BandComparison(
        name, trained, scene, outside, tuple(_find_reasons(trained, scene, outside))
    )


def _find_reasons(trained: BandFigures, scene: BandFigures, outside: float | None) -> list[str]:
    distance = abs(scene.mean - trained.mean) / trained.std if trained.std > 0 else 0.0
    reasons = []
    if _differ_in_magnitude(trained, scene):
        reasons.append("another order of magnitude")
    if outside is not None and outside > MOST_OUTSIDE:
        reasons.append(f"{outside:.0%} of the pixels outside the trained range")
    if distance > FAR:
        reasons.append(f"means {distance:.0f} standard deviations apart")
    elif distance > NARROW_DISTANCE and 0 < scene.std < NARROW * trained.std:
        reasons.append("a small part of the trained range, far from its mean")
    if scene.min == scene.max and trained.std > 0:
        reasons.append("a single value everywhere")
    return reasons


def _differ_in_magnitude(trained: BandFigures, scene: BandFigures) -> bool:
    """Whether positive values differ ten times in one direction.

    Their means do, and their bright ends where both are known. Other ground moves the mean of a
    band such as height; other units move its bright end as much.
    """
    pairs = [(trained.mean, scene.mean)]
    if trained.p98 is not None and scene.p98 is not None:
        pairs.append((trained.p98, scene.p98))
    if min(min(pair) for pair in pairs) <= 0:
        return False
    ratios = np.array([second / first for first, second in pairs])
    return bool((ratios >= MAGNITUDE).all() or (ratios <= 1 / MAGNITUDE).all())


def _range(figures: BandFigures) -> str:
    if figures.min is None or figures.max is None:
        return f"a mean of {figures.mean:.6g}"
    return f"{figures.min:.6g} to {figures.max:.6g} (mean {figures.mean:.6g})"
