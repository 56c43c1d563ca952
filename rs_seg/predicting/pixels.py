"""Pixels of scenes as tiles are cut from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.algorithms.prediction.tiles import Read
    from rs_seg.io.raster import RasterReader
    from rs_seg.values import Window


def read_bands(reader: RasterReader, positions: Sequence[int]) -> Read:
    """What reads windows of the bands at these positions, in their order."""

    def read(window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        return reader.read(window)[list(positions)], reader.read_valid(window)

    return read
