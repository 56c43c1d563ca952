"""Small scenes and named geometries for tests, of this package and of code that uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray

import rs_seg.io.ogr  # noqa: F401  # paths are taken as they are
from rs_seg.io.raster import create_raster
from rs_seg.values import ClassName, ClassNames
from rs_seg.values.grid import PIXELS, Grid
from rs_seg.values.pictures import picture_crs

__all__ = [
    "TOY_CLASSES",
    "bow_tie",
    "coordinate_image",
    "grid_at",
    "l_shape",
    "picture_grid",
    "rotated_grid",
    "square",
    "toy_codes",
    "with_hole",
    "write_image",
    "write_polygons",
    "write_reference",
]

TOY_CLASSES = ClassNames(
    (
        ClassName(code=1, name="field"),
        ClassName(code=4, name="wood"),
        ClassName(code=7, name="lake"),
    )
)
"""Three classes whose codes are neither consecutive nor start at 0."""


def grid_at(
    height: int,
    width: int,
    *,
    pixel: float = 2.0,
    left: float = 500_000.0,
    top: float = 5_400_000.0,
    crs: str = "EPSG:32632",
) -> Grid:
    """A north-up grid."""
    return Grid((height, width), Affine(pixel, 0, left, 0, -pixel, top), crs)


def picture_grid(height: int, width: int, *, scene: str = "photo") -> Grid:
    """The grid of a picture without a place on Earth."""
    return Grid((height, width), PIXELS, picture_crs(scene))


def rotated_grid(height: int, width: int, *, degrees: float = 33.0, pixel: float = 2.0) -> Grid:
    """A grid turned around its first corner, so that no flip of an axis can hide."""
    turn = (
        Affine.translation(500_000.0, 5_400_000.0)
        * Affine.rotation(degrees)
        * Affine.scale(pixel, -pixel)
    )
    return Grid((height, width), turn, "EPSG:32632")


def coordinate_image(grid: Grid) -> NDArray[np.float64]:
    """Easting and northing (2, H, W) of each pixel centre in the CRS of the grid.

    A raster of them knows where it lies.
    """
    rows, columns = np.mgrid[0 : grid.height, 0 : grid.width] + 0.5
    x, y = grid.affine * (columns, rows)
    return np.stack([x, y])


def toy_codes(
    grid: Grid, *, classes: ClassNames = TOY_CLASSES, size: int = 16
) -> NDArray[np.unsignedinteger]:
    """A patchwork (H, W) of class codes: squares of `size` pixels, all classes in turn."""
    rows, columns = np.mgrid[0 : grid.height, 0 : grid.width]
    return classes.encode((rows // size + 2 * (columns // size)) % len(classes))


def write_image(
    path: Path,
    grid: Grid,
    pixels: NDArray[Any],
    *,
    valid: NDArray[np.bool_] | None = None,
    bands: Sequence[str] | None = None,
    nodata: float | None = None,
) -> Path:
    """Write pixels (B, H, W) as a GeoTIFF; `valid` (H, W) becomes its internal mask."""
    names = bands or [f"band{index}" for index in range(1, len(pixels) + 1)]
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        create_raster(path, grid, dtype=pixels.dtype, bands=names, nodata=nodata) as dataset,
    ):
        dataset.write(pixels)
        if valid is not None:
            dataset.write_mask(valid)
    return path


def write_reference(
    path: Path, grid: Grid, codes: NDArray[np.integer], *, classes: ClassNames = TOY_CLASSES
) -> Path:
    """Write class codes (H, W) as a reference raster of a run."""
    return write_image(
        path, grid, codes.astype(classes.dtype)[None], bands=["class"], nodata=classes.nodata
    )


def write_polygons(
    path: Path,
    polygons: Sequence[Any],
    *,
    crs: str | None = "EPSG:32632",
    columns: Mapping[str, Sequence[Any]] | None = None,
) -> Path:
    """Write geometries with attribute columns as a vector file.

    The format follows from the suffix.
    """
    geopandas.GeoDataFrame(dict(columns or {}), geometry=list(polygons), crs=crs).to_file(path)
    return path


def square(x: float, y: float, side: float) -> shapely.Polygon:
    """A square whose lower left corner is (x, y)."""
    return shapely.box(x, y, x + side, y + side)


def l_shape(x: float, y: float, side: float) -> shapely.Polygon:
    """An L of three quarters of a square: concave."""
    shape = square(x, y, side).difference(square(x + side / 2, y + side / 2, side / 2))
    assert isinstance(shape, shapely.Polygon)
    return shape


def with_hole(x: float, y: float, side: float) -> shapely.Polygon:
    """A square with a square hole of half its side in the middle."""
    shape = square(x, y, side).difference(square(x + side / 4, y + side / 4, side / 2))
    assert isinstance(shape, shapely.Polygon)
    return shape


def bow_tie(x: float, y: float, side: float) -> shapely.Polygon:
    """An invalid polygon that crosses itself, of no area."""
    return shapely.Polygon([(x, y), (x + side, y + side), (x + side, y), (x, y + side)])
