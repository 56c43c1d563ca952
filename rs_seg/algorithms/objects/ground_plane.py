"""Objects in metres on the ground, each in a plane of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.crs import CRS

from rs_seg.errors import UserError
from rs_seg.values.grid import Grid, crs_of, has_place

Floats = NDArray[np.float64]


class GroundPlanes:
    """Planes that touch the ground at N places of a grid: metres to the east and to the north.

    Right in every projection and for geographic coordinates, for grids turned, sheared or south-up:
    lengths and directions are those on the ellipsoid of the datum at the place. An object of a
    kilometre is measured to a millionth. On pictures without a place a metre is a pixel, and north
    is up.

    Raises:
        UserError: the CRS has no datum.
    """

    def __init__(self, grid: Grid, centres: Floats) -> None:
        """Planes at `centres` (N, 2), columns and rows in pixels of the grid."""
        self._centres = centres
        self._steps = _measure_steps(grid, centres)
        self._back: Floats = np.linalg.inv(self._steps).astype(np.float64)

    def to_ground(self, shapes: NDArray[Any]) -> NDArray[Any]:
        """Shapes (N,) in pixels, each in metres of its plane."""
        return _change(
            shapes, lambda points, of: _apply(self._steps[of], points - self._centres[of])
        )

    def to_pixels(self, shapes: NDArray[Any]) -> NDArray[Any]:
        """Shapes (N,) in metres of their planes, in pixels."""
        return _change(
            shapes, lambda points, of: _apply(self._back[of], points) + self._centres[of]
        )


def _measure_steps(grid: Grid, centres: Floats) -> Floats:
    """Metres east and north of a step of one pixel along columns and rows (N, 2, 2)."""
    if not has_place(grid):
        return np.tile([[1.0, 0.0], [0.0, -1.0]], (len(centres), 1, 1))
    crs = CRS(crs_of(grid).proj)
    geodetic, geod = crs.geodetic_crs, crs.get_geod()
    if geodetic is None or geod is None:
        raise UserError(
            "objects cannot be measured on the ground",
            found=f"the CRS {crs_of(grid)}, which has no datum",
            expected="a projected or geographic CRS",
            remedy="assign the CRS of the scene, for instance with gdal_edit.py -a_srs",
        )
    transformer = pyproj.Transformer.from_crs(crs, geodetic.to_2d(), always_xy=True)
    degrees = np.degrees(geodetic.axis_info[0].unit_conversion_factor)
    a, b, c, d, e, f = tuple(grid.affine)[:6]
    steps = np.empty((len(centres), 2, 2))
    # From half a pixel before the centre to half a pixel after it: errors of first order cancel.
    for axis, half in enumerate(((0.5, 0.0), (0.0, 0.5))):
        ends = []
        for sign in (-1, 1):
            columns, rows = (centres + sign * np.array(half)).T
            x, y = a * columns + b * rows + c, d * columns + e * rows + f
            ends += [angle * degrees for angle in transformer.transform(x, y)]
        azimuths, _, lengths = geod.inv(*ends)
        steps[:, 0, axis] = lengths * np.sin(np.radians(azimuths))
        steps[:, 1, axis] = lengths * np.cos(np.radians(azimuths))
    return steps


def _apply(matrices: Floats, points: Floats) -> Floats:
    moved: Floats = np.einsum("nij,nj->ni", matrices, points)
    return moved


def _change(shapes: NDArray[Any], change: Any) -> NDArray[Any]:
    """The same shapes with other points; `change` takes points and the numbers of their shapes."""
    points, owners = shapely.get_coordinates(shapes, return_index=True)
    changed: NDArray[Any] = shapely.set_coordinates(shapes.copy(), change(points, owners))
    return changed
