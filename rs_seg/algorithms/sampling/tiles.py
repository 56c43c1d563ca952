"""How a map is cut: pieces that are counted one by one, and square tiles on the ground."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.sampling.ground import PixelGround
from rs_seg.values.grid import Grid, whole
from rs_seg.values.window import Window, partition

Floats = NDArray[np.float64]
PIECE = 512
"""Height and width of a piece in pixels: whole tiles of our rasters, one area for a row of it."""


class Piece(NamedTuple):
    """A window of a scene that is counted at once, and the number of its tile."""

    scene: int
    window: Window
    tile: int = 0
    """0 where no tiles are drawn; else from 1 over all scenes."""


def cut_pieces(grid: Grid, scene: int, *, side: int = PIECE) -> Iterator[Piece]:
    """Pieces of a scene that hold each pixel once."""
    for window in partition(grid.height, grid.width, size=side):
        yield Piece(scene, window)


def cut_tiles(grid: Grid, scene: int, *, metres: float, first: int) -> Iterator[Piece]:
    """Pieces of tiles of so many metres on the ground, numbered from `first`.

    Tiles at the far borders are smaller. A tile has whole pixels: at least one, and in degrees more
    of them across where these are narrower.
    """
    ground, number = PixelGround(grid), first
    for row, row_end in _cut(ground.heights(whole(grid)), metres):
        band = Window(row, 0, row_end - row, grid.width)
        across = max(1, round(metres / float(ground.widths(band)[band.height // 2])))
        for column in range(0, grid.width, across):
            width = min(across, grid.width - column)
            for part in partition(band.height, width, size=PIECE):
                window = Window(row + part.row, column + part.column, part.height, part.width)
                yield Piece(scene, window, number)
            number += 1


def _cut(heights: Floats, metres: float) -> Iterator[tuple[int, int]]:
    """First row of each band of tiles, and the row after its last."""
    ends = np.cumsum(heights)
    # A row belongs to the band that holds its middle. Bands without a row get no number of tiles.
    bands = np.floor((ends - heights / 2) / metres).astype(np.int64)
    starts = np.flatnonzero(np.diff(bands, prepend=-1)).tolist()
    yield from zip(starts, [*starts[1:], len(heights)], strict=True)


def lay_grid(
    grid: Grid, spacing: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns (N,) of the pixels that a square grid on the ground meets.

    `spacing` is its side in metres; the start is drawn. Columns are counted from the middle of the
    scene, so that the grid stays square where the width of pixels changes from row to row.
    """
    down, across = rng.random(2) * spacing
    ground = PixelGround(grid)
    ends = np.cumsum(ground.heights(whole(grid)))
    rows = np.searchsorted(ends, np.arange(down, ends[-1], spacing), side="right")
    widths = ground.widths(whole(grid))
    laid = [_along(grid.width, float(widths[row]), spacing, across) for row in rows.tolist()]
    columns = np.concatenate([np.zeros(0, dtype=np.int64), *laid])
    return np.repeat(rows, [len(row) for row in laid]).astype(np.int64), columns


def _along(count: int, width: float, spacing: float, start: float) -> NDArray[np.int64]:
    """Columns (N,) that a line of the grid meets in a row of pixels of this width in metres."""
    left = -count / 2 * width
    first = start + np.ceil((left - start) / spacing) * spacing
    places = np.arange(first, -left, spacing)
    return np.clip(np.floor(places / width + count / 2), 0, count - 1).astype(np.int64)
