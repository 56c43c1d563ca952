"""Whether bands are named in the wrong order, by how they differ from one another in each pixel.

Single bands of photographs are hardly told apart: means of red and blue differ less than scenes do.
The differences of two bands in the same pixel are steadier. They are looked at twice: as normalised
differences, which brightness does not move but the colour of light does, and as differences of
ranks, which no gain of a band moves but which say less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.band_pairs import MOST_BANDS, PARTS, WHOLE, BandPair

Floats = NDArray[np.float64]
Shares = dict[tuple[int, int], Floats]
Order = tuple[int, ...]
MOST_PIXELS = 100_000
"""Pixels that ranks are computed of, about."""
LEAST_PIXELS = 10_000
"""Pixels below which nothing is said: few pixels show one field or one roof."""
ALL_ORDERS = 4
"""Bands of which every order is tried; of more, two that change places, and colours from behind."""
FITS = 0.12
"""Divergence from training, of which an order fits: other ground of one image has 0.01 to 0.07."""
BETTER, MUCH_BETTER = 1.5, 2.0
"""Times by which an order must fit better than the one that is named, to be said and to be sure."""
RANKS_BETTER = 1.3
"""The same of ranks, to be sure."""
FAR = 0.4
"""Divergence of the named order that no colour of light explains: infrared taken for a colour."""


@dataclass(frozen=True)
class Reordering:
    """An order of bands that fits the training much better than the one that is named."""

    named: tuple[str, ...]
    fitting: tuple[str, ...]
    """What each of the named bands looks like."""
    divergence: float
    """Of the named order: Jensen-Shannon divergence in bits, mean of all pairs."""
    fitting_divergence: float
    sure: bool
    """Whether no other light explains it."""

    def describe(self) -> str:
        """What was found, in one sentence."""
        pairs = [
            f"{name} looks like {meant}"
            for name, meant in zip(self.named, self.fitting, strict=True)
            if name != meant
        ]
        return (
            f"bands seem to be named in another order than in the training of the model: "
            f"{', '.join(pairs)} (difference from the training {self.divergence:.2f} as named, "
            f"{self.fitting_divergence:.2f} in that order)"
        )


def describe_pairs(bands: Sequence[str], values: NDArray[Any]) -> tuple[BandPair, ...]:
    """All pairs of bands of valid pixels (B, N > 0); none of one band or of very many."""
    if not 2 <= len(bands) <= MOST_BANDS:
        return ()
    some = _thin(values)
    ratios, ranks = _share_ratios(some), _share_ranks(some)
    return tuple(
        BandPair(
            first=bands[first],
            second=bands[second],
            ratios=tuple(np.rint(WHOLE * ratios[first, second]).astype(int).tolist()),
            ranks=tuple(np.rint(WHOLE * ranks[first, second]).astype(int).tolist()),
        )
        for first, second in ratios
    )


def find_reordering(
    trained: Sequence[BandPair], bands: Sequence[str], values: NDArray[Any]
) -> Reordering | None:
    """The order of the `bands` of valid pixels (B, N) that fits far better than theirs, if any.

    Pairs of which the training knows nothing are passed over. Source: Lin 1991, the Jensen-Shannon
    divergence.
    """
    known = _find_known(trained, bands)
    if len(bands) < 2 or len(known) < len(bands) * (len(bands) - 1) // 2:
        return None
    if values.shape[1] < LEAST_PIXELS:
        return None
    some = _thin(values)
    ratios = _share_ratios(some)
    named = tuple(range(len(bands)))
    by_ratio = {order: _diverge(order, ratios, known, "ratios") for order in _orders(len(bands))}
    best = min((order for order in by_ratio if order != named), key=by_ratio.__getitem__)
    if by_ratio[best] > FITS or by_ratio[named] < BETTER * by_ratio[best]:
        return None
    ranks = _share_ranks(some)
    of_ranks = [_diverge(order, ranks, known, "ranks") for order in (named, best)]
    sure = by_ratio[named] >= FAR or (
        by_ratio[named] >= MUCH_BETTER * by_ratio[best]
        and of_ranks[0] >= RANKS_BETTER * of_ranks[1]
    )
    # best[i]: the band of the file that looks like band i of the training
    fitting = tuple(bands[best.index(number)] for number in named)
    return Reordering(tuple(bands), fitting, by_ratio[named], by_ratio[best], sure)


def _thin(values: NDArray[Any]) -> Floats:
    """About MOST_PIXELS of the pixels (B, N), evenly spread."""
    step = max(1, values.shape[1] // MOST_PIXELS)
    return values[:, ::step].astype(np.float64)


def _share_ratios(values: Floats) -> Shares:
    """Shares of pixels by the normalised difference of each pair of bands (B, N)."""
    return {pair: _share(_normalise(*values[[*pair]])) for pair in _pairs(values)}


def _share_ranks(values: Floats) -> Shares:
    """Shares of pixels by the difference of ranks of each pair of bands (B, N)."""
    placed = [mean_ranks(band) / len(band) for band in values]
    return {(one, other): _share(placed[one] - placed[other]) for one, other in _pairs(values)}


def _pairs(values: Floats) -> Iterator[tuple[int, int]]:
    return combinations(range(len(values)), 2)


def mean_ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values have the mean of theirs.

    As `scipy.stats.rankdata`, which takes half a second to load, in jobs that rank nothing too.
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Floats = np.cumsum(counts) - (counts - 1) / 2
    return means[places]


def _normalise(first: Floats, second: Floats) -> Floats:
    # halves, since sums of huge values are no numbers
    total = np.abs(first) / 2 + np.abs(second) / 2
    difference = first / 2 - second / 2
    return np.divide(difference, total, out=np.zeros_like(total), where=total > 0)


def _share(differences: Floats) -> Floats:
    counts = np.histogram(differences, bins=PARTS, range=(-1, 1))[0]
    return np.asarray(counts / max(1, counts.sum()), dtype=np.float64)


def _find_known(
    trained: Sequence[BandPair], bands: Sequence[str]
) -> dict[tuple[int, int], BandPair]:
    places = {band: place for place, band in enumerate(bands)}
    return {
        (places[pair.first], places[pair.second]): pair
        for pair in trained
        if pair.first in places and pair.second in places
    }


def _orders(count: int) -> Iterator[Order]:
    named = tuple(range(count))
    if count <= ALL_ORDERS:
        yield from permutations(named)
        return
    yield named
    yield named[::-1]
    for first, second in combinations(named, 2):
        order = list(named)
        order[first], order[second] = second, first
        yield tuple(order)


def _diverge(
    order: Order,
    shares: Mapping[tuple[int, int], Floats],
    known: Mapping[tuple[int, int], BandPair],
    kind: str,
) -> float:
    """Mean divergence of pairs, where band `order[i]` of the file is taken for band i."""
    divergences = []
    for (first, second), pair in known.items():
        one, other = order[first], order[second]
        found = shares[one, other] if one < other else shares[other, one][::-1]
        counts = np.array(getattr(pair, kind), dtype=np.float64)
        divergences.append(_jensen_shannon(found, counts / max(1.0, counts.sum())))
    return float(np.mean(divergences))


def _jensen_shannon(first: Floats, second: Floats) -> float:
    middle = (first + second) / 2
    return _entropy(middle) - (_entropy(first) + _entropy(second)) / 2


def _entropy(shares: Floats) -> float:
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum())
