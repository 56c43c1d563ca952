"""What a map is worth beside the borders of classes, and what it is worth away from them."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, maximum_filter1d

from rs_seg.algorithms.scoring.objects import Floats, divide
from rs_seg.values import Confusion, Window

Indices = NDArray[np.integer]
"""Class indices (H, W), negative where the class is not known."""


@dataclass(frozen=True)
class EdgeRules:
    """How far borders reach, in pixels.

    `eroded` is the radius of the disc around a border that eroded figures leave out, `band` the
    width of the bands inside both masks that boundary IoU compares.
    """

    eroded: float
    band: int

    @property
    def margin(self) -> int:
        """Pixels around a window that have to be known."""
        return max(ceil(self.eroded), self.band)


@dataclass(frozen=True)
class BandCounts:
    """Pixels by class of bands along borders: in the bands of map and reference, and in either.

    Counts of pieces and scenes are added, figures are derived from the sum.
    """

    both: NDArray[np.int64]
    either: NDArray[np.int64]

    @classmethod
    def empty(cls, class_count: int) -> BandCounts:
        """Counts of no pixels."""
        return cls(np.zeros(class_count, dtype=np.int64), np.zeros(class_count, dtype=np.int64))

    def __add__(self, other: BandCounts) -> BandCounts:
        return BandCounts(self.both + other.both, self.either + other.either)

    def iou(self) -> Floats:
        """Boundary IoU of each class; NaN where neither side has a band."""
        return divide(self.both.astype(float), self.either.astype(float))


@dataclass(frozen=True)
class EdgeScore:
    """Sums over ground that counts: pixels away from borders, and bands along them."""

    eroded: Confusion
    bands: BandCounts

    @classmethod
    def empty(cls, class_count: int, *, abstain: bool) -> EdgeScore:
        """The score of no ground."""
        return cls(Confusion.empty(class_count, abstain=abstain), BandCounts.empty(class_count))

    def __add__(self, other: EdgeScore) -> EdgeScore:
        return EdgeScore(self.eroded + other.eroded, self.bands + other.bands)


def score_edges(
    reference: Indices,
    mapped: Indices,
    wanted: Indices,
    inner: Window,
    rules: EdgeRules,
    *,
    class_count: int,
    abstain: bool,
) -> EdgeScore:
    """The score of one window.

    `reference` and `mapped` reach beyond it by the margin of the rules; `inner` is the window in
    them. `wanted` are the class indices of the reference in the window, negative where they do not
    count. A map that abstains has one class index more.
    """
    found = mapped[inner.slices]
    near = find_border_pixels(reference, rules.eroded, disc=True)[inner.slices]
    eroded = Confusion.from_indices(
        np.where(near, -1, wanted), found, class_count=class_count, abstain=abstain
    )
    bands = count_bands(
        reference, mapped, wanted >= 0, inner, band=rules.band, class_count=class_count
    )
    return EdgeScore(eroded, bands)


def count_bands(
    reference: Indices,
    mapped: Indices,
    counted: NDArray[np.bool_],
    inner: Window,
    *,
    band: int,
    class_count: int,
) -> BandCounts:
    """Pixels of the bands in a window; `counted` (H, W) says which of its pixels count.

    Source: Cheng et al. 2021, equation 2, distances as in their code: those of a square.

    Borders are looked for between pixels that are known in both, so that the end of the labels or
    of the map is a border of neither.
    """
    known = (reference >= 0) & (mapped >= 0)
    sides = [np.where(known, indices, -1) for indices in (reference, mapped)]
    wanted, found = (side[inner.slices] for side in sides)
    in_reference, in_map = (
        find_border_pixels(side, band, disc=False)[inner.slices] & counted for side in sides
    )
    both = _count(wanted[in_reference & in_map & (wanted == found)], class_count)
    return BandCounts(
        both, _count(wanted[in_reference], class_count) + _count(found[in_map], class_count) - both
    )


def _count(indices: Indices, class_count: int) -> NDArray[np.int64]:
    # a map that abstains has one index more, which is no class
    return np.bincount(indices, minlength=class_count)[:class_count].astype(np.int64)


def find_border_pixels(indices: Indices, reach: float, *, disc: bool) -> NDArray[np.bool_]:
    """Pixels (H, W) with a pixel of another class within `reach` pixels, centre to centre.

    Within a disc, or within a square of 2 `reach` + 1 pixels a side. Pixels that are not known are
    no class: neither they nor the ends of the array are a border.
    """
    known = indices >= 0
    values = indices.astype(np.int32)
    spread = _spread_in_disc if disc else _spread_in_square
    # all known pixels around one are of its class where the greatest and the least index are
    greatest = spread(np.where(known, values, np.iinfo(np.int32).min), reach)
    least = -spread(np.where(known, -values, np.iinfo(np.int32).min + 1), reach)
    bordering: NDArray[np.bool_] = known & ((greatest != values) | (least != values))
    return bordering


def _spread_in_square(values: NDArray[np.int32], reach: float) -> NDArray[np.int32]:
    spread: NDArray[np.int32] = maximum_filter(values, size=2 * floor(reach) + 1, mode="nearest")
    return spread


def _spread_in_disc(values: NDArray[np.int32], reach: float) -> NDArray[np.int32]:
    """The greatest value within the disc around each pixel, from one run along its row per row."""
    spread: NDArray[np.int32] = maximum_filter1d(values, 2 * floor(reach) + 1, axis=1)
    for step in range(1, min(floor(reach), len(values) - 1) + 1):
        half = floor(sqrt(reach**2 - step**2))
        run = maximum_filter1d(values, 2 * half + 1, axis=1)
        np.maximum(spread[step:], run[:-step], out=spread[step:])
        np.maximum(spread[:-step], run[step:], out=spread[:-step])
    return spread
