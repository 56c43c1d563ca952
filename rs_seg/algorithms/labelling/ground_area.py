"""Areas on the ground, whatever the units of the map are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.crs import CRS, ProjectedCRS
from pyproj.crs.coordinate_operation import (
    LambertAzimuthalEqualAreaConversion,
    LambertCylindricalEqualAreaConversion,
)

from rs_seg.values.grid import Grid, has_place

LONGEST_EDGE = 32
"""Longer edges are cut for the transform, in pixels: a straight edge of the map is a curve in
another projection."""


def ground_areas(polygons: NDArray[Any], grid: Grid) -> NDArray[np.float64]:
    """Area (N,) of polygons on the ellipsoid, in square metres.

    Polygons are in pixel coordinates of the grid.

    Measured in an equal-area projection around the middle of the grid, on the grid's own datum:
    azimuthal (Lambert), or cylindrical for grids in degrees, whose rows and columns stay straight
    in it. In pixels for pictures without a place.
    """
    if not has_place(grid):
        return np.asarray(shapely.area(polygons), dtype=np.float64)
    assert grid.crs is not None
    crs = CRS(grid.crs.proj)
    to_ground = pyproj.Transformer.from_crs(crs, _equal_area(crs, grid), always_xy=True)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_ground.transform(*_map_coordinates(points, grid)))

    areas: NDArray[np.float64] = shapely.area(
        shapely.transform(shapely.segmentize(polygons, LONGEST_EDGE), move)
    )
    return areas


def _map_coordinates(
    points: NDArray[np.float64], grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b, c, d, e, f = tuple(grid.affine)[:6]
    columns, rows = points[:, 0], points[:, 1]
    return a * columns + b * rows + c, d * columns + e * rows + f


def _equal_area(crs: CRS, grid: Grid) -> CRS:
    datum = crs.geodetic_crs
    assert datum is not None, "grids have a CRS on the earth or another planet"
    middle = grid.affine * (grid.width / 2, grid.height / 2)
    longitude, latitude = pyproj.Transformer.from_crs(crs, datum, always_xy=True).transform(*middle)
    conversion: Any
    if crs.is_geographic:
        conversion = LambertCylindricalEqualAreaConversion(longitude_natural_origin=longitude)
    else:
        conversion = LambertAzimuthalEqualAreaConversion(latitude, longitude)
    return ProjectedCRS(conversion, geodetic_crs=datum.to_2d())
