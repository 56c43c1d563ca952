"""How much of an object a scene shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from rs_seg.values import Window, partition
from rs_seg.values.grid import Grid

WINDOW = 1024
Valid = Callable[[Window], NDArray[np.bool_]]


def shown_shares(shapes: NDArray[Any], grid: Grid, read_valid: Valid) -> NDArray[np.float64]:
    """Share (N,) of the area of shapes, in pixels of the grid, that lies on valid pixels.

    Exact along the edges of the scene, to a pixel along those of valid ground; 0 for empty shapes.
    """
    areas = shapely.area(shapes)
    shown = _inside(shapes, areas, grid) - _count_invalid(shapes, grid, read_valid)
    shares: NDArray[np.float64] = np.divide(
        np.maximum(shown, 0), areas, out=np.zeros(len(areas)), where=areas > 0
    )
    return shares


def _inside(shapes: NDArray[Any], areas: NDArray[np.float64], grid: Grid) -> NDArray[np.float64]:
    """Pixels (N,) of shapes in the rectangle of the grid."""
    left, top, right, bottom = shapely.bounds(shapes).reshape(-1, 4).T
    # NaN of empty shapes lies outside
    wholly = (left >= 0) & (top >= 0) & (right <= grid.width) & (bottom <= grid.height)
    crossing = np.flatnonzero(~wholly)
    inside = areas.copy()
    rectangle = shapely.box(0, 0, grid.width, grid.height)
    inside[crossing] = shapely.area(shapely.intersection(shapes[crossing], rectangle))
    return inside


def _count_invalid(shapes: NDArray[Any], grid: Grid, read_valid: Valid) -> NDArray[np.float64]:
    """Invalid pixels (N,) of the grid whose centres lie in shapes."""
    counts = np.zeros(len(shapes))
    tree = shapely.STRtree(shapes)
    for window in partition(grid.height, grid.width, size=WINDOW):
        box = shapely.box(window.column, window.row, window.column_end, window.row_end)
        places = tree.query(box)
        if not len(places):
            continue
        invalid = ~read_valid(window)
        if invalid.any():
            for place in places:
                counts[place] += _count_in(shapes[place], invalid, window)
    return counts


def _count_in(shape: Any, invalid: NDArray[np.bool_], window: Window) -> int:
    """Invalid pixels of a window (H, W) whose centres lie in a shape."""
    left, top, right, bottom = shape.bounds
    first_row, first_column = int(np.floor(top)), int(np.floor(left))
    around = Window(
        first_row,
        first_column,
        int(np.ceil(bottom)) - first_row,
        int(np.ceil(right)) - first_column,
    )
    part = around.intersect(window)
    if part is None:
        return 0
    lost = invalid[part.relative_to(window).slices]
    if not lost.any():
        return 0
    drawn = rasterize(
        [shape],
        out_shape=lost.shape,
        transform=Affine.translation(part.column, part.row),
        dtype="uint8",
    )
    return int(np.count_nonzero(lost & (drawn > 0)))
