"""The part of report and gather that knows where scenes lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from odc.geo.crs import CRS

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.progress import track
from rs_seg.values import thread_count
from rs_seg.values.grid import Grid, crs_of, has_place

EDGE_PIECES = 8
"""Pieces that the longer side of an outline is cut into before it is brought into another CRS."""
WORLD = "EPSG:4326"
"""The CRS of what scenes of several CRS share: the only one that suits them wherever they lie."""
Item = TypeVar("Item")
Result = TypeVar("Result")


def map_in_threads(
    work: Callable[[Item], Result], items: Sequence[Item], *, description: str
) -> list[Result]:
    """What `work` returns for each item, in their order, with progress."""
    with ThreadPoolExecutor(thread_count(), thread_name_prefix="scenes") as pool:
        return list(track(pool.map(work, items), total=len(items), description=description))


def read_grid(path: Path) -> Grid:
    """The grid of a raster."""
    with RasterReader(path) as reader:
        return reader.grid


def grid_where_known(path: Path) -> Grid | None:
    """The grid of a raster; None where there is none, or none that can be opened."""
    if not path.is_file():
        return None
    try:
        with RasterReader(path) as reader:
            return reader.grid
    except UserError:
        return None


def common_crs(grids: Sequence[Grid]) -> str:
    """WKT of the CRS that the grids share; of longitude and latitude (WGS 84) if they differ."""
    distinct = {str(crs_of(grid)): crs_of(grid) for grid in grids}.values()
    first = next(iter(distinct), CRS(WORLD))
    shared = all(crs == first for crs in distinct)
    return str((first if shared else CRS(WORLD)).to_wkt())


def outline(grid: Grid, crs: str) -> Any:
    """The outline of a grid as a polygon in another CRS (WKT)."""
    extent = grid.extent
    if extent.crs != crs:
        longest = max(grid.height * abs(grid.resolution.y), grid.width * abs(grid.resolution.x))
        extent = extent.to_crs(crs, resolution=longest / EDGE_PIECES)
    return extent.geom


def name_crs(grid: Grid) -> str:
    """The code of a CRS, or its name where it has none; "pixels" for pictures without a place."""
    if not has_place(grid):
        return "pixels"
    crs = crs_of(grid)
    return f"EPSG:{crs.epsg}" if crs.epsg else str(crs.proj.name)


def relative_path(path: Path, folder: Path) -> str:
    """The path as seen from a folder."""
    return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()
