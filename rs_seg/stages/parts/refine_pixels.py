"""What refinements read of a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

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


def standardising(
    picture: RasterReader, windows: Iterable[Window] | None = None
) -> Callable[[Window], NDArray[np.float32]]:
    """A function from a window to its bands (B, H, W) in standard deviations from the mean of the scene.

    Where `windows` are given, nothing else is read, and mean and deviation are those of their pixels.
    """
    from rs_seg.algorithms.mapping.crf import band_moments

    if windows is None:
        windows = partition(picture.height, picture.width, size=BLOCK)
    mean, deviation = band_moments(picture.read(window)[:, picture.read_valid(window)] for window in windows)

    def read(window: Window) -> NDArray[np.float32]:
        bands = (picture.read(window) - mean[:, None, None]) / deviation[:, None, None]
        return bands.astype("float32")

    return read
