"""What headers tell of raw rasters, without their pixels: for the record and to find faults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasterio.crs import CRS

from rs_seg.errors import UserError
from rs_seg.io.raw.bands import read_descriptions
from rs_seg.io.raw.georeference import Georeference
from rs_seg.io.raw.place_warnings import find_place_warnings
from rs_seg.io.raw.scene_grid import propose_grid
from rs_seg.io.raw.source import SourceRaster
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, has_place
from rs_seg.values.inspection import GridFacts

IN_PIXELS = "pixels"
"""Said in place of the CRS of pictures without a place."""
RESIDUAL = 1.0
"""Pixels by which ground control points may be missed without a warning (root mean square)."""


def describe_header(raster: SourceRaster) -> dict[str, Any]:
    """File, format, size, place, pixel, type and nodata rule of a raster, for `SourceFacts`."""
    grid = propose_grid(raster)
    georeference = raster.georeference
    return {
        "file": str(raster.path),
        "driver": raster.dataset.driver,
        "height": raster.height,
        "width": raster.width,
        "crs": georeference.crs.to_string() if georeference.has_place else IN_PIXELS,
        "placed_by": _tell_placing(georeference),
        "gcp_residual_px": georeference.gcp_residual(),
        "pixel_size": _sides(grid),
        "pixel_size_ground_m": ground_pixel_size(grid),
        "dtype": str(raster.dtype),
        "nodata": raster.nodata_rule,
        "scales_applied": raster.scales_applied,
    }


def describe_band_tags(raster: SourceRaster) -> list[dict[str, Any]]:
    """Number, description, colour, scale and offset of each used band, for `SourceBand`."""
    descriptions = read_descriptions(raster.dataset)
    return [
        {
            "number": index,
            "description": descriptions[index - 1],
            "color": raster.dataset.colorinterp[index - 1].name,
            "scale": scale,
            "offset": offset,
        }
        for index, (scale, offset) in zip(raster.indexes, raster.scaling, strict=True)
    ]


def describe_grid(grid: Grid) -> GridFacts:
    """Size, CRS and pixel of the grid of a scene."""
    return GridFacts(
        height=grid.height,
        width=grid.width,
        crs=CRS.from_wkt(crs_of(grid).to_wkt()).to_string() if has_place(grid) else IN_PIXELS,
        pixel_size=_sides(grid),
        pixel_size_ground_m=ground_pixel_size(grid),
    )


def _tell_placing(georeference: Georeference) -> str:
    if not georeference.has_place:
        return "nothing"
    return "ground control points" if georeference.transform is None else "geotransform"


def _sides(grid: Grid) -> tuple[float, float]:
    return abs(float(grid.resolution.y)), abs(float(grid.resolution.x))


def find_header_warnings(raster: SourceRaster) -> list[str]:
    """Warnings about a raster by its header: bands, place, control points, scale tags."""
    warnings = [*raster.notes, *find_place_warnings(raster)]
    residual = raster.georeference.gcp_residual()
    if residual is not None and residual > RESIDUAL:
        warnings.append(
            f"{raster.path}: ground control points are missed by {residual:.1f} pixels (root mean "
            "square); check them, or set gcp_transform: thin_plate_spline for this source, which "
            "meets each of them"
        )
    tagged = [pair for pair in raster.scaling if pair != (1.0, 0.0)]
    if tagged and not raster.scales_applied:
        warnings.append(
            f"{raster.path}: values are as stored; the file says to multiply them by "
            f"{tagged[0][0]:g} and add "
            f"{tagged[0][1]:g}{' (the first of several)' if len(set(tagged)) > 1 else ''}: "
            f"apply_scale: true does so"
        )
    if raster.validity.idle_values:
        values = ", ".join(f"{value:g}" for value in raster.validity.idle_values)
        warnings.append(
            f"{raster.path}: nodata of {values} has no effect, because {raster.stored_dtype} has "
            f"no such value"
        )
    return warnings


def find_strays(
    rasters: Iterable[SourceRaster], grid: Grid, *, reference: SourceRaster
) -> list[UserError]:
    """An error for each raster that does not meet the grid, which is that of `reference`."""
    rasters = list(rasters)
    if not has_place(grid):
        return [
            _other_size(raster, reference)
            for raster in rasters
            if (raster.height, raster.width) != (grid.height, grid.width)
        ]
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


def _other_size(raster: SourceRaster, reference: SourceRaster) -> UserError:
    return UserError(
        "sources of a picture without a place have different sizes",
        where=raster.path,
        found=f"{raster.height} x {raster.width} pixels",
        expected=f"{reference.height} x {reference.width} pixels, as {reference.path}",
        remedy="bring both to one size: without a place nothing says how they lie on one another",
    )
