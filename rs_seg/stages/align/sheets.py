"""The part of `align` that lays the patches of a sheet out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.errors import UserError
from rs_seg.io.raster import create_raster, to_rasterio
from rs_seg.progress import track
from rs_seg.scenes.sheets import lay_out, open_patch, sheet_grid, tell_pixel_sizes
from rs_seg.scenes.validity import check_fills

if TYPE_CHECKING:
    from rs_seg.config import Sheet
    from rs_seg.values.grid import Grid

NAMED = 5
"""Patches without data that the log names."""
logger = logging.getLogger(__name__)


def align_patches(sheet: Sheet, image: Path) -> None:
    """Write the image of a sheet: the patches in their cells, and no data between them.

    A row of cells is held at once.

    Raises:
        UserError: a file cannot be opened or read, does not meet its patch, or no pixel is valid.
    """
    grids, dtype = _look_at_headers(sheet)
    layout = lay_out(grids)
    check_fills(sheet.sources, dtype)
    bands = [band for source in sheet.sources.values() for band in source.kept_bands]
    grid = sheet_grid(sheet, grids)
    logger.info("%d patches on %d x %d pixels without a place", len(grids), *layout.shape)
    different = tell_pixel_sizes(grids)
    if different is not None:
        logger.warning("%s", different)
    empty: list[str] = []
    valid_pixels = 0
    strips = list(layout.strips())
    with create_raster(image, grid, dtype=dtype, bands=bands) as dataset:
        for strip, numbers in track(strips, total=len(strips), description="align"):
            pixels = np.zeros((len(bands), strip.height, strip.width), dtype=dtype)
            valid = np.zeros((strip.height, strip.width), dtype=bool)
            for number in numbers:
                patch = sheet.patches[number]
                rows, columns = layout.window(number).relative_to(strip).slices
                with open_patch(sheet, patch) as opened:
                    pixels[:, rows, columns], valid[rows, columns] = opened.read(dtype)
                empty += [] if valid[rows, columns].any() else [patch.name]
            dataset.write(pixels, window=to_rasterio(strip))
            dataset.write_mask(valid, window=to_rasterio(strip))
            valid_pixels += int(valid.sum())
    _tell_empty(sheet, empty)
    logger.info("%d pixels of patches are valid", valid_pixels)


def _look_at_headers(sheet: Sheet) -> tuple[list[Grid], np.dtype[np.generic]]:
    """The grid of each patch, and the type that holds the values of all of them."""
    grids, dtypes = [], []
    for patch in sheet.patches:
        with open_patch(sheet, patch) as opened:
            grids.append(opened.grid)
            dtypes.append(opened.dtype)
    return grids, np.result_type(*dtypes)


def _tell_empty(sheet: Sheet, empty: list[str]) -> None:
    if len(empty) == len(sheet.patches):
        raise UserError(
            "no pixel of any patch is valid in all sources",
            where=f"sheet {sheet.scene}",
            found=f"{len(empty)} patches without data",
            expected="at least one pixel with data in every band",
            remedy="check the nodata rules of the sources",
        )
    if empty:
        more = ", ..." if len(empty) > NAMED else ""
        logger.warning(
            "%d of %d patches have no valid pixel and stay without data: %s%s",
            len(empty),
            len(sheet.patches),
            ", ".join(empty[:NAMED]),
            more,
        )
