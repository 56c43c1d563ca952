"""The rows of a scene that later tiles may still change: weighted sums and valid pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.tiling import Strip, TilePlan
from rs_seg.values import Window, quantize

CACHED_ROWS = 32
"""Rows that are turned into bytes at once: few enough to stay in the processor's cache."""


class OpenRows:
    """Sums (K, rows, width) float32 over the open rows, as many as the tiles of the plan need.

    Tiles must be added in the order of the plan (rows of tiles, then columns): sums of floats then
    have one order, and a map the same bytes, however the work was cut. What lies outside the rows
    of the strips is left out.
    """

    def __init__(self, plan: TilePlan, strips: Sequence[Strip], *, class_count: int) -> None:
        """Rows for `strips`, which are neighbours in the order of the plan."""
        ends = [min(plan.rows.cores[strip.last_tiles][1], strips[-1].row_end) for strip in strips]
        rows = max(end - strip.row for end, strip in zip(ends, strips, strict=True))
        self._plan = plan
        self._top = strips[0].row
        self._bottom = strips[-1].row_end
        self._sums = np.zeros((class_count, rows, plan.width), dtype=np.float32)
        self._valid = np.zeros((rows, plan.width), dtype=bool)

    def add(
        self,
        row: int,
        column: int,
        probabilities_KHW: NDArray[np.float32],
        valid_HW: NDArray[np.bool_],
    ) -> None:
        """Blend one tile in. `probabilities_KHW` is overwritten."""
        tile = self._plan.tile(row, column)
        inside = self._plan.core(row, column).intersect(
            Window(self._top, 0, self._bottom - self._top, self._plan.width)
        )
        if inside is None:
            return
        rows, columns = inside.relative_to(tile).slices
        # Weights sum to 1 at every pixel of each axis, so their products over both axes do too.
        weighted_KHW = probabilities_KHW[:, rows, columns]
        weighted_KHW *= self._plan.rows.weights[row, rows, None]
        weighted_KHW *= self._plan.columns.weights[column, columns]
        place = Window(inside.row - self._top, inside.column, inside.height, inside.width).slices
        self._sums[:, *place] += weighted_KHW
        # All tiles that hold a pixel say the same of it, so the last one may overwrite.
        self._valid[place] = valid_HW[rows, columns]

    def pop(self, strip: Strip) -> NDArray[np.uint8]:
        """The bytes (K, H, W) of a strip that is finished, nodata where invalid.

        The rows below move up.
        """
        assert strip.row == self._top
        count = strip.height
        finished: NDArray[np.uint8] = np.empty(
            (len(self._sums), count, self._plan.width), dtype=np.uint8
        )
        for start in range(0, count, CACHED_ROWS):
            rows = slice(start, min(start + CACHED_ROWS, count))
            for index, sums in enumerate(self._sums):
                finished[index, rows] = quantize(sums[rows], self._valid[rows])
        # Source and target overlap: numpy copies them as if through a buffer.
        rest = self._sums.shape[1] - count
        self._sums[:, :rest] = self._sums[:, count:]
        self._sums[:, rest:] = 0
        self._valid[:rest] = self._valid[count:]
        self._valid[rest:] = False
        self._top = strip.row_end
        return finished
