"""Which places can share ground: spheres around them, which know no poles and no date line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from rs_seg.values.grid import Grid, crs_of, has_place, to_world

Floats = NDArray[np.float64]
NODES = 9
"""Points along each side of a grid that its sphere holds."""
SLACK = 1.02
"""Spheres are wider by this factor, since the ground bulges between the points."""


@dataclass(frozen=True)
class Spheres:
    """Centres (N, 3) in metres from the middle of the Earth, and radii (N,)."""

    centres: Floats
    radii: Floats

    def meeting(self, number: int) -> list[int]:
        """Numbers of those before `number` whose spheres meet its own."""
        apart = np.linalg.norm(self.centres[:number] - self.centres[number], axis=1)
        meets = apart <= self.radii[:number] + self.radii[number]
        numbers: list[int] = np.flatnonzero(meets).tolist()
        return numbers


def enclose(grids: list[Grid]) -> Spheres:
    """The spheres that hold the ground of grids; those of pictures without a place meet none."""
    spheres = [_sphere(grid) for grid in grids]
    centres = np.array([centre for centre, _ in spheres]).reshape(-1, 3)
    return Spheres(centres, np.array([radius for _, radius in spheres], dtype=float))


def _sphere(grid: Grid) -> tuple[Floats, float]:
    if not has_place(grid):
        return np.zeros(3), -np.inf  # a radius with which no sphere meets another
    rows, columns = np.meshgrid(
        np.linspace(0, grid.height, NODES), np.linspace(0, grid.width, NODES), indexing="ij"
    )
    x, y = to_world(grid, rows.ravel(), columns.ravel())
    to_earth = _to_earth(crs_of(grid).to_wkt())
    points = np.stack(to_earth.transform(x, y, np.zeros_like(x)), axis=1)
    points = points[np.isfinite(points).all(axis=1)]
    centre = points.mean(axis=0)
    return centre, float(SLACK * np.linalg.norm(points - centre, axis=1).max(initial=0))


@lru_cache(maxsize=64)
def _to_earth(crs: str) -> Transformer:
    """To metres from the middle of the Earth."""
    return Transformer.from_crs(crs, "EPSG:4978", always_xy=True)
