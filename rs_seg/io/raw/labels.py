"""Label files on the grid of a scene: polygons or a raster, whichever opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.crs import CRS as RasterioCRS  # noqa: N811  # two libraries name it alike

from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.georeference import Georeference
from rs_seg.io.raw.label_raster import LabelRaster, RasterReading
from rs_seg.io.raw.operations import find_datum_warnings
from rs_seg.io.raw.pixel_labels import (
    check_pixel_labels,
    holds_pixel_shapes,
    read_pixel_labels,
)
from rs_seg.io.raw.reprojecting import reproject_polygons
from rs_seg.io.raw.scene_grid import bounds_in
from rs_seg.io.raw.vector import (
    LabelReading,
    PolygonTable,
    digits_of,
    holds_polygons,
    read_polygons,
)
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.values.grid import Grid, crs_of, has_place, picture_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LabelPolygons",
    "LabelReading",
    "RasterReading",
    "holds_shapes",
    "open_label_raster",
    "read_label_polygons",
]


def holds_shapes(path: Path, layer: str | None) -> bool:
    """Whether a label file holds polygons, on a map or in pixels, rather than a raster.

    Raises:
        UserError: see `holds_polygons`.
    """
    return holds_pixel_shapes(path) or holds_polygons(path, layer)


@dataclass(frozen=True)
class LabelPolygons:
    """Polygons (N,) in the CRS of a scene's grid, in the order of the file, with their `values`.

    `values` are those of the attribute, None without a column; `others` holds the other attributes,
    `features` numbers in the file. `crs` is that of the file; `warnings` say what was mended or
    left out, and what is to be known of the reprojection; `stray` is the fault that no polygon
    meets the scene. `whole`: each row is one object, whatever its parts.
    """

    path: Path
    features: NDArray[np.int64]
    values: Sequence[object]
    others: pd.DataFrame
    geometries: NDArray[Any]
    crs: str
    reprojected: bool
    warnings: tuple[str, ...]
    stray: UserError | None
    whole: bool = False


def read_label_polygons(
    path: Path, reading: LabelReading, grid: Grid, *, scene: str | None = None
) -> LabelPolygons:
    """Label polygons brought into the CRS of the grid.

    The name of the scene finds its image in files that label several images in pixels.

    Raises:
        UserError: see `read_polygons` and `reproject_polygons`, or `read_pixel_labels`.
    """
    if holds_pixel_shapes(path):
        return _read_shapes(path, reading, grid, scene)
    table = read_polygons(path, replace(reading, picture=picture_of(grid)))
    moved = reproject_polygons(table, grid)
    return LabelPolygons(
        path,
        table.features,
        table.attribute,
        table.others,
        moved.geometries,
        table.crs.to_string(),
        moved.changed,
        (*table.warnings, *moved.warnings),
        _find_stray(table, moved.geometries, grid),
    )


def _read_shapes(path: Path, reading: LabelReading, grid: Grid, scene: str | None) -> LabelPolygons:
    placed = read_pixel_labels(path, reading, grid, scene=scene)
    shapes = placed.shapes
    return LabelPolygons(
        path,
        shapes.features,
        shapes.values,
        shapes.others,
        shapes.geometries,
        crs_of(grid).proj.to_string(),
        reprojected=False,
        warnings=placed.warnings,
        stray=placed.stray,
        whole=True,
    )


class WarpedLabels(WarpedSource):
    """A label raster on a grid, by nearest neighbour.

    `declared_nodata` is the no-data value that counts; `warnings` say what is to be known of the
    reprojection.
    """

    def __init__(self, raster: LabelRaster, grid: Grid) -> None:
        super().__init__(raster, grid, resampling="nearest")
        self.declared_nodata = raster.declared_nodata
        self.warnings: tuple[str, ...] = ()
        if has_place(grid):
            own = CRS.from_wkt(raster.georeference.crs.to_wkt())
            self.warnings = tuple(find_datum_warnings(grid, own, where=raster.path))


@contextmanager
def open_label_raster(path: Path, reading: RasterReading, grid: Grid) -> Iterator[WarpedLabels]:
    """A label raster on the grid, by nearest neighbour.

    Raises:
        UserError: see `LabelRaster`; or it does not meet the grid, or has no place and another
            size than the image.
    """
    frame = _frame_of(grid) if reading.on_image and has_place(grid) else None
    reading = replace(reading, picture=picture_of(grid), frame=frame)
    with LabelRaster(path, reading) as raster:
        if not has_place(grid):
            _check_size(raster, grid)
        elif raster.is_placed_by_image:
            _check_shape(raster, grid)
        warped = WarpedLabels(raster, grid)
        if not warped.overlaps:
            raise _no_overlap(bounds_in(raster, grid), grid, path)
        yield warped


def _frame_of(grid: Grid) -> Georeference:
    """Where a raster of one pixel lies that covers the grid."""
    crs = RasterioCRS.from_wkt(crs_of(grid).to_wkt())
    return Georeference(crs, grid.affine * Affine.scale(grid.width, grid.height))


def _check_shape(raster: LabelRaster, grid: Grid) -> None:
    """Refuse labels without a place that are not of the image, whose grid may be thinned.

    Raises:
        UserError: they are of another shape.
    """
    apart = abs(raster.height * grid.width - raster.width * grid.height)
    thinned = raster.height >= grid.height and raster.width >= grid.width
    # a thinned grid has whole numbers of rows and columns
    if thinned and apart <= max(raster.height, raster.width) * (raster.height != grid.height):
        return
    raise UserError(
        "label raster without a place is of another shape than the image",
        where=raster.path,
        found=f"{raster.height} x {raster.width} pixels",
        expected=f"{grid.height} x {grid.width} pixels, as the image",
        remedy="give the labels of this image, or put a world file beside them",
    )


def _check_size(raster: LabelRaster, grid: Grid) -> None:
    """Refuse labels of another size than a picture, whose thinned grid may be given.

    Raises:
        UserError: they are.
    """
    right, bottom = grid.affine * (grid.width, grid.height)
    height, width = round(-bottom), round(right)
    if (raster.height, raster.width) != (height, width):
        raise UserError(
            "labels and image of a picture without a place have different sizes",
            where=raster.path,
            found=f"{raster.height} x {raster.width} pixels",
            expected=f"{height} x {width} pixels, as the image",
            remedy="give the labels of this image, at its size; a camera may have stored the image "
            "turned (EXIF orientation), and labels were drawn on the upright one: save it upright",
        )


def find_label_file_faults(path: Path, reading: LabelReading | RasterReading) -> list[UserError]:
    """Faults of a label file that show without a grid, for scenes whose grid is not known."""
    try:
        if isinstance(reading, LabelReading) and holds_pixel_shapes(path):
            check_pixel_labels(path, reading)
        elif isinstance(reading, LabelReading):
            read_polygons(path, reading)
        else:
            LabelRaster(path, reading).close()
    except UserErrors as errors:
        return list(errors.errors)
    except UserError as error:
        return [error]
    return []


def _find_stray(table: PolygonTable, geometries: NDArray[Any], grid: Grid) -> UserError | None:
    if _meets(geometries, grid) or not len(geometries):
        return None
    swapped = shapely.transform(table.geometries, lambda points: points[:, ::-1])
    bounds = tuple(shapely.total_bounds(geometries))
    return _no_overlap(
        bounds, grid, table.path, swapped=_would_meet(replace(table, geometries=swapped), grid)
    )


def _meets(geometries: NDArray[Any], grid: Grid) -> bool:
    return bool(shapely.intersects(geometries, grid.extent.geom).any())


def _would_meet(table: PolygonTable, grid: Grid) -> bool:
    try:
        return _meets(reproject_polygons(table, grid).geometries, grid)
    except UserError:
        return False


def _no_overlap(
    bounds: Sequence[float], grid: Grid, path: Path, *, swapped: bool = False
) -> UserError:
    code = crs_of(grid).to_epsg()
    name = f"EPSG:{code}" if code else crs_of(grid).proj.name
    digits = digits_of(crs_of(grid).proj)
    return UserError(
        "labels do not meet the scene",
        where=path,
        found=f"labels in {_extent(bounds, digits)}",
        expected=f"some in {_extent(tuple(grid.extent.boundingbox), digits)} (both in {name})",
        remedy="swap x and y of the labels: with latitude and longitude in the other order they "
        "meet the scene"
        if swapped
        else "check the CRS of the labels (label.crs where the file has none, label.override_crs "
        "where it is wrong) and the scene table",
    )


def _extent(bounds: Sequence[float], digits: int) -> str:
    left, bottom, right, top = (f"{value:.{digits}f}".rstrip("0").rstrip(".") for value in bounds)
    return f"x {left} to {right}, y {bottom} to {top}"
