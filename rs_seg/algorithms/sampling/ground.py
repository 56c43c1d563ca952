"""Sides and areas of pixels on the ground, row by row."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, has_place, to_world
from rs_seg.values.window import Window

Floats = NDArray[np.float64]
NODE_METRES = 5_000.0
"""Distance of the rows whose pixels are measured; areas between them are interpolated. The error of
that is about (5 km / radius of the Earth)^2 / 8, a part in ten million."""


class PixelGround:
    """Heights, widths and areas of the pixels of a grid on the ellipsoid.

    Right for degrees and for EPSG:3857, whose units are not metres on the ground. All are 1 on
    pictures without a place.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        if not has_place(grid):
            return
        self._to_degrees = _to_degrees(crs_of(grid).to_wkt())
        geod = crs_of(grid).proj.get_geod()
        assert geod is not None, "every CRS has an ellipsoid"
        self._axis, self._flat = geod.a, geod.es
        self._step = max(1, math.floor(NODE_METRES / ground_pixel_size(grid)))

    def areas(self, window: Window) -> Floats:
        """Square metres of a pixel of each row (H,), in the middle column of the window."""
        return self._interpolate(window, 2)

    def heights(self, window: Window) -> Floats:
        """Metres down a pixel of each row (H,), in the middle column of the window."""
        return self._interpolate(window, 0)

    def widths(self, window: Window) -> Floats:
        """Metres across a pixel of each row (H,), in the middle column of the window."""
        return self._interpolate(window, 1)

    def _interpolate(self, window: Window, part: int) -> Floats:
        if not has_place(self._grid):
            return np.ones(window.height)
        rows = np.arange(window.row, window.row_end, dtype=float)
        nodes = np.unique(np.append(rows[:: self._step], rows[-1]))
        columns = np.full(len(nodes), window.column + (window.width - 1) / 2)
        return np.asarray(np.interp(rows, nodes, self._measure(nodes, columns)[part]))

    def _measure(self, rows: Floats, columns: Floats) -> tuple[Floats, Floats, Floats]:
        """Height, width and area of pixels, from their middle lines on the ellipsoid."""
        down = self._ground_vector((rows, columns + 0.5), (rows + 1, columns + 0.5))
        across = self._ground_vector((rows + 0.5, columns), (rows + 0.5, columns + 1))
        area = np.abs(down[0] * across[1] - down[1] * across[0])
        return np.hypot(*down), np.hypot(*across), area

    def _ground_vector(
        self, start: tuple[Floats, Floats], end: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """Metres to the east and north between places (row, column), which are close together."""
        rows, columns = (np.concatenate(pair) for pair in zip(start, end, strict=True))
        x, y = to_world(self._grid, rows, columns)
        longitude, latitude = (
            np.radians(part).reshape(2, -1) for part in self._to_degrees.transform(x, y)
        )
        # radii of curvature of the ellipsoid along and across the meridian, in the middle
        middle = np.sin(latitude.mean(axis=0))
        bulge = 1 - self._flat * middle**2
        along = self._axis * (1 - self._flat) / bulge**1.5
        beside = self._axis / np.sqrt(bulge) * np.cos(latitude.mean(axis=0))
        # a pixel may lie on both sides of the 180th meridian
        turn = np.mod(longitude[1] - longitude[0] + np.pi, 2 * np.pi) - np.pi
        return turn * beside, (latitude[1] - latitude[0]) * along


@lru_cache(maxsize=64)
def _to_degrees(crs: str) -> Transformer:
    """To longitude and latitude on the datum of the CRS itself."""
    own = Transformer.from_crs(crs, crs, always_xy=True).source_crs
    assert own is not None, "a transformer knows where it comes from"
    return Transformer.from_crs(own, own.geodetic_crs, always_xy=True)
