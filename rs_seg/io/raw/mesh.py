"""Points all over a raster with their places in some CRS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from rs_seg.io.raw.crs import move
from rs_seg.io.raw.source import SourceRaster

SAMPLES = 42
"""Points along each side of a raster whose places are computed."""
WORLD = CRS.from_epsg(4326)


@dataclass(frozen=True)
class Mesh:
    """Coordinates (n, n) of points all over a raster, in some CRS.

    They are not finite where a point has no place in the CRS.
    """

    x: NDArray[Any]
    y: NDArray[Any]

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Points that have a place."""
        placed: NDArray[np.bool_] = np.isfinite(self.x) & np.isfinite(self.y)
        return placed

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top of the points that have a place."""
        x, y = self.x[self.placed], self.y[self.placed]
        return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def mesh_over(source: SourceRaster, target: CRS) -> Mesh:
    """Points from edge to edge of a raster, in the CRS `target`."""
    columns, rows = np.meshgrid(
        np.linspace(0, source.width, SAMPLES), np.linspace(0, source.height, SAMPLES)
    )
    x, y = move(
        *source.georeference.to_world()(columns.ravel(), rows.ravel()),
        source.georeference.crs,
        target,
    )
    return Mesh(x.reshape(columns.shape), y.reshape(columns.shape))
