"""The plane of a map for a browser, and where each scene lies on it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rasterio.warp import transform_bounds

from rs_seg.values.grid import Grid, crop, crs_of, has_place
from rs_seg.values.pictures import picture_crs
from rs_seg.values.side_by_side import lay_side_by_side
from rs_seg.values.tile_plane import ScenePlace, TilePlane
from rs_seg.values.window import Window

WEB_MERCATOR = "EPSG:3857"
WHOLE_WORLD = 256
"""At the least zoom all scenes together have so many pixels, or fewer."""
TOLERANCE = 0.01
"""Parts of a pixel that count as nothing."""
Bounds = tuple[float, float, float, float]


def plan_plane(grids: Mapping[str, Grid]) -> tuple[TilePlane, dict[str, ScenePlace]]:
    """The plane of scenes, and the place of each.

    Scenes that share a projected CRS stay in it, and those with the finest pixels, along the axes,
    keep them as they are. All others are in Web Mercator (EPSG:3857). Pictures without a place lie
    side by side.
    """
    if not all(has_place(grid) for grid in grids.values()):
        return _lay_side_by_side(grids)
    crs = _choose_crs(grids)
    bounds = {scene: _bounds(grid, crs) for scene, grid in grids.items()}
    sides = {scene: _pixel_side(grid, crs) for scene, grid in grids.items()}
    first = min(sides, key=lambda scene: sides[scene])
    pixel = sides[first]
    least = [min(box[axis] for box in bounds.values()) for axis in (0, 1)]
    greatest = [max(box[axis] for box in bounds.values()) for axis in (2, 3)]
    left, top = bounds[first][0], bounds[first][3]
    left -= math.ceil((left - least[0]) / pixel - TOLERANCE) * pixel
    top += math.ceil((greatest[1] - top) / pixel - TOLERANCE) * pixel
    extent = max(greatest[0] - left, top - least[1]) / pixel
    finest = max(0, math.ceil(math.log2(extent / WHOLE_WORLD)))
    plane = TilePlane(crs, left, top, pixel, finest)
    return plane, {scene: _place(plane, bounds[scene], sides[scene]) for scene in grids}


def _lay_side_by_side(grids: Mapping[str, Grid]) -> tuple[TilePlane, dict[str, ScenePlace]]:
    """Pictures on a plane of their own, see `lay_side_by_side`."""
    windows = lay_side_by_side(
        {scene: (int(grid.height), int(grid.width)) for scene, grid in grids.items()}
    )
    extent = max(max(window.row_end, window.column_end) for window in windows.values())
    finest = max(0, math.ceil(math.log2(extent / WHOLE_WORLD)))
    plane = TilePlane(picture_crs("all pictures"), 0.0, 0.0, 1.0, finest)
    return plane, {
        scene: ScenePlace(finest, own, (float(own.column), -float(own.row)))
        for scene, own in windows.items()
    }


def _choose_crs(grids: Mapping[str, Grid]) -> str:
    systems = [crs_of(grid) for grid in grids.values()]
    shared = all(crs == systems[0] for crs in systems)
    return str(systems[0].to_wkt() if shared and systems[0].projected else WEB_MERCATOR)


def _bounds(grid: Grid, crs: str) -> Bounds:
    """Least x and y, greatest x and y of a scene on the plane."""
    box = grid.extent.boundingbox
    own = (box.left, box.bottom, box.right, box.top)
    if crs_of(grid) == crs:
        return own
    west, south, east, north = transform_bounds(crs_of(grid).to_wkt(), crs, *own)
    return west, south, east, north


def _pixel_side(grid: Grid, crs: str) -> float:
    """Side of the pixel in the middle of a scene on the plane; the shorter one where two differ."""
    if crs_of(grid) == crs:
        affine = grid.affine
        return min(math.hypot(affine.a, affine.d), math.hypot(affine.b, affine.e))
    middle = crop(grid, Window(grid.height // 2, grid.width // 2, 1, 1))
    return math.sqrt(abs(middle.extent.to_crs(crs).geom.area))


def _place(plane: TilePlane, bounds: Bounds, side: float) -> ScenePlace:
    coarser = math.floor(math.log2(side / plane.pixel) + 1e-6)
    zoom = max(0, plane.finest - coarser)
    pixel = plane.pixel_at(zoom)
    column = math.floor((bounds[0] - plane.left) / pixel + TOLERANCE)
    row = math.floor((plane.top - bounds[3]) / pixel + TOLERANCE)
    column_end = math.ceil((bounds[2] - plane.left) / pixel - TOLERANCE)
    row_end = math.ceil((plane.top - bounds[1]) / pixel - TOLERANCE)
    window = Window(row, column, max(1, row_end - row), max(1, column_end - column))
    return ScenePlace(zoom, window)
