"""Predictions of overlapping tiles blended into a whole scene, in memory that does not grow with its height."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.tiling import TilePlan
from rs_seg.values import Window

Pixels = NDArray[np.float32]
Valid = NDArray[np.bool_]
Read = Callable[[Window], tuple[Pixels, Valid]]
"""Raw pixels (B, H, W) and their validity (H, W) of a window inside the image."""
Forward = Callable[[Pixels, Valid], Pixels]
"""Probabilities (N, K, H, W) of a batch of pixels (N, B, H, W) and validity (N, H, W)."""
Write = Callable[[Window, Pixels], None]
"""Takes the finished probabilities (K, H, W) of a window, NaN where invalid."""


@dataclass(frozen=True)
class Strip:
    """Finished rows over the whole width: probabilities (K, H, W), NaN where invalid."""

    window: Window
    probabilities: Pixels


def blend_tiles(
    plan: TilePlan, *, classes: int, read: Read, forward: Forward, batch_size: int, align: int = 1
) -> Iterator[Strip]:
    """Strips from top to bottom that hold every pixel once; their boundaries are multiples of `align` rows.

    Tiles without a valid pixel are not computed. Only the rows that a coming tile may still change are held:
    at most (K, tile_height + align - 1, width) float32 at a time. Images smaller than a tile are mirrored.
    """
    band = _Band.create(plan, classes, align)
    row_weights, column_weights = plan.row_weights(), plan.column_weights()
    for row, end in enumerate(plan.strip_ends(align=align)):
        for batch in _batches(range(len(plan.columns)), batch_size):
            tiles = [_read_tile(plan.tile(row, column), plan, read) for column in batch]
            kept = [index for index, (_, valid) in enumerate(tiles) if valid.any()]
            probabilities = _forward_kept(tiles, kept, forward)
            for index, column in enumerate(batch):
                band.mark(plan.tile(row, column), tiles[index][1])
            for index, probability in zip(kept, probabilities, strict=True):
                column = batch[index]
                weights = row_weights[row][:, None] * column_weights[column][None, :]
                band.add(plan.tile(row, column), probability * weights)
        if end > band.top:
            yield band.pop(end)


def _forward_kept(tiles: list[tuple[Pixels, Valid]], kept: list[int], forward: Forward) -> Iterable[Pixels]:
    """Probabilities of the tiles that are kept, in one batch."""
    if not kept:
        return []
    return forward(np.stack([tiles[index][0] for index in kept]), np.stack([tiles[index][1] for index in kept]))


@dataclass
class _Band:
    """The open rows: sums of weighted probabilities, and which pixels are valid; row 0 is row `top` of the image."""

    height: int
    top: int
    sums: Pixels
    valid: Valid

    @classmethod
    def create(cls, plan: TilePlan, classes: int, align: int) -> _Band:
        rows = min(plan.tile_height, plan.height) + align - 1
        sums = np.zeros((classes, rows, plan.width), dtype=np.float32)
        return cls(plan.height, 0, sums, np.zeros(sums.shape[1:], dtype=bool))

    def mark(self, tile: Window, valid: Valid) -> None:
        rows, columns, inside = self._slices(tile)
        self.valid[rows, columns] = valid[inside]

    def add(self, tile: Window, weighted: Pixels) -> None:
        rows, columns, inside = self._slices(tile)
        self.sums[:, rows, columns] += weighted[:, *inside]

    def pop(self, end: int) -> Strip:
        """The rows up to `end`, which are finished; what remains moves up."""
        count = end - self.top
        probabilities = np.where(self.valid[:count], self.sums[:, :count], np.float32(np.nan))
        window = Window(self.top, 0, count, self.sums.shape[2])
        rest = self.sums.shape[1] - count
        self.sums[:, :rest] = self.sums[:, count:].copy()
        self.sums[:, rest:] = 0
        self.valid[:rest] = self.valid[count:].copy()
        self.valid[rest:] = False
        self.top = end
        return Strip(window, probabilities)

    def _slices(self, tile: Window) -> tuple[slice, slice, tuple[slice, slice]]:
        inside = tile.clip(self.height, self.sums.shape[2])
        assert inside is not None
        rows, columns = Window(inside.row - self.top, inside.column, inside.height, inside.width).slices
        return rows, columns, inside.relative_to(tile).slices


def _read_tile(tile: Window, plan: TilePlan, read: Read) -> tuple[Pixels, Valid]:
    inside = tile.clip(plan.height, plan.width)
    assert inside is not None
    pixels, valid = read(inside)
    missing = tile.height - inside.height, tile.width - inside.width
    if missing == (0, 0):
        return pixels, valid
    padding = ((0, missing[0]), (0, missing[1]))
    return np.pad(pixels, ((0, 0), *padding), mode="symmetric"), np.pad(valid, padding, mode="symmetric")


def _batches(columns: range, size: int) -> Iterator[range]:
    for start in range(0, len(columns), size):
        yield columns[start : start + size]
