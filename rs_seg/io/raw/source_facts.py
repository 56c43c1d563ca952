"""What is known of raw rasters without reading their pixels, for the record and for faults of their place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rs_seg.errors import UserError
from rs_seg.io.raw.source import SourceRaster
from rs_seg.io.raw.warp import WarpedSource, propose_grid
from rs_seg.values.grid import Grid, ground_pixel_size


def describe_header(raster: SourceRaster) -> dict[str, Any]:
    """File, format, size, place, pixel, type and nodata rule of a raster."""
    grid = propose_grid(raster)
    return {
        "file": str(raster.path),
        "driver": raster.dataset.driver,
        "height": raster.height,
        "width": raster.width,
        "crs": raster.georeference.crs.to_string(),
        "placed_by": "geotransform" if raster.georeference.transform is not None else "ground control points",
        "pixel_size": [abs(float(grid.resolution.y)), abs(float(grid.resolution.x))],
        "pixel_size_ground_m": ground_pixel_size(grid),
        "dtype": str(raster.dtype),
        "nodata": raster.nodata_rule,
    }


def find_strays(rasters: Iterable[SourceRaster], grid: Grid, *, reference: SourceRaster) -> list[UserError]:
    """An error for each raster that does not meet the grid, which is that of `reference`."""
    return [
        UserError(
            "sources of the scene do not lie on the same ground",
            where=raster.path,
            found=f"no common ground with {reference.path}",
            expected="sources that overlap",
            remedy="check the CRS of both files and the scene table",
        )
        for raster in rasters
        if not WarpedSource(raster, grid, resampling=None).overlaps
    ]
