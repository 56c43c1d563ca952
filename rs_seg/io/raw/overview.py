"""A raw raster on a small grid, for pictures: nearest neighbour, quick, approximate."""

from __future__ import annotations

from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.warp import reproject

from rs_seg.io.raw.source import SourceRaster
from rs_seg.values.grid import Grid, crs_of


def shrink_grid(grid: Grid, longest: int) -> Grid:
    """The same extent with at most `longest` pixels along the longer side."""
    factor = max(1.0, max(grid.height, grid.width) / longest)
    height, width = max(1, round(grid.height / factor)), max(1, round(grid.width / factor))
    transform = grid.affine * Affine.scale(grid.width / width, grid.height / height)
    return Grid((height, width), transform, grid.crs)


def place_overview(
    source: SourceRaster, pixels: NDArray[Any], valid: NDArray[np.bool_], grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """An overview of a `SourceRaster` on another grid: float32 (B, H, W) and the valid mask (H, W).

    `pixels` are (B, h, w).
    """
    georeference = source.georeference.scale(
        source.height / pixels.shape[1], source.width / pixels.shape[2]
    )
    limits = np.finfo(np.float32)
    shown = np.clip(pixels, limits.min, limits.max) if pixels.dtype == np.float64 else pixels
    stacked = np.concatenate([shown.astype(np.float32), valid[None].astype(np.float32)])
    placed = np.zeros((len(stacked), grid.height, grid.width), dtype=np.float32)
    reproject(
        stacked,
        placed,
        **georeference.warp_options,
        dst_transform=georeference.warp_transform(grid.affine),
        dst_crs=georeference.warp_crs(CRS.from_wkt(crs_of(grid).to_wkt())),
        resampling=Resampling.nearest,
    )
    return placed[:-1], placed[-1] > 0
