"""Pixels of scenes as tiles are cut from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.prediction.shrinking import shrink
from rs_seg.values import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.prediction.tiles import Read
    from rs_seg.io.raster import RasterReader

ROWS_AT_ONCE = 256
"""Rows of the scene that are in memory at once while they are shrunk."""


def read_bands(
    reader: RasterReader, positions: Sequence[int], *, withheld: Sequence[int] = ()
) -> Read:
    """What reads windows of the bands at these positions, in their order.

    Those of the bands read whose places are `withheld` are 0 everywhere.
    """

    def read(window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        pixels = reader.read(window, positions)
        pixels[list(withheld)] = 0
        return pixels, reader.read_valid(window)

    return read


def shrink_bands(read: Read, height: int, width: int, factor: int) -> Read:
    """What reads windows of the same scene of `height` rows and `width` columns, made smaller.

    Each of its pixels is the mean of a square of `factor` pixels (`shrink`). Windows lie inside the
    smaller scene.
    """
    if factor == 1:
        return read
    step = max(ROWS_AT_ONCE // factor, 1)

    def read_smaller(window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        left, right = window.column * factor, min(window.column_end * factor, width)
        parts = []
        for row in range(window.row, window.row_end, step):
            top = row * factor
            bottom = min(min(row + step, window.row_end) * factor, height)
            parts.append(shrink(*read(Window(top, left, bottom - top, right - left)), factor))
        pixels, valid = zip(*parts, strict=True)
        return np.concatenate(pixels, axis=1), np.concatenate(valid, axis=0)

    return read_smaller
