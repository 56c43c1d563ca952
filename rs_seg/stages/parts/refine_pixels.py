"""What refinements read of a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rs_seg.values import Window, dequantize, partition
from rs_seg.values.probabilities import NODATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader

    Pixels = tuple[NDArray[np.float32], NDArray[np.bool_]]

BLOCK = 1024
"""Height and width of the blocks that are read at once where the method has no blocks of its own, in pixels."""


def read_pixels(network: RasterReader, picture: RasterReader, window: Window) -> Pixels:
    """Probabilities (K, H, W), NaN where there are none, and whether each pixel has both them and imagery."""
    coded = network.read(window)
    return dequantize(coded), (coded != NODATA).all(axis=0) & picture.read_valid(window)


def standardising(picture: RasterReader) -> Callable[[Window], NDArray[np.float32]]:
    """A function from a window to its bands (B, H, W) in standard deviations from the mean of the scene."""
    from rs_seg.algorithms.mapping.crf import band_moments

    mean, deviation = band_moments(_valid_pixels(picture))

    def read(window: Window) -> NDArray[np.float32]:
        bands = (picture.read(window) - mean[:, None, None]) / deviation[:, None, None]
        return bands.astype("float32")

    return read


def _valid_pixels(picture: RasterReader) -> Iterator[NDArray[Any]]:
    for window in partition(picture.height, picture.width, size=BLOCK):
        yield picture.read(window)[:, picture.read_valid(window)]
