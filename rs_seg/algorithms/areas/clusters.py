"""Accuracy and areas from samples whose units lie in clusters that were drawn first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.estimates import Estimates, gather_estimates, undefined_notes
from rs_seg.algorithms.areas.estimating import weigh_evidence
from rs_seg.algorithms.areas.intervals import STUDENT, student
from rs_seg.algorithms.areas.printing import Evidence, Printed
from rs_seg.algorithms.areas.samples import check_lengths, code_labels, plain
from rs_seg.algorithms.areas.strata import Label
from rs_seg.algorithms.areas.variances import cluster_variance, variance_within
from rs_seg.errors import UserError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClusterSample:
    """Weights of units summed by cluster and cell (M, K * K), and the stratum of clusters (M,).

    `names` are those of the strata of clusters, `squares` (M, K * K) sums of squared weights,
    `units` (M,) the number of units of each cluster.
    """

    classes: tuple[Label, ...]
    names: tuple[Label, ...]
    totals: Floats
    squares: Floats
    stratum: NDArray[np.intp]
    units: NDArray[np.intp]


def tabulate_clusters(
    *,
    stratum: Sequence[Any] | NDArray[Any],
    cluster: Sequence[Any] | NDArray[Any],
    mapped: Sequence[Any] | NDArray[Any],
    reference: Sequence[Any] | NDArray[Any],
    weight: Sequence[float] | Floats,
    classes: Sequence[Label] | None = None,
) -> ClusterSample:
    """The sample of units (n,) in clusters; a weight is the area that a unit stands for.

    That is its area divided by its inclusion probability. Clusters of two strata may have the same
    name.

    Raises:
        UserError: Lists of different lengths, units without a label, or weights that are not above
            0.
    """
    check_lengths(
        stratum=stratum, cluster=cluster, mapped=mapped, reference=reference, weight=weight
    )
    weights = np.asarray(weight, dtype=float)
    if not (weights > 0).all():
        raise UserError("weights of units are above 0", found=int((~(weights > 0)).sum()))
    coding = code_labels(mapped, reference, classes=classes)
    pairs = list(zip(plain(stratum, "stratum"), plain(cluster, "cluster"), strict=True))
    clusters = list(dict.fromkeys(pairs))
    names = tuple(dict.fromkeys(name for name, _ in clusters))
    place = {pair: number for number, pair in enumerate(clusters)}
    many = len(coding.classes)
    totals, squares = np.zeros((2, len(clusters), many**2))
    rows = np.array([place[pair] for pair in pairs])
    cells = (rows, coding.mapped * many + coding.reference)
    np.add.at(totals, cells, weights)
    np.add.at(squares, cells, weights**2)
    owner = np.array([names.index(name) for name, _ in clusters], dtype=np.intp)
    units = np.bincount(rows, minlength=len(clusters))
    return ClusterSample(coding.classes, names, totals, squares, owner, units)


def estimate_clusters(
    sample: ClusterSample,
    *,
    clusters: Mapping[Label, int] | None = None,
    complete: bool = False,
    size: float | None = None,
    confidence: float = 0.95,
) -> Estimates:
    """All figures of a two-stage sample, as ratios of weighted sums.

    Variances are those between clusters of a stratum (ultimate clusters). `clusters` says how many
    each stratum has: then the first stage is corrected, and the variance within clusters is added
    for the second, unless all units of each drawn cluster are in the sample (`complete`). Areas are
    shares of `size`, or of the sum of weights. Intervals: Student's t on the logit, with as many
    degrees of freedom as there are clusters less strata.
    Source: Hansen, Hurwitz and Madow 1953; Wolter 2007, ultimate clusters; Cochran 1977, 10.15.
    """
    whole = sample.totals.sum()
    shares, squares = sample.totals / whole, sample.squares / whole**2
    parts = _drawn_parts(sample, clusters)

    def variance(residuals: Floats) -> Floats:
        between = cluster_variance(shares, sample.stratum, residuals, parts)
        if complete:
            return between
        drawn = (sample.units, sample.stratum)
        return between + variance_within(shares, squares, *drawn, residuals, parts)

    evidence = weigh_evidence(shares.sum(axis=0), len(sample.classes), variance)
    freedom = len(sample.totals) - len(sample.names)
    whole_drawn = complete and bool((parts == 1).all())
    printed = {
        figure: _limits(found, confidence, freedom, whole_drawn=whole_drawn)
        for figure, found in evidence.items()
    }
    many = len(sample.classes)
    return Estimates(
        gather_estimates(
            evidence, printed, sample.classes, size=float(whole) if size is None else size
        ),
        sample.classes,
        shares.sum(axis=0).reshape(many, many),
        (*_lone_clusters(sample, parts), *undefined_notes(evidence, sample.classes)),
    )


def design_effect(value: float, error: float, units: int) -> float:
    """How many times the variance is that of as many units drawn alone: V n / (p (1 - p)).

    So many times fewer units would say as much, were they not in clusters. Source: Kish 1965.
    """
    alone = value * (1 - value) / units
    return error**2 / alone if alone > 0 else float("nan")


def _drawn_parts(sample: ClusterSample, clusters: Mapping[Label, int] | None) -> Floats:
    if clusters is None:
        return np.zeros(len(sample.names))
    drawn = np.bincount(sample.stratum, minlength=len(sample.names))
    # NaN where the number is missing or 0: it fails the test below too.
    parts = drawn / np.array([clusters.get(name, 0) or np.nan for name in sample.names])
    if not (parts <= 1).all():
        raise UserError(
            "strata with fewer clusters than were drawn, or without their number",
            found=[name for name, part in zip(sample.names, parts, strict=True) if not part <= 1],
        )
    return np.asarray(parts)


def _limits(evidence: Evidence, confidence: float, freedom: int, *, whole_drawn: bool) -> Printed:
    """Student's limits; where all units agree, the value if all there is was drawn, else NaN."""
    limits = student(evidence.values, evidence.errors, confidence, freedom=freedom)
    sure = evidence.values if whole_drawn else np.full_like(evidence.values, np.nan)
    low, high = (np.where(evidence.errors == 0, sure, ends) for ends in limits)
    return Printed(low, high, (STUDENT,) * len(low))


def _lone_clusters(sample: ClusterSample, parts: Floats) -> list[str]:
    drawn = np.bincount(sample.stratum, minlength=len(sample.names))
    lone = [
        str(name)
        for name, many, part in zip(sample.names, drawn, parts, strict=True)
        if many == 1 and part < 1
    ]
    if not lone:
        return []
    return [f"one cluster alone was labelled in {', '.join(lone)}: standard errors are not defined"]
