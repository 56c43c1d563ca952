"""Rasters read at reduced size, whatever their full size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import Resampling

from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.raster import open_raster
from rs_seg.values.composite import composite_bands, shown_days

if TYPE_CHECKING:
    from rasterio.io import DatasetReader


@dataclass(frozen=True)
class Thumbnail:
    """A raster at reduced size: `pixels` (B, H, W) in the type of the file, `valid` (H, W).

    `bands` are the numbers, from 1, that the bands read have in the file.
    """

    bands: tuple[int, ...]
    pixels: NDArray[Any]
    valid: NDArray[np.bool_]


LOOKED_AT = 256
"""Longer side of what is read to find the clearest date, in pixels."""


def choose_composite(dataset: DatasetReader, names: Sequence[str]) -> list[int]:
    """Positions of the bands that a picture shows; of several dates, those of the clearest one.

    Of equally clear ones the first.
    """
    days = shown_days(names)
    if len(days) < 2:
        return composite_bands(names)
    factor = min(1.0, LOOKED_AT / max(dataset.height, dataset.width))
    shape = max(1, round(dataset.height * factor)), max(1, round(dataset.width * factor))
    held = [
        np.count_nonzero(dataset.read(day + 1, out_shape=shape, resampling=Resampling.nearest))
        for day in days
    ]
    return composite_bands(names, 1 + int(np.argmax(held)))


def read_thumbnail(
    path: Path,
    *,
    size: int,
    band: int = 1,
    composite: bool = False,
    resampling: Literal["nearest", "average"],
) -> Thumbnail:
    """One band (counted from 1) or the bands of a colour composite, at reduced size.

    The longer side has at most `size` pixels.
    """
    with open_raster(path, remedy=MAKE_AGAIN) as dataset:
        factor = min(1.0, size / max(dataset.height, dataset.width))
        shape = max(1, round(dataset.height * factor)), max(1, round(dataset.width * factor))
        names = [description or "" for description in dataset.descriptions]
        shown = choose_composite(dataset, names) if composite else [band - 1]
        indexes = [position + 1 for position in shown]
        how = Resampling[resampling]
        pixels = dataset.read(indexes, out_shape=(len(indexes), *shape), resampling=how)
        return Thumbnail(
            tuple(indexes),
            pixels,
            dataset.dataset_mask(out_shape=shape, resampling=Resampling.nearest) > 0,
        )
