"""The pixels of a scene that refinements read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.refining.contrast import MOST_BANDS, fit_contrast
from rs_seg.config import RefinementConfig
from rs_seg.errors import UserError
from rs_seg.scenes.measured import typical_values
from rs_seg.values import Window, dequantize, partition
from rs_seg.values.band_groups import BandGroup, group_positions
from rs_seg.values.probabilities import NODATA

if TYPE_CHECKING:
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
    groups: Sequence[BandGroup] = (),
) -> Callable[[Window], NDArray[np.float32]]:
    """A function from a window to what the refinement compares there (C, H, W); see `fit_contrast`.

    It is fitted once to all pixels of the scene, so that blocks have no seams. Where `windows` are
    given (of at most so many rows and columns), nothing else is read, and it is fitted to their
    pixels. `groups` are the bands of the image by sources, where some have dates or may be missing:
    a refinement that names no bands then compares the median of the clear dates, and neither days
    nor what says where a source is.

    Raises:
        UserError: the image lacks a band that the refinement names.
    """
    positions = _find_bands(picture, refinement)
    read, band_count = partial(_read_bands, picture, positions), len(positions)
    if groups and refinement.chosen_bands is None:
        places_of_groups = list(zip(groups, group_positions(groups, picture.bands), strict=True))
        read, band_count = (
            partial(_read_typical, picture, places_of_groups),
            sum(len(group.bands) for group in groups),
        )
    size = BLOCK if len(positions) <= MOST_BANDS else MANY_BANDS_BLOCK
    places = (
        partition(picture.height, picture.width, size=size) if windows is None else windows(size)
    )
    pieces = (_finite_pixels(read(place)[:, picture.read_valid(place)]) for place in places)
    contrast = fit_contrast(pieces, band_count=band_count, summed=refinement.sums_bands)
    return lambda window: contrast.apply(read(window))


def _finite_pixels(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Pixels (B, P) without those that are not finite in a band: one would spoil all moments."""
    return pixels[:, np.isfinite(pixels).all(axis=0)]


def _read_bands(
    picture: RasterReader, positions: Sequence[int], window: Window
) -> NDArray[np.generic]:
    return picture.read(window, positions)


def _read_typical(
    picture: RasterReader, groups: Sequence[tuple[BandGroup, list[int]]], window: Window
) -> NDArray[np.generic]:
    """Measured bands of all sources (B, H, W); of dates the median of those that are clear."""
    parts = [typical_values(group, picture.read(window, places)) for group, places in groups]
    return np.concatenate(parts)


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
