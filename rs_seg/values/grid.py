"""The grid of a scene: CRS, size and transform to the world (odc-geo's GeoBox)."""

from __future__ import annotations

import math

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from odc.geo.crs import CRS
from odc.geo.geobox import GeoBox as Grid
from pyproj import Transformer

from rs_seg.values.pictures import is_picture
from rs_seg.values.window import Window

__all__ = [
    "PIXELS",
    "Grid",
    "crop",
    "crs_of",
    "crs_of_files",
    "describe_grid",
    "equal",
    "ground_pixel_sides",
    "ground_pixel_size",
    "ground_resolution",
    "has_place",
    "picture_of",
    "to_pixels",
    "to_world",
    "whole",
]
Floats = NDArray[np.float64]
PIXELS = Affine(1, 0, 0, 0, -1, 0)
"""From columns and rows of a picture without a place to x and y, see `pictures`."""


def crs_of(grid: Grid) -> CRS:
    """The CRS of a grid; grids of scenes have one."""
    assert grid.crs is not None, "grids of scenes have a CRS"
    return grid.crs


def has_place(grid: Grid) -> bool:
    """Whether a grid lies on Earth; that of a picture has pixels as its unit, see `pictures`."""
    return not is_picture(crs_of(grid))


def crs_of_files(grid: Grid) -> str | None:
    """The CRS (WKT) that files in the coordinates of a grid have; None for pictures."""
    return str(crs_of(grid).to_wkt()) if has_place(grid) else None


def picture_of(grid: Grid) -> str | None:
    """The CRS (WKT) of a picture without a place; None for grids that have one."""
    return None if has_place(grid) else str(crs_of(grid).to_wkt())


def whole(grid: Grid) -> Window:
    """The window of all pixels of the grid."""
    return Window(0, 0, grid.height, grid.width)


def to_world(grid: Grid, rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """X and y of places in pixels, of the same shape; a pixel's centre lies half a pixel in."""
    a, b, c, d, e, f = tuple(grid.affine)[:6]
    return a * columns + b * rows + c, d * columns + e * rows + f


def to_pixels(grid: Grid, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Rows and columns of places in the CRS of the grid, of the same shape: see `to_world`."""
    a, b, c, d, e, f = tuple(~grid.affine)[:6]
    return d * x + e * y + f, a * x + b * y + c


def crop(grid: Grid, window: Window) -> Grid:
    """The grid of the pixels in `window` (which may reach outside)."""
    transform = grid.affine * Affine.translation(window.column, window.row)
    return Grid((window.height, window.width), transform, grid.crs)


def equal(first: Grid, second: Grid, *, tolerance: float = 1e-3) -> bool:
    """Whether two grids have the same CRS and size, and pixel corners close together.

    No corner is further apart than `tolerance` pixels.
    """
    if first.crs != second.crs or first.shape != second.shape:
        return False
    change = ~first.affine * second.affine
    corners = [(0, 0), (first.width, 0), (0, first.height), (first.width, first.height)]
    return all(math.dist(change * corner, corner) <= tolerance for corner in corners)


def ground_pixel_size(grid: Grid) -> float:
    """Side in metres of a square of the same ground area as the pixel in the middle of the grid.

    Measured on the ellipsoid, so right for degrees and for EPSG:3857, whose units are not ground
    metres. 1 for pictures without a place.
    """
    if not has_place(grid):
        return 1.0
    row, column = grid.height // 2, grid.width // 2
    pixel = crop(grid, Window(row, column, 1, 1)).extent.to_crs("EPSG:4326").geom
    assert grid.crs is not None, "grids of scenes have a CRS"
    geod = grid.crs.proj.get_geod()
    assert geod is not None, "every CRS has an ellipsoid"
    area, _ = geod.geometry_area_perimeter(pixel)
    return math.sqrt(abs(area))


def ground_resolution(grid: Grid) -> float | None:
    """The same where it is one in metres; None for pictures without a place.

    Sheets of patches have a CRS like such pictures, but pixels as large as those of the patches.
    """
    if has_place(grid):
        return ground_pixel_size(grid)
    side = abs(float(grid.resolution.x))
    return None if side == 1 else side


def ground_pixel_sides(grid: Grid) -> tuple[float, float]:
    """Height and width in metres, on the ellipsoid, of the pixel in the middle of the grid.

    1 for pictures without a place.
    """
    if not has_place(grid):
        return 1.0, 1.0
    row, column = grid.height // 2, grid.width // 2
    corners = [
        grid.affine * place for place in ((column, row), (column, row + 1), (column + 1, row))
    ]
    geod = crs_of(grid).proj.get_geod()
    assert geod is not None, "every CRS has an ellipsoid"
    to_degrees = Transformer.from_crs(
        crs_of(grid).proj, crs_of(grid).proj.geodetic_crs, always_xy=True
    )
    longitudes, latitudes = to_degrees.transform([x for x, _ in corners], [y for _, y in corners])
    _, _, lengths = geod.inv([longitudes[0]] * 2, [latitudes[0]] * 2, longitudes[1:], latitudes[1:])
    return float(lengths[0]), float(lengths[1])


def describe_grid(grid: Grid) -> str:
    """Size, pixel, upper left corner and CRS of a grid in words.

    With enough digits to find the place.
    """
    if not has_place(grid):
        return f"{grid.height} x {grid.width} pixels without a place"
    crs = crs_of(grid)
    name = f"EPSG:{crs.epsg}" if crs.epsg else crs.proj.name
    x, y = grid.affine * (0, 0)
    width, height = abs(float(grid.resolution.x)), abs(float(grid.resolution.y))
    size = f"{grid.height} x {grid.width} pixels of {height:.6g} x {width:.6g}"
    return f"{size} from ({x:.10g}, {y:.10g}), {name}"
