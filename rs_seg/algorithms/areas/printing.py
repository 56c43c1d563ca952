"""Intervals as they are printed: for each figure the method whose intervals held best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.draws import (
    OF_A_CLASS,
    Posterior,
    class_limits,
    generators,
    overall_prior,
)
from rs_seg.algorithms.areas.figures import MEANS, OF_THE_MAP, Figure, linearise_figure
from rs_seg.algorithms.areas.intervals import (
    DIRICHLET,
    KORN_GRAUBARD,
    WALD,
    WILSON,
    Limits,
    korn_graubard,
    wald,
    wilson,
)
from rs_seg.algorithms.areas.samples import Sample
from rs_seg.algorithms.areas.strata import Label, Strata
from rs_seg.algorithms.areas.variances import (
    Design,
    sampled_parts,
    variance_factors,
    variance_of_shares,
)

Floats = NDArray[np.float64]
Choice = Literal["best", "Wald"]
"""`best`: Dirichlet draws, but Wilson for user's accuracy of classes that lie in one stratum, and
Korn and Graubard for figures of the map. `Wald`: the usual interval for all."""


@dataclass(frozen=True)
class Evidence:
    """Values (..., Q) of one figure of Q classes, and their standard errors."""

    values: Floats
    errors: Floats


@dataclass(frozen=True)
class Printed:
    """Limits (B, Q) of one figure in B samples, and the method of each class (Q,).

    NaN are limits that nothing can be said of.
    """

    low: Floats
    high: Floats
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Intervals:
    """How intervals are made of samples of one design.

    `prior` (H, K * K) knows which classes of the map each stratum has; `parts` (H,) of the strata
    were drawn; `factors` (H,) are those of `variance_factors`.
    """

    strata: Strata
    classes: tuple[Label, ...]
    prior: Floats
    parts: Floats
    factors: Floats
    confidence: float
    draws: int
    seed: int

    @classmethod
    def of(
        cls, sample: Sample, design: Design, *, confidence: float, draws: int, seed: int
    ) -> Intervals:
        """Those of one sample, and of all that have its classes of the map in each stratum."""
        return cls(
            sample.strata,
            sample.classes,
            overall_prior(sample.counts, sample.choices),
            sampled_parts(sample.strata, sample.units, design),
            variance_factors(sample.strata, sample.units, design),
            confidence,
            draws,
            seed,
        )

    def printed(
        self,
        counts: NDArray[np.integer],
        evidence: Mapping[Figure, Evidence],
        *,
        choice: Choice = "best",
    ) -> dict[Figure, Printed]:
        """Intervals of all figures, from counts (B, H, K * K) and what they say (B, Q).

        An interval holds its own estimate: draws never reach a share of exactly 0 or 1.
        """
        if choice == "Wald":
            limits = {figure: self._wald(figure, counts, evidence) for figure in evidence}
        else:
            limits = self._drawn(counts)
            for figure in OF_THE_MAP:
                if figure in evidence:
                    limits[figure] = self._of_the_map(figure, counts, evidence)
            if "users_accuracy" in evidence:
                limits["users_accuracy"] = self._users(
                    counts, evidence["users_accuracy"].values, limits["users_accuracy"]
                )
        return {
            figure: _holding(limits[figure], found.values) for figure, found in evidence.items()
        }

    def _wald(
        self, figure: Figure, counts: NDArray[np.integer], evidence: Mapping[Figure, Evidence]
    ) -> Printed:
        """Value -+ z error; NaN where all units agree and others could have been drawn."""
        found = evidence[figure]
        low, high = wald(found.values, found.errors, self.confidence)
        _, variances = self._smooth(figure, counts, evidence)
        unknown = (found.errors == 0) & (variances > 0)
        low, high = (np.where(unknown, np.nan, limits) for limits in (low, high))
        return Printed(low, high, (WALD,) * low.shape[-1])

    def _of_the_map(
        self, figure: Figure, counts: NDArray[np.integer], evidence: Mapping[Figure, Evidence]
    ) -> Printed:
        """Limits of a share for the effective number of units, which is p (1 - p) / V.

        Source: Korn and Graubard 1998. Their p and V are those of the sample, which say nothing
        where all units agree, and too little where few do not; here they are smoothed.
        """
        shares, variances = self._smooth(figure, counts, evidence)
        with np.errstate(divide="ignore", invalid="ignore"):
            units = np.where(variances > 0, shares * (1 - shares) / variances, np.inf)
        low, high = korn_graubard(evidence[figure].values, units, self.confidence)
        return Printed(low, high, (KORN_GRAUBARD,) * low.shape[-1])

    def _smooth(
        self, figure: Figure, counts: NDArray[np.integer], evidence: Mapping[Figure, Evidence]
    ) -> tuple[Floats, Floats]:
        """Values and variances (B, Q) of a figure as if the units of the prior were sampled too.

        A stratum that was drawn as a whole has none of them. Means are over the classes whose
        figure the sample itself defines.
        """
        added = (1 - self.parts)[:, None] * self.prior
        means = (counts + added) / (counts + added).sum(axis=-1, keepdims=True)
        known = ~np.isnan(evidence[MEANS[figure]].values) if figure in MEANS else None
        shares = self.strata.weights @ means
        linear = linearise_figure(shares, figure, len(self.classes), known=known)
        return linear.values, variance_of_shares(means, self.factors, linear.residuals)

    def _drawn(self, counts: NDArray[np.integer]) -> dict[Figure, Printed]:
        whole = Posterior(counts, self.prior, self.strata.weights, self.parts)
        many = len(self.classes)
        per_class = [
            class_limits(
                whole.of_class(place, many),
                tuple(figure for figure in OF_A_CLASS if self._is_drawn(figure, place)),
                self.confidence,
                draws=self.draws,
                rngs=generators(self.seed, name, self.strata.names),
            )
            for place, name in enumerate(self.classes)
        ]
        nothing = np.full(len(counts), np.nan)
        return {
            figure: _columns([limits.get(figure, (nothing, nothing)) for limits in per_class])
            for figure in (*OF_A_CLASS, "f1")
        }

    def _is_drawn(self, figure: Figure, place: int) -> bool:
        """Whether draws make the interval of a figure of one class."""
        return figure != "users_accuracy" or self._only_stratum(place) is None

    def _only_stratum(self, place: int) -> int | None:
        """The stratum where one class is mapped, if it is a single one."""
        many = len(self.classes)
        owners = np.flatnonzero(self.prior.reshape(-1, many, many)[:, place].any(axis=-1))
        return int(owners[0]) if len(owners) == 1 else None

    def _users(
        self,
        counts: NDArray[np.integer],
        values: Floats,
        drawn: Printed,
    ) -> Printed:
        """Wilson's limits of the classes that are mapped in one stratum, draws of the others.

        There the units mapped as the class are a random sample of all that are; where a part of
        them was drawn, they are worth n / (1 - f).
        """
        low, high, methods = drawn.low.copy(), drawn.high.copy(), list(drawn.methods)
        many = len(self.classes)
        for place in range(many):
            owner = self._only_stratum(place)
            if owner is not None:
                of_class = slice(place * many, (place + 1) * many)
                units = counts[:, owner, of_class].sum(axis=-1)
                with np.errstate(divide="ignore", invalid="ignore"):
                    worth = np.where(units > 0, units / (1 - self.parts[owner]), 0.0)
                limits = wilson(values[:, place], worth, self.confidence)
                low[:, place], high[:, place] = limits
                methods[place] = WILSON
        return Printed(low, high, tuple(methods))


def _columns(limits: list[Limits]) -> Printed:
    lows, highs = zip(*limits, strict=True)
    return Printed(np.stack(lows, axis=-1), np.stack(highs, axis=-1), (DIRICHLET,) * len(limits))


def _holding(printed: Printed, values: Floats) -> Printed:
    """The intervals with their estimates in them; NaN where there is no estimate."""
    low, high = np.minimum(printed.low, values), np.maximum(printed.high, values)
    return Printed(low, high, printed.methods)
