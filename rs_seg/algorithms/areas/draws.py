"""Intervals from Dirichlet draws: what the shares within the strata may be, given the sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.areas.figures import Figure, some_at_a_time
from rs_seg.algorithms.areas.intervals import Limits
from rs_seg.algorithms.areas.strata import Label

Floats = NDArray[np.float64]
Generators = Sequence[np.random.Generator]
"""One of each stratum, so that the order of strata and classes changes no draw."""
AGREED, COMMITTED, OMITTED, OTHER = range(4)
"""Cells of one class: mapped and in the reference; only mapped; only in the reference; neither."""
OF_A_CLASS: Mapping[Figure, Callable[[Sequence[Floats]], Floats]] = {
    "area_share": lambda cells: cells[AGREED] + cells[OMITTED],
    "users_accuracy": lambda cells: _share(cells[AGREED], cells[COMMITTED]),
    "producers_accuracy": lambda cells: _share(cells[AGREED], cells[OMITTED]),
    "iou": lambda cells: _share(cells[AGREED], cells[COMMITTED] + cells[OMITTED]),
}
"""Figures from shares of the first three cells of a class. F1 = 2 IoU / (1 + IoU) needs no own."""


@dataclass(frozen=True)
class Posterior:
    """What is needed to draw shares of cells within strata, of B samples of one design.

    `counts` (B, H, C) of units, `prior` (H, C), which is 0 for cells that cannot be, `weights` (H,)
    of the strata and the `parts` (H,) of them that were drawn.
    """

    counts: NDArray[np.integer]
    prior: Floats
    weights: Floats
    parts: Floats

    def of_class(self, place: int, class_count: int) -> Posterior:
        """The same for the four cells of one class; sums of Dirichlet shares are Dirichlet."""
        groups = _cells_of(place, class_count)
        return Posterior(self.counts @ groups, self.prior @ groups, self.weights, self.parts)


def generators(seed: int, of: Label, strata: Sequence[Label]) -> Generators:
    """Generators of the draws of one class in each stratum."""
    return [
        # Seeded by names, not by places. `hash` of a text would differ from run to run.
        np.random.default_rng([seed, crc32(repr(of).encode()), crc32(repr(name).encode())])
        for name in strata
    ]


def overall_prior(counts: NDArray[np.integer], choices: NDArray[np.bool_]) -> Floats:
    """Prior counts (H, K * K) that sum to 1 in each stratum, from counts (H, K, K) of a sample.

    1 / k for each of the k classes that an interpreter could choose, shared equally by the classes
    of the map that the stratum has. Source: Berger, Bernardo and Sun 2015, overall objective
    priors, for k cells; measured against 1 / 2 and 1 per cell, which hide rare classes.
    """
    is_mapped = (counts.sum(axis=2) > 0).astype(float)
    rows = is_mapped / is_mapped.sum(axis=1, keepdims=True)
    prior = rows[:, :, None] * choices / choices.sum()
    return np.asarray(prior.reshape(len(counts), -1))


def class_limits(
    posterior: Posterior,
    figures: tuple[Figure, ...],
    confidence: float,
    *,
    draws: int,
    rngs: Generators,
) -> dict[Figure, Limits]:
    """Limits (B,) of figures of one class, with F1 beside IoU; `posterior` has its four cells.

    In each stratum q is drawn from Dirichlet(n_hj + prior), draws are weighted by W_h, and the
    limits are quantiles of the figure over the draws.
    """
    parts: dict[Figure, list[Limits]] = {figure: [] for figure in figures}
    for cells in _draw_cells(posterior, draws, rngs):
        for figure in figures:
            parts[figure].append(_quantiles(OF_A_CLASS[figure](cells), confidence))
    limits = {figure: _join(ends) for figure, ends in parts.items()}
    if "iou" in limits:
        low, high = limits["iou"]
        limits["f1"] = 2 * low / (1 + low), 2 * high / (1 + high)
    return limits


def _draw_cells(posterior: Posterior, draws: int, rngs: Generators) -> Iterator[Sequence[Floats]]:
    """Drawn shares of the whole (B, draws) of each cell but the last, some samples at a time."""
    tables, rows = zip(*_draw_strata(posterior, draws, rngs), strict=True)
    for chosen in some_at_a_time(len(posterior.counts), draws):
        cells = [np.zeros((chosen.stop - chosen.start, draws)) for _ in posterior.prior[0][1:]]
        for table, row, prior in zip(tables, rows, posterior.prior, strict=True):
            for cell in np.flatnonzero(prior[:-1]):
                cells[cell] += table[cell][row[chosen]]
        yield cells


def _draw_strata(
    posterior: Posterior, draws: int, rngs: Generators
) -> Iterator[tuple[Floats, NDArray[np.intp]]]:
    """Of each stratum: weighted shares (C, U, draws) for U different counts, and whose (B,)."""
    for place, (prior, rng) in enumerate(zip(posterior.prior, rngs, strict=True)):
        # samples with the same counts share their draws: there are few different ones
        counts, rows = np.unique(posterior.counts[:, place], axis=0, return_inverse=True)
        gammas = rng.standard_gamma(
            (counts + prior).T[:, :, None], size=(len(prior), len(counts), draws)
        )
        shares = gammas / gammas.sum(axis=0)
        # what was drawn of a stratum is known: only the rest varies
        mean = (counts / counts.sum(axis=1, keepdims=True)).T[:, :, None]
        shrink = np.sqrt(1 - posterior.parts[place])
        yield posterior.weights[place] * (mean + shrink * (shares - mean)), rows.reshape(-1)


def _quantiles(values: Floats, confidence: float) -> Limits:
    """Order statistics of draws (B, draws) that leave as many outside at either end."""
    draws = values.shape[-1]
    low = int((1 - confidence) / 2 * draws)
    ordered = np.partition(values, (low, draws - 1 - low), axis=-1)
    return ordered[:, low], ordered[:, draws - 1 - low]


def _join(limits: list[Limits]) -> Limits:
    lows, highs = zip(*limits, strict=True)
    return np.concatenate(lows), np.concatenate(highs)


def _share(part: Floats, rest: Floats) -> Floats:
    whole = part + rest
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _cells_of(place: int, class_count: int) -> NDArray[np.int64]:
    """Which of the four cells each of K * K cells belongs to (K * K, 4), as 0 and 1."""
    is_class = np.arange(class_count) == place
    mapped, reference = is_class[:, None], is_class[None, :]
    kind = np.where(mapped, np.where(reference, AGREED, COMMITTED), OTHER)
    kind = np.where(~mapped & reference, OMITTED, kind)
    return np.eye(4, dtype=np.int64)[kind.ravel()]
