"""Overlapping tiles of a scene and the weights that blend them, planned as values before any pixel is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import Window


@dataclass(frozen=True)
class TilePlan:
    """Tiles of one size on a grid of origins, that cover an image of `height` x `width` pixels.

    A tile is smaller than asked for where the image is; it is then the image rounded up to the multiple asked for.
    """

    height: int
    width: int
    tile_height: int
    tile_width: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def tile(self, row: int, column: int) -> Window:
        """The tile at a row and column of the grid; may reach outside an image smaller than a tile."""
        return Window(self.rows[row], self.columns[column], self.tile_height, self.tile_width)

    def strip_ends(self, *, align: int = 1) -> tuple[int, ...]:
        """For each row of tiles, the multiple of `align` up to which the image's rows are finished once it is done."""
        starts = [start // align * align for start in self.rows[1:]]
        return (*starts, self.height)

    def row_weights(self) -> NDArray[np.float32]:
        """Weights of pixel rows, shape (rows of tiles, tile_height); they sum to one at each pixel row."""
        return _axis_weights(self.rows, self.tile_height)

    def column_weights(self) -> NDArray[np.float32]:
        """Weights of pixel columns, shape (columns of tiles, tile_width); they sum to one at each pixel column."""
        return _axis_weights(self.columns, self.tile_width)


def plan_tiles(height: int, width: int, *, tile: int, overlap: int, multiple: int = 1) -> TilePlan:
    """Tiles whose union covers the image; neighbours share `overlap` pixels, the last ones, moved inwards, more."""
    assert 0 <= overlap < tile
    assert tile % multiple == 0
    tile_height, tile_width = (min(tile, -(-length // multiple) * multiple) for length in (height, width))
    rows, columns = _origins(height, tile_height, overlap), _origins(width, tile_width, overlap)
    return TilePlan(height, width, tile_height, tile_width, rows, columns)


def _origins(length: int, tile: int, overlap: int) -> tuple[int, ...]:
    if length <= tile:
        return (0,)
    return (*range(0, length - tile, tile - overlap), length - tile)


def _axis_weights(origins: tuple[int, ...], tile: int) -> NDArray[np.float32]:
    """A strictly positive taper over the overlap of neighbours, divided by the sum of all tiles at each pixel."""
    steps = np.diff(origins)
    overlap = tile - int(steps.min()) if len(steps) else 0
    distance = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 0.5
    taper = np.sin(0.5 * np.pi * np.minimum(1.0, distance / max(overlap, 1))) ** 2 if overlap else np.ones(tile)
    sums = np.zeros(origins[-1] + tile)
    for origin in origins:
        sums[origin : origin + tile] += taper
    return np.stack([taper / sums[origin : origin + tile] for origin in origins]).astype(np.float32)
