"""Regions of a map as a table: class, first pixel and sums over the pixels of each.

The sums do not depend on how the map is cut into strips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled

COARSE, FINE = 2.0**8, 2.0**32
"""Values are summed as whole 1/256 and the rest as whole 1/256/2**32, both integers: sums know no
order of adding."""


@dataclass(frozen=True)
class BandSums:
    """Figures of one band over the pixels of each region that have data, (R + 1,) each.

    Row 0 is the outside.

    `coarse` and `fine` hold the sum of values, each rounded to 2**-40, exactly. Values are below
    2**31 in size.
    """

    counts: NDArray[np.int64]
    coarse: NDArray[np.int64]
    fine: NDArray[np.int64]
    minima: NDArray[np.float32]
    maxima: NDArray[np.float32]

    @property
    def sums(self) -> NDArray[np.float64]:
        """Sum of the values; 0 without data."""
        total: NDArray[np.float64] = self.coarse / COARSE + self.fine / (COARSE * FINE)
        return total

    @property
    def means(self) -> NDArray[np.float64]:
        """Mean of the values; NaN without data."""
        means = np.full(len(self.counts), np.nan)
        np.divide(self.sums, self.counts, out=means, where=self.counts > 0)
        return means

    def gather(self, groups: NDArray[np.integer], count: int) -> BandSums:
        """The same figures of `count` groups; `groups[i]` is what row i is a part of."""
        minima, maxima = np.full(count, np.inf, np.float32), np.full(count, -np.inf, np.float32)
        np.minimum.at(minima, groups, self.minima)
        np.maximum.at(maxima, groups, self.maxima)
        counts, coarse, fine = (
            gather_sums(column, groups, count) for column in (self.counts, self.coarse, self.fine)
        )
        return BandSums(counts, coarse, fine, minima, maxima)


@dataclass(frozen=True)
class Regions:
    """Connected regions of a map, numbered from 1 by their first pixels; row 0 is the outside.

    `values` (R + 1,) are those of the map, -1 for the outside; `first` is the place of the first
    pixel, row by row: row * width + column; `pixels` their number; `bands` figures of further
    rasters.
    """

    values: NDArray[np.int32]
    first: NDArray[np.int64]
    pixels: NDArray[np.int64]
    bands: tuple[BandSums, ...]

    def __len__(self) -> int:
        return len(self.values) - 1

    def gather(self, groups: NDArray[np.integer], count: int) -> Regions:
        """`count` regions, the outside among them; row i of these becomes part of `groups[i]`.

        A region has the greatest value of its rows.
        """
        values = np.full(count, -1, dtype=np.int32)
        np.maximum.at(values, groups, self.values)
        first = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(first, groups, self.first)
        pixels = gather_sums(self.pixels, groups, count)
        return Regions(
            values, first, pixels, tuple(band.gather(groups, count) for band in self.bands)
        )

    def merge(self, merged: NDArray[np.integer]) -> tuple[Regions, NDArray[np.int32]]:
        """Regions left after each region r became part of `merged[r]`.

        Also the new number of each old region.

        They are numbered by their first pixels as ever, and have the values of the regions that the
        others became.
        """
        first = np.full(len(merged), np.iinfo(np.int64).max)
        np.minimum.at(first, merged, self.first)
        first[0] = -1  # the outside comes first, wherever its first pixel is
        left = np.unique(merged)
        order = left[np.argsort(first[left], kind="stable")]
        assert order[0] == 0, "the outside stays the outside"
        number = np.zeros(len(merged), dtype=np.int32)
        number[order] = np.arange(len(order))
        groups = number[merged]
        regions = self.gather(groups, len(order))
        return Regions(self.values[order], regions.first, regions.pixels, regions.bands), groups


def gather_sums(
    values: NDArray[np.int64], groups: NDArray[np.integer], count: int
) -> NDArray[np.int64]:
    """Sums (count,) of integer `values` by group, exact."""
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, groups, values)
    return sums


def sum_strip(
    labels: NDArray[np.int32],
    values: NDArray[np.int32],
    count: int,
    start: int,
    bands: Sequence[NDArray[np.float32]],
) -> Regions:
    """Regions 0..count of one strip.

    `labels` (H, W) and `values` (H, W) without the row above the strip; `start` is the place of its
    first pixel in the map; `bands` (H, W) are NaN where they have no data. A region without a pixel
    in these rows has the value -1.
    """
    kinds, first, pixels = _describe(labels, values, count, start)
    return Regions(
        kinds, first, pixels, tuple(BandSums(*_sum_band(labels, band, count)) for band in bands)
    )


@compiled
def _describe(
    labels: NDArray[np.int32], values: NDArray[np.int32], count: int, start: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    kinds = np.full(count + 1, -1, dtype=np.int32)
    first = np.full(count + 1, np.iinfo(np.int64).max, dtype=np.int64)
    pixels = np.zeros(count + 1, dtype=np.int64)
    height, width = values.shape
    for row in range(height):
        for column in range(width):
            label = labels[row, column]
            if pixels[label] == 0:
                first[label] = start + row * width + column
                kinds[label] = values[row, column] if label > 0 else -1
            pixels[label] += 1
    return kinds, first, pixels


@compiled
def _sum_band(
    labels: NDArray[np.int32], band: NDArray[np.float32], count: int
) -> tuple[
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.float32],
    NDArray[np.float32],
]:
    counts = np.zeros(count + 1, dtype=np.int64)
    coarse, fine = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    minima = np.full(count + 1, np.inf, dtype=np.float32)
    maxima = np.full(count + 1, -np.inf, dtype=np.float32)
    height, width = band.shape
    for row in range(height):
        for column in range(width):
            value = band[row, column]
            if np.isnan(value):
                continue
            label = labels[row, column]
            scaled = float(value) * COARSE
            whole = np.floor(scaled)
            # Whole numbers add up to the same sum in any order; sums of floats would not.
            counts[label] += 1
            coarse[label] += int(whole)
            fine[label] += int((scaled - whole) * FINE)
            minima[label] = min(minima[label], value)
            maxima[label] = max(maxima[label], value)
    return counts, coarse, fine, minima, maxima
