"""The pixels of a scene that refinements read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rs_seg.algorithms.refining.contrast import MOST_BANDS, fit_contrast
from rs_seg.config import RefinementConfig
from rs_seg.errors import UserError
from rs_seg.values import Window, dequantize, partition
from rs_seg.values.probabilities import NODATA

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raster import RasterReader

    Pixels = tuple[NDArray[np.float32], NDArray[np.bool_]]

BLOCK = 1024
"""Height and width of the blocks that are read at once where the method has no blocks of its own,
in pixels."""
MANY_BANDS_BLOCK = 512
"""The same where many bands are read, which would fill the memory otherwise."""


def read_pixels(network: RasterReader, picture: RasterReader, window: Window) -> Pixels:
    """Probabilities (K, H, W), NaN where there are none, and whether a pixel has all that it needs.

    It needs probabilities and imagery.
    """
    coded = network.read(window)
    return dequantize(coded), (coded != NODATA).all(axis=0) & picture.read_valid(window)


def contrasting(
    picture: RasterReader,
    refinement: RefinementConfig,
    windows: Callable[[int], Iterable[Window]] | None = None,
) -> Callable[[Window], NDArray[np.float32]]:
    """A function from a window to what the refinement compares there (C, H, W); see `fit_contrast`.

    It is fitted once to all pixels of the scene, so that blocks have no seams. Where `windows` are
    given (of at most so many rows and columns), nothing else is read, and it is fitted to their
    pixels.

    Raises:
        UserError: the image lacks a band that the refinement names.
    """
    positions = _find_bands(picture, refinement)
    size = BLOCK if len(positions) <= MOST_BANDS else MANY_BANDS_BLOCK
    places = (
        partition(picture.height, picture.width, size=size) if windows is None else windows(size)
    )
    pieces = (picture.read(place, positions)[:, picture.read_valid(place)] for place in places)
    contrast = fit_contrast(pieces, band_count=len(positions), summed=refinement.sums_bands)
    return lambda window: contrast.apply(picture.read(window, positions))


def _find_bands(picture: RasterReader, refinement: RefinementConfig) -> list[int]:
    chosen = refinement.chosen_bands
    missing = [band for band in chosen or () if band not in picture.bands]
    if missing:
        raise UserError(
            f"the image has no band {missing[0]!r} that refinements.{refinement.name}.bands names",
            where=picture.path,
            found=f"bands {', '.join(picture.bands)}",
            expected=f"bands {', '.join(chosen or ())}",
            remedy="name bands of the image, or leave `bands` out to compare all",
        )
    return [picture.bands.index(band) for band in chosen or picture.bands]
