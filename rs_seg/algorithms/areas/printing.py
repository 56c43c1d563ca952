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
from rs_seg.algorithms.areas.figures import (
    MEANS,
    OF_THE_MAP,
    Figure,
    linearise_figure,
    some_at_a_time,
)
from rs_seg.algorithms.areas.intervals import (
    CLOPPER_PEARSON,
    KORN_GRAUBARD,
    WALD,
    WIDER,
    Limits,
    clopper_pearson,
    wald,
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
"""`best`: Korn and Graubard for figures of the map; for those of classes the wider ends of that and
of Dirichlet draws, but Clopper and Pearson for user's accuracy of classes that are mapped in one
stratum. `Wald`: the usual interval for all."""


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
            drawn = self._drawn(counts)
            limits = {figure: self._best(figure, counts, evidence, drawn) for figure in evidence}
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

    def _best(
        self,
        figure: Figure,
        counts: NDArray[np.integer],
        evidence: Mapping[Figure, Evidence],
        drawn: Mapping[Figure, Limits],
    ) -> Printed:
        """Those limits of a figure that hold.

        Draws know of omissions that no unit met, Korn and Graubard of maps that are nearly right,
        which draws take for worse than they are: so figures of classes have the wider ends.
        """
        low, high = self._korn_graubard(figure, counts, evidence)
        if figure in OF_THE_MAP:
            return Printed(low, high, (KORN_GRAUBARD,) * low.shape[-1])
        low, high = np.fmin(low, drawn[figure][0]), np.fmax(high, drawn[figure][1])
        wider = Printed(low, high, (WIDER,) * low.shape[-1])
        if figure != "users_accuracy":
            return wider
        return self._users(counts, evidence[figure].values, wider)

    def _korn_graubard(
        self, figure: Figure, counts: NDArray[np.integer], evidence: Mapping[Figure, Evidence]
    ) -> Limits:
        """Limits of a share for the effective number of units, which is p (1 - p) / V.

        Source: Korn and Graubard 1998. Their p and V are those of the sample, which say nothing
        where all units agree, and too little where few do not; here they are smoothed.
        """
        shares, variances = self._smooth(figure, counts, evidence)
        with np.errstate(divide="ignore", invalid="ignore"):
            units = np.where(variances > 0, shares * (1 - shares) / variances, np.inf)
        return clopper_pearson(evidence[figure].values, units, self.confidence)

    def _smooth(
        self, figure: Figure, counts: NDArray[np.integer], evidence: Mapping[Figure, Evidence]
    ) -> tuple[Floats, Floats]:
        """Values and variances (B, Q) of a figure as if the units of the prior were sampled too.

        A stratum that was drawn as a whole has none of them. Means are over the classes whose
        figure the sample itself defines.
        """
        added = (1 - self.parts)[:, None] * self.prior
        known = ~np.isnan(evidence[MEANS[figure]].values) if figure in MEANS else None
        values, variances = [], []
        many = len(self.classes)
        for some in some_at_a_time(len(counts), many**3):
            units = counts[some] + added
            means = units / units.sum(axis=-1, keepdims=True)
            linear = linearise_figure(
                self.strata.weights @ means,
                figure,
                many,
                known=None if known is None else known[some],
            )
            values.append(linear.values)
            variances.append(variance_of_shares(means, self.factors, linear.residuals))
        return np.concatenate(values), np.concatenate(variances)

    def _drawn(self, counts: NDArray[np.integer]) -> dict[Figure, Limits]:
        """Limits of figures of classes by draws; NaN where no draws are needed."""
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

    def _users(self, counts: NDArray[np.integer], values: Floats, wider: Printed) -> Printed:
        """Clopper and Pearson's limits of the classes that are mapped in one stratum.

        There the units mapped as the class are a random sample of all that are; where a part of
        them was drawn, they are worth n / (1 - f).
        """
        low, high, methods = wider.low.copy(), wider.high.copy(), list(wider.methods)
        many = len(self.classes)
        for place in range(many):
            owner = self._only_stratum(place)
            if owner is not None:
                of_class = slice(place * many, (place + 1) * many)
                units = counts[:, owner, of_class].sum(axis=-1)
                with np.errstate(divide="ignore", invalid="ignore"):
                    worth = np.where(units > 0, units / (1 - self.parts[owner]), 0.0)
                limits = clopper_pearson(values[:, place], worth, self.confidence)
                low[:, place], high[:, place] = limits
                methods[place] = CLOPPER_PEARSON
        return Printed(low, high, tuple(methods))


def _columns(limits: list[Limits]) -> Limits:
    lows, highs = zip(*limits, strict=True)
    return np.stack(lows, axis=-1), np.stack(highs, axis=-1)


def _holding(printed: Printed, values: Floats) -> Printed:
    """The intervals with their estimates in them; NaN where there is no estimate."""
    low, high = np.minimum(printed.low, values), np.maximum(printed.high, values)
    return Printed(low, high, printed.methods)
