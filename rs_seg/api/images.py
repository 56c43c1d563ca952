"""Images of the caller in the form that stages read: named bands, and a mask of what is valid."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.api.grids import open_placed
from rs_seg.errors import UserError
from rs_seg.io.raster import create_raster, to_rasterio
from rs_seg.maps.sources import strip_windows
from rs_seg.values.grid import Grid

logger = logging.getLogger(__name__)


def lay_array(
    path: Path,
    pixels: NDArray[Any],
    grid: Grid,
    model_bands: Sequence[str],
    bands: Sequence[str] | None,
    nodata: float | None,
) -> None:
    """Write an array (B, H, W) as an image; NaN and `nodata` in any band are no data.

    Raises:
        UserError: it is no image of so many bands.
    """
    if pixels.ndim != 3 or pixels.dtype.kind not in "iuf" or not pixels.size:
        raise UserError(
            "the array is no image",
            found=f"shape {pixels.shape} and type {pixels.dtype}",
            expected="numbers of shape (bands, rows, columns)",
        )
    names = _name_bands((), len(pixels), model_bands, bands, where="the array")
    with _create(path, grid, pixels.dtype, names) as image:
        image.write(pixels)
        image.write_mask(_find_data(pixels, nodata))


def lay_raster(
    path: Path,
    source: Path,
    model_bands: Sequence[str],
    bands: Sequence[str] | None,
    nodata: float | None,
) -> None:
    """Write a raster as an image, a few rows at a time.

    Raises:
        UserError: it cannot be opened, lies nowhere, or has other bands.
    """
    remedy = "read it with rasterio and pass the array, with or without a place"
    with open_placed(source, remedy=remedy) as reader:
        names = _name_bands(reader.bands, len(reader.bands), model_bands, bands, where=source)
        with _create(path, reader.grid, reader.dtype, names) as image:
            for window in strip_windows(reader.grid):
                pixels, place = reader.read(window), to_rasterio(window)
                there = reader.read_valid(window) & _find_data(pixels, nodata)
                image.write(pixels, window=place)
                image.write_mask(there, window=place)


def _create(path: Path, grid: Grid, dtype: Any, names: Sequence[str]) -> Any:
    kept = dtype if np.dtype(dtype).itemsize <= 4 else np.dtype(np.float32)
    return create_raster(path, grid, dtype=kept, bands=names)


def _find_data(pixels: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Where all bands (B, H, W) have a number that is not `nodata`."""
    there: NDArray[np.bool_] = np.isfinite(pixels).all(axis=0)
    return there if nodata is None else there & (pixels != nodata).all(axis=0)


def _name_bands(
    described: Sequence[str],
    count: int,
    model_bands: Sequence[str],
    bands: Sequence[str] | None,
    *,
    where: Any,
) -> list[str]:
    """Names of the bands of an image: as stated, as described, or those of the model in order."""
    if bands is not None:
        if len(bands) != count or len(set(bands)) < count:
            raise UserError(
                "bands do not fit the image",
                where=where,
                found=f"{len(bands)} names ({', '.join(bands)})",
                expected=f"{count} different names",
            )
        return [*bands]
    if set(model_bands) <= set(described):
        return [name or f"band {number}" for number, name in enumerate(described, start=1)]
    if count != len(model_bands):
        raise UserError(
            "the bands of the image are not known",
            where=where,
            found=f"{count} bands"
            + (f" ({', '.join(filter(None, described))})" if any(described) else ""),
            expected=f"{', '.join(model_bands)}",
            remedy="name the bands of the image in its order, as bands=['red', ...]",
        )
    logger.info("%s: bands are taken for %s, in this order", where, ", ".join(model_bands))
    return [*model_bands]
