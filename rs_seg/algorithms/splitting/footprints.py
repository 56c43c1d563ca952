"""Ground that scenes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely

from rs_seg.errors import UserError
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crs_of, has_place

POINTS_PER_EDGE = 8


def footprint(grid: Grid, windows: Sequence[Window]) -> Any:
    """The union of windows of a grid as a polygon in its CRS."""
    return shapely.union_all(window_polygons(grid, windows))


def window_polygons(grid: Grid, windows: Sequence[Window]) -> Any:
    """The outlines of windows (N,) in the CRS of the grid."""
    corners = np.array([[(0, 0), (0, 1), (1, 1), (1, 0)]] * len(windows), dtype=float).reshape(
        -1, 4, 2
    )
    sizes = np.array([(window.width, window.height) for window in windows], dtype=float).reshape(
        -1, 1, 2
    )
    starts = np.array([(window.column, window.row) for window in windows], dtype=float).reshape(
        -1, 1, 2
    )
    columns, rows = np.moveaxis(starts + corners * sizes, -1, 0)
    x, y = grid.affine * (columns, rows)
    return shapely.polygons(np.stack([x, y], axis=-1))


@dataclass(frozen=True)
class SharedGround:
    """Ground that two scenes share: in square metres, and as a share of the ground of both."""

    first: str
    second: str
    area_m2: float
    share: float

    def describe(self) -> str:
        """Both scenes and the ground, in words."""
        return f"{self.first} and {self.second}, {self.area_m2:,.0f} m2"

    def to_error(self) -> UserError:
        """The error where both scenes are labelled."""
        return UserError(
            "two labelled scenes lie on the same ground",
            where=f"scenes {self.first} and {self.second}",
            found=f"{self.area_m2:,.0f} m2 in both: training on one would see the test ground of "
            f"the other",
            expected="scenes that do not overlap",
            remedy="cut the overlap from one of them, or set labelled to false for one in the "
            "scene table; if they are two dates of one place, name the column with the place as "
            "`change: {by: place}`: they are then divided alike; if others divided these scenes, "
            "give both their roles in the scene table and state the split under protocol.split",
        )


def find_shared_ground(
    grids: Mapping[str, Grid],
    footprints: Mapping[str, Any],
    places: Mapping[str, str] | None = None,
) -> list[SharedGround]:
    """Pairs of scenes that lie on the same ground, see `share_ground`.

    Scenes of one of the `places` are dates of it, which may.
    """
    place = {} if places is None else places
    return [
        shared
        for shared in share_ground(grids, footprints)
        if place.get(shared.first, shared.first) != place.get(shared.second, shared.second)
    ]


def share_ground(grids: Mapping[str, Grid], footprints: Mapping[str, Any]) -> list[SharedGround]:
    """What each pair of scenes has in common, in the order of the scenes.

    Compared in the CRS of the larger of each pair, which has a place for all of the smaller one;
    touching is allowed, and less than a pixel's width does not count. Pictures without a place have
    nothing in common.
    """
    names = [name for name in footprints if has_place(grids[name])]
    if len(names) < 2:
        return []
    outlines = shapely.envelope(
        [_reproject(footprints[name], grids[name], "EPSG:4326") for name in names]
    )
    sizes = dict(zip(names, shapely.area(outlines).tolist(), strict=True))
    pairs = shapely.STRtree(outlines).query(outlines, predicate="intersects").T.tolist()
    ordered = [(names[first], names[second]) for first, second in sorted(pairs) if first < second]
    all_shared = []
    for first, second in ordered:
        larger, smaller = (second, first) if sizes[second] > sizes[first] else (first, second)
        shared = _compare(footprints[larger], footprints[smaller], grids[larger], grids[smaller])
        all_shared += [] if shared is None else [SharedGround(first, second, *shared)]
    return all_shared


def _compare(larger: Any, smaller: Any, grid: Grid, other: Grid) -> tuple[float, float] | None:
    """Common ground in square metres, and its share of both; None without any.

    `grid` is that of the larger.
    """
    moved = _reproject(smaller, other, crs_of(grid).to_wkt())
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        return None  # it has no place there, so it shares none
    # across the seam of a map, an outline may cross itself
    first, second = shapely.make_valid([larger, moved])
    shared = shapely.intersection(first, second)
    scale = float(shapely.area(moved) / shapely.area(smaller)) ** 0.5
    pixel = min(abs(grid.resolution.x), abs(other.resolution.x) * scale)
    if shapely.is_empty(shapely.buffer(shared, -0.5 * pixel)):
        return None
    share = shapely.area(shared) / shapely.area(shapely.union(first, second))
    return _ground_area(shared, grid), float(share)


def _reproject(shape: Any, grid: Grid, crs: str) -> Any:
    source, target = pyproj.CRS(crs_of(grid).proj), pyproj.CRS.from_user_input(crs)
    if source == target:
        return shape
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    longest = (
        max(grid.height * abs(grid.resolution.y), grid.width * abs(grid.resolution.x))
        / POINTS_PER_EDGE
    )
    return shapely.transform(
        shapely.segmentize(shape, longest), lambda xy: np.column_stack(transformer.transform(*xy.T))
    )


def _ground_area(shape: Any, grid: Grid) -> float:
    geod = pyproj.CRS(crs_of(grid).proj).get_geod() or pyproj.Geod(ellps="WGS84")
    area, _ = geod.geometry_area_perimeter(_reproject(shape, grid, "EPSG:4326"))
    return abs(float(area))
