"""Ground in polygons of different classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.ground_area import ground_areas
from rs_seg.values.grid import Grid


def class_areas(polygons: NDArray[Any], codes: Sequence[int], grid: Grid) -> dict[int, float]:
    """Square metres on the ground of the polygons of each code, inside the grid; polygons are in its CRS."""
    clipped = shapely.intersection(polygons, shapely.box(*grid.extent.boundingbox))
    areas = ground_areas(_to_pixels(clipped, grid), grid)
    own = np.asarray(codes)
    return {int(code): float(areas[own == code].sum()) for code in np.unique(own)}


def overlap_area(polygons: NDArray[Any], codes: Sequence[int], grid: Grid) -> float:
    """Square metres on the ground shared by two polygons of different codes, summed over pairs."""
    own = np.asarray(codes)
    first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    pairs = (first < second) & (own[first] != own[second])
    if not pairs.any():
        return 0.0
    shared = shapely.intersection(polygons[first[pairs]], polygons[second[pairs]])
    shared = shared[shapely.area(shared) > 0]
    return float(ground_areas(_to_pixels(shared, grid), grid).sum())


def _to_pixels(polygons: NDArray[Any], grid: Grid) -> NDArray[Any]:
    inverse = ~grid.affine

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        columns, rows = inverse * (points[:, 0], points[:, 1])
        return np.column_stack([columns, rows])

    moved: NDArray[Any] = shapely.transform(polygons, move)
    return moved
