"""Ground that scenes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pyproj
import shapely

from rs_seg.errors import UserError
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crs_of

POINTS_PER_EDGE = 8


def footprint(grid: Grid, windows: Sequence[Window]) -> Any:
    """The union of windows of a grid as a polygon in its CRS."""
    return shapely.union_all(window_polygons(grid, windows))


def window_polygons(grid: Grid, windows: Sequence[Window]) -> Any:
    """The outlines of windows (N,) in the CRS of the grid."""
    corners = np.array([[(0, 0), (0, 1), (1, 1), (1, 0)]] * len(windows), dtype=float).reshape(-1, 4, 2)
    sizes = np.array([(each.width, each.height) for each in windows], dtype=float).reshape(-1, 1, 2)
    starts = np.array([(each.column, each.row) for each in windows], dtype=float).reshape(-1, 1, 2)
    columns, rows = np.moveaxis(starts + corners * sizes, -1, 0)
    x, y = grid.affine * (columns, rows)
    return shapely.polygons(np.stack([x, y], axis=-1))


def find_shared_ground(grids: Mapping[str, Grid], footprints: Mapping[str, Any]) -> list[UserError]:
    """An error for each pair of scenes that lie on the same ground, with the area in square metres.

    Compared in the CRS of the first of each pair; touching is allowed, and less than a pixel's width does not count.
    """
    outlines = {name: _reproject(shape, grids[name], "EPSG:4326") for name, shape in footprints.items()}
    return [
        error
        for first, second in combinations(footprints, 2)
        if shapely.intersects(shapely.envelope(outlines[first]), shapely.envelope(outlines[second]))
        if (error := _compare(first, second, grids, footprints)) is not None
    ]


def _compare(first: str, second: str, grids: Mapping[str, Grid], footprints: Mapping[str, Any]) -> UserError | None:
    other = _reproject(footprints[second], grids[second], crs_of(grids[first]).to_wkt())
    shared = shapely.intersection(footprints[first], other)
    pixel = abs(grids[first].resolution.x)
    if shapely.is_empty(shapely.buffer(shared, -0.5 * pixel)):
        return None
    area = _ground_area(shared, grids[first])
    return UserError(
        "two labelled scenes lie on the same ground",
        where=f"scenes {first} and {second}",
        found=f"{area:,.0f} m2 in both: training on one would see the test ground of the other",
        expected="scenes that do not overlap",
        remedy="cut the overlap from one of them, or set labelled to false for one in the scene table",
    )


def _reproject(shape: Any, grid: Grid, crs: str) -> Any:
    source, target = pyproj.CRS(crs_of(grid).proj), pyproj.CRS.from_user_input(crs)
    if source == target:
        return shape
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    longest = max(grid.height * abs(grid.resolution.y), grid.width * abs(grid.resolution.x)) / POINTS_PER_EDGE
    return shapely.transform(
        shapely.segmentize(shape, longest), lambda xy: np.column_stack(transformer.transform(*xy.T))
    )


def _ground_area(shape: Any, grid: Grid) -> float:
    geod = pyproj.CRS(crs_of(grid).proj).get_geod() or pyproj.Geod(ellps="WGS84")
    area, _ = geod.geometry_area_perimeter(_reproject(shape, grid, "EPSG:4326"))
    return abs(float(area))
