"""The border of a raw raster at full resolution, in bounded time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.io.raw.source import SourceRaster
from rs_seg.values import Window

DEPTH = 32
"""Lines that are read of each side."""
LENGTH, MOST_PATCHES = 64, 64
"""Pixels along the side of a patch, and patches of each side."""
MOST_DECODED = 200_000_000
"""Values that are decoded for it, about; a file of very large blocks is not looked at."""


def read_border(raster: SourceRaster) -> dict[str, tuple[NDArray[Any], NDArray[np.bool_]]]:
    """Pixels (B, D, N) and valid (D, N) of patches along each side, lines from the edge inwards.

    Empty where the raster is too small to have a border and an inside, or its blocks are too large
    to be read for it.
    """
    count = min(MOST_PATCHES, MOST_DECODED // _cost_of_patches(raster))
    if min(raster.height, raster.width) < 4 * DEPTH or count < 4:
        return {}
    rows, columns = _places(raster.height, count), _places(raster.width, count)
    return {
        "top": _join(raster, [Window(0, place, DEPTH, LENGTH) for place in columns]),
        "bottom": _join(
            raster,
            [Window(raster.height - DEPTH, place, DEPTH, LENGTH) for place in columns],
            "rows",
        ),
        "left": _join(raster, [Window(place, 0, LENGTH, DEPTH) for place in rows], "turned"),
        "right": _join(
            raster,
            [Window(place, raster.width - DEPTH, LENGTH, DEPTH) for place in rows],
            "turned",
            "rows",
        ),
    }


def _cost_of_patches(raster: SourceRaster) -> int:
    """Values in the blocks that one patch of each side touches."""
    height, width = raster.dataset.block_shapes[0]
    sides = ((DEPTH, LENGTH), (LENGTH, DEPTH))
    pixels = [-(-rows // height) * height * -(-columns // width) * width for rows, columns in sides]
    return int(2 * sum(pixels) * raster.band_count)


def _places(length: int, count: int) -> list[int]:
    """First pixels of patches at even distances along a side; they do not overlap."""
    count = min(count, length // LENGTH)
    return [round(index * (length - LENGTH) / max(count - 1, 1)) for index in range(count)]


def _join(
    raster: SourceRaster, windows: list[Window], *changes: str
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The patches side by side.

    "turned" makes columns lines, "rows" counts lines from the other end.
    """
    parts = [raster.read(window) for window in windows]
    turned = [
        (pixels.swapaxes(1, 2), valid.T) if "turned" in changes else (pixels, valid)
        for pixels, valid in parts
    ]
    pixels, valid = (np.concatenate([part[index] for part in turned], axis=-1) for index in (0, 1))
    return (pixels[:, ::-1], valid[::-1]) if "rows" in changes else (pixels, valid)
