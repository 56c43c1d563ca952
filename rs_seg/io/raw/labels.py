"""Label files on the grid of a scene: polygons or a raster, whichever opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from numpy.typing import NDArray

from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.georeference import Placing
from rs_seg.io.raw.scene_grid import bounds_in
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.vector import read_polygons, reproject_polygons
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.values.grid import Grid, crs_of


@dataclass(frozen=True)
class LabelPolygons:
    """Polygons (N,) in the CRS of a scene's grid, in the order of the file, with the `values` of their attribute.

    Values are None without a column. `crs` is that of the file; `warnings` say what was mended or left out; `stray` is
    the fault that no polygon meets the scene.
    """

    path: Path
    values: Sequence[object]
    geometries: NDArray[Any]
    crs: str
    reprojected: bool
    warnings: tuple[str, ...]
    stray: UserError | None


def read_label_polygons(
    path: Path, *, layer: str | None, column: str | None, crs: str | None, grid: Grid
) -> LabelPolygons:
    """Label polygons brought into the CRS of the grid.

    Raises:
        UserError: see `rs_seg.io.raw.vector.read_polygons`; or a polygon has no place in the CRS.
    """
    frame = read_polygons(path, layer=layer, column=column, crs=crs)
    geometries = reproject_polygons(frame, crs_of(grid).to_wkt(), path)
    return LabelPolygons(
        path,
        frame["value"].tolist(),
        geometries,
        frame.crs.to_string(),
        bool(frame.crs != crs_of(grid).to_wkt()),
        tuple(frame.attrs["warnings"]),
        _find_stray(geometries, grid, path),
    )


@contextmanager
def open_label_raster(path: Path, *, crs: str | None, grid: Grid) -> Iterator[WarpedSource]:
    """A label raster on the grid, by nearest neighbour.

    Raises:
        UserError: see `SourceRaster`; or it does not meet the grid.
    """
    with SourceRaster(path, bands=1, rules=SourceRules(setting="label", placing=Placing(crs))) as raster:
        warped = WarpedSource(raster, grid, resampling="nearest")
        if not warped.overlaps:
            raise _no_overlap(bounds_in(raster, grid), grid, path)
        yield warped


def find_label_file_faults(
    path: Path, *, layer: str | None, column: str | None, crs: str | None, polygonal: bool
) -> list[UserError]:
    """Faults of a label file that show without a grid, for scenes whose grid is not known."""
    try:
        if polygonal:
            read_polygons(path, layer=layer, column=column, crs=crs)
        else:
            SourceRaster(path, bands=1, rules=SourceRules(setting="label", placing=Placing(crs))).close()
    except UserErrors as errors:
        return list(errors.errors)
    except UserError as error:
        return [error]
    return []


def _find_stray(geometries: NDArray[Any], grid: Grid, path: Path) -> UserError | None:
    if shapely.intersects(geometries, shapely.box(*grid.extent.boundingbox)).any():
        return None
    return _no_overlap(tuple(shapely.total_bounds(geometries)), grid, path)


def _no_overlap(bounds: Sequence[float], grid: Grid, path: Path) -> UserError:
    code = crs_of(grid).to_epsg()
    name = f"EPSG:{code}" if code else crs_of(grid).proj.name
    return UserError(
        "labels do not meet the scene",
        where=path,
        found=f"labels in {_extent(bounds)}",
        expected=f"some in {_extent(tuple(grid.extent.boundingbox))} (both in {name})",
        remedy="check the CRS of the labels (label.crs where the file has none) and the scene table",
    )


def _extent(bounds: Sequence[float]) -> str:
    return f"x {bounds[0]:.8g} to {bounds[2]:.8g}, y {bounds[1]:.8g} to {bounds[3]:.8g}"
