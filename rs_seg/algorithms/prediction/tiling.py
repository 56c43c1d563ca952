"""Overlapping tiles of a scene, how they are joined, and the strips that they finish.

Everything is planned before any pixel is read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import Window

Join = Literal["blend", "crop"]
Part = TypeVar("Part")
TAPER = 6
"""Power of the sine that tiles are blended by: steep enough that what a tile's edge spoils hardly
counts, and still without a seam (docs/experiments.md)."""
FIT = (0.75, 1.35)
"""Smallest and largest tile that may be taken instead of the one asked for, as shares of it."""
SHRINK = (FIT[0], 1.0)
"""The same where memory holds no larger tile than the one asked for."""
NEARLY_LEAST = 1.02
"""Sizes of tiles that compute at most this share of the fewest pixels count as equal."""
Core = tuple[int, int]
"""First pixel and the one after the last that a tile contributes to, along one axis of the scene.
"""


@dataclass(frozen=True)
class Axis:
    """Tiles along one axis of a scene of `length` pixels; the last one may end beyond it.

    Every origin is a multiple of the network's stride, so that all tiles see the pixels on the same
    lattice.
    """

    length: int
    tile: int
    origins: tuple[int, ...]
    overlap: int
    join: Join

    @cached_property
    def cores(self) -> tuple[Core, ...]:
        """First and last pixel that each tile contributes to.

        A blended tile contributes all of itself, others up to the middle of the overlaps.
        """
        starts, ends = (
            list(self.origins),
            [min(origin + self.tile, self.length) for origin in self.origins],
        )
        if self.join == "crop":
            middles = [
                (following + origin + self.tile) // 2 for origin, following in self._neighbours()
            ]
            starts, ends = [0, *middles], [*middles, self.length]
        return tuple(zip(starts, ends, strict=True))

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """Weights (tiles, tile) of the pixels of each tile, which sum to one at each pixel."""
        end = self.origins[-1] + self.tile
        tapers = [self._taper(index) for index in range(len(self.origins))]
        sums = np.zeros(end)
        for origin, taper in zip(self.origins, tapers, strict=True):
            sums[origin : origin + self.tile] += taper
        pairs = zip(self.origins, tapers, strict=True)
        return np.stack(
            [taper / sums[origin : origin + self.tile] for origin, taper in pairs]
        ).astype(np.float32)

    def _taper(self, index: int) -> NDArray[np.float64]:
        """One in the core of a tile; blended tiles rise and fall over the overlap (sin^6 > 0)."""
        if self.join == "crop":
            first, last = self.cores[index]
            # The last tile may end beyond the scene. It weighs something there too, or `weights`
            # would divide by 0.
            last = self.origins[-1] + self.tile if index == len(self.origins) - 1 else last
            pixels = np.arange(self.origins[index], self.origins[index] + self.tile)
            return ((pixels >= first) & (pixels < last)).astype(float)
        # Half a pixel from the edge: the outermost pixels weigh more than 0, and so do the sums
        # that `weights` divides by.
        distance = np.minimum(np.arange(self.tile), np.arange(self.tile)[::-1]) + 0.5
        return np.asarray(
            np.sin(0.5 * np.pi * np.minimum(1.0, distance / max(self.overlap, 1))) ** TAPER
        )

    def _neighbours(self) -> list[tuple[int, int]]:
        return list(zip(self.origins[:-1], self.origins[1:], strict=True))


@dataclass(frozen=True)
class Strip:
    """Rows over the whole width that are finished together, and the rows of tiles behind them.

    A scene's strips depend on its size and its plan only: cut into any shards, the map is the same.
    """

    row: int
    height: int
    first_tiles: int
    last_tiles: int

    @property
    def row_end(self) -> int:
        """The row after the last one."""
        return self.row + self.height


@dataclass(frozen=True)
class TilePlan:
    """Tiles that cover a scene, all of one height and one width.

    They are smaller than asked for where the scene is.
    """

    rows: Axis
    columns: Axis

    @property
    def height(self) -> int:
        """Rows of the scene."""
        return self.rows.length

    @property
    def width(self) -> int:
        """Columns of the scene."""
        return self.columns.length

    def tile(self, row: int, column: int) -> Window:
        """The tile at a row and column of the grid of tiles; may reach beyond the scene."""
        return Window(
            self.rows.origins[row], self.columns.origins[column], self.rows.tile, self.columns.tile
        )

    def core(self, row: int, column: int) -> Window:
        """The part of the scene that the tile contributes to."""
        (top, bottom), (left, right) = self.rows.cores[row], self.columns.cores[column]
        return Window(top, left, bottom - top, right - left)

    def strips(self, *, align: int = 1) -> tuple[Strip, ...]:
        """Strips from top to bottom with every row once; edges are multiples of `align` rows."""
        cores = self.rows.cores
        # Tops of cores ascend: above the next top, no later tile changes a row.
        ends = sorted({top // align * align for top, _ in cores[1:]} | {self.height})
        strips, start = [], 0
        for end in ends:
            if end > start:
                touching = [
                    index
                    for index, (top, bottom) in enumerate(cores)
                    if top < end and bottom > start
                ]
                strips.append(Strip(start, end - start, touching[0], touching[-1]))
                start = end
        return tuple(strips)


def plan_tiles(  # what a plan depends on
    height: int,
    width: int,
    *,
    tile: int,
    overlap: int,
    stride: int = 1,
    join: Join = "blend",
    fit: tuple[float, float] | None = None,
    one_size: bool = False,
) -> TilePlan:
    """Tiles whose union covers the scene.

    With `fit` their height and width are those of `fit_tile`. Neighbours share `overlap` pixels,
    rounded up to the stride; the last ones, moved inwards to end with the scene rounded up to the
    stride, share more. A scene smaller than a tile has a smaller one, unless all are of `one_size`.
    """
    assert 0 <= overlap < tile
    assert tile % stride == 0
    assert fit is None or not one_size
    least = tile if one_size else stride
    axes = []
    for length in (height, width):
        size = tile
        if fit is not None:
            size = fit_tile(length, tile=tile, overlap=overlap, stride=stride, fit=fit)
        axes.append(_plan_axis(length, size, overlap, stride, least, join))
    return TilePlan(*axes)


def fit_tile(
    length: int, *, tile: int, overlap: int, stride: int = 1, fit: tuple[float, float] = FIT
) -> int:
    """The size near `tile` with which the tiles along an axis compute the fewest pixels.

    A fixed size computes up to twice the pixels of a small scene, because the last tile is moved
    inwards. Sizes are multiples of the stride within the shares `fit` of `tile`, and at least twice
    the overlap. Of those that compute nearly as little, the one nearest to `tile` is taken.
    """
    smallest = max(_round_up(math.ceil(fit[0] * tile), stride), _round_up(2 * overlap, stride))
    largest = max(int(fit[1] * tile), smallest)
    sizes = range(smallest, largest + 1, stride)
    computed = {size: _computed_pixels(length, size, overlap, stride) for size in sizes}
    enough = NEARLY_LEAST * min(computed.values())
    good = [size for size in sizes if computed[size] <= enough]
    return min(good, key=lambda size: abs(size - tile))


def _computed_pixels(length: int, tile: int, overlap: int, stride: int) -> int:
    """Pixels that are computed along an axis; overlaps count each time."""
    axis = _plan_axis(length, tile, overlap, stride, stride, "blend")
    return axis.tile * len(axis.origins)


def share_strips(strips: Sequence[Part], *, index: int, of: int) -> Sequence[Part]:
    """The strips, or rows of tiles, of shard number `index` (from 1) `of` several, maybe none.

    They are neighbours; shards have as equal numbers of them as possible.
    """
    return strips[len(strips) * (index - 1) // of : len(strips) * index // of]


def _plan_axis(length: int, tile: int, overlap: int, stride: int, least: int, join: Join) -> Axis:
    padded = max(_round_up(length, stride), least)
    if padded <= tile:
        return Axis(length, padded, (0,), 0, join)
    # Tiles move on by a stride at least, whatever the overlap is rounded up to.
    shared = min(_round_up(overlap, stride), tile - stride)
    origins = (*range(0, padded - tile, tile - shared), padded - tile)
    return Axis(length, tile, origins, shared, join)


def _round_up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
