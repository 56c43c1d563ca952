"""Where the pixels of a grid lie on the ellipsoid of its datum, and derivatives of that place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyproj
from numpy.typing import NDArray
from pyproj.crs import CRS

from rs_seg.values.grid import Grid, crs_of

DIFFERENCE = 5e-5
"""Length over which derivatives are taken, in radii of the ellipsoid: the curvature of a map (its
square) and the last digits of coordinates then weigh less than 1e-8."""


class Placement:
    """Pixels of a grid on the ellipsoid of its datum, as points in space around its centre.

    In space, poles and the antimeridian are places like others.
    """

    def __init__(self, grid: Grid, geodetic: CRS) -> None:
        geod = geodetic.get_geod()
        assert geod is not None, "every datum has an ellipsoid"
        self.radius, self._flatness = geod.a, geod.es
        self._affine = tuple(grid.affine)[:6]
        self._angle = geodetic.axis_info[0].unit_conversion_factor
        self._transformer = pyproj.Transformer.from_crs(crs_of(grid).proj, geodetic, always_xy=True)

    def __call__(
        self, columns: NDArray[np.float64], rows: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Points (..., 3) in metres of columns and rows, which broadcast; NaN off the map."""
        columns, rows = np.broadcast_arrays(columns, rows)
        a, b, c, d, e, f = self._affine
        longitude, latitude = self._transformer.transform(
            a * columns + b * rows + c, d * columns + e * rows + f
        )
        longitude, latitude = (
            np.where(np.isfinite(angle), angle, np.nan) * self._angle
            for angle in (longitude, latitude)
        )
        normal = self.radius / np.sqrt(1 - self._flatness * np.sin(latitude) ** 2)
        across = normal * np.cos(latitude)
        up = normal * (1 - self._flatness) * np.sin(latitude)
        return np.stack([across * np.cos(longitude), across * np.sin(longitude), up], axis=-1)


def derivative(
    place: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    nodes: NDArray[np.float64],
    axis: int,
    step: float,
    radius: float,
) -> NDArray[np.float64]:
    """Derivatives (rows, columns, 3) of the places of nodes, per pixel along an axis.

    `place` gives the points that lie so many pixels from each node. Two points near each node are
    used: one on either side, or two inwards at the ends of the grid, since the map may end there.
    The error is of second order everywhere.
    """
    spacing = np.linalg.norm(np.diff(nodes, axis=axis), axis=-1)
    spacing = spacing[spacing > 0]  # and finite: not off the map
    usual = np.median(spacing) if spacing.size > 0 else radius
    shift = step * min(DIFFERENCE * radius / usual, 0.5)
    count = nodes.shape[axis]
    pattern = np.tile([[-1.0], [1.0], [0.0], [-0.5], [0.5]], count)
    pattern[:, 0] = (1, 2, -1.5, 2, -0.5)
    pattern[:, -1] = (-1, -2, 1.5, -2, 0.5)
    shape = (1, count, 1) if axis == 1 else (count, 1, 1)
    near, far = place(pattern[0] * shift), place(pattern[1] * shift)
    weights = (row.reshape(shape) for row in pattern[2:])
    rates: NDArray[np.float64] = (
        sum(weight * points for weight, points in zip(weights, (nodes, near, far), strict=True))
        / shift
    )
    return rates
