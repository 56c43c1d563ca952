"""Polygons as codes on the pixels of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize

from rs_seg.values import Window, partition
from rs_seg.values.grid import Grid, crop

UNLABELLED = -1
NOBODY = -1
"""Instead of the place of a polygon in the list where there is none."""
MOST_LAYERS = 8
"""Times that hidden polygons are painted together, before each is painted alone."""
WINDOW = 1024
MANY_HOLES = 32
"""Holes from which on a polygon is painted with those near the window only."""


@dataclass(frozen=True)
class Unpainted:
    """Places in the list of polygons that label no pixel.

    No pixel centre lies in them, or later polygons cover them.

    Polygons that reach beyond the grid are not among those `without_pixel`: they may hold some
    outside.
    """

    without_pixel: NDArray[np.int64]
    covered: NDArray[np.int64]


class PolygonCodes:
    """Polygons painted on a grid, window by window.

    A pixel has the code of the last polygon that holds its centre.

    `outside` is the code of pixels in no polygon; None: unlabelled. `overlap_pixels` counts, over
    all windows read so far, pixels in polygons of different codes, where `counts_overlap`.
    """

    def __init__(
        self,
        polygons: NDArray[Any],
        codes: Sequence[int],
        grid: Grid,
        *,
        outside: int | None,
        counts_overlap: bool = True,
    ) -> None:
        self._polygons = polygons
        # the last entry is that of NOBODY
        self._codes = np.array([*codes, UNLABELLED if outside is None else outside], dtype=np.int32)
        self._grid = grid
        self._counts_overlap = counts_overlap
        self._tree = shapely.STRtree(polygons)
        self._contested = _find_contested(self._tree, polygons, self._codes[:-1])
        self._boxes = _pixel_boxes(polygons, grid)
        self._holed = _find_holed(polygons)
        self._seen = np.zeros(len(polygons), dtype=bool)
        self._held = np.zeros(len(polygons), dtype=bool)
        self.overlap_pixels = 0

    def read(self, window: Window) -> NDArray[np.int32]:
        """Codes (H, W); -1 where unlabelled."""
        part = crop(self._grid, window)
        places = np.sort(self._tree.query(shapely.box(*part.extent.boundingbox)))
        if not len(places):
            return np.full((window.height, window.width), self._codes[NOBODY], dtype=np.int32)
        painted = self._paint(places, part)
        visible = _members(painted)
        self._seen[visible] = self._held[visible] = True
        self._look_below(places[~self._held[places]], window)
        if self._counts_overlap:
            self.overlap_pixels += self._count_overlap(places[self._contested[places]], part)
        codes: NDArray[np.int32] = self._codes[painted]
        return codes

    def find_unpainted(self) -> Unpainted:
        """Polygons that label nothing, once all windows of the grid were read."""
        left, top, right, bottom = self._boxes.T
        inside = (
            (left >= 0) & (top >= 0) & (right <= self._grid.width) & (bottom <= self._grid.height)
        )
        return Unpainted(
            np.flatnonzero(inside & ~self._held), np.flatnonzero(self._held & ~self._seen)
        )

    def _paint(self, places: NDArray[np.integer], part: Grid) -> NDArray[np.int32]:
        """Places of polygons in the list (H, W), of the last one in each pixel."""
        shapes = self._polygons[places]
        for index, place in enumerate(places.tolist()):
            if place in self._holed:
                shapes[index] = self._holed[place].near(part)
        painted: NDArray[np.int32] = rasterize(
            zip(shapes, places.tolist(), strict=True),
            out_shape=(part.height, part.width),
            transform=part.affine,
            fill=NOBODY,
            dtype="int32",
        )
        return painted

    def _look_below(self, hidden: NDArray[np.integer], window: Window) -> None:
        """Note which of the hidden polygons hold a pixel centre.

        Layers are taken off, as the last polygon lies on top.
        """
        hidden = hidden[self._may_hold(hidden, window)]
        part = crop(self._grid, window)
        for _ in range(MOST_LAYERS):
            if not len(hidden):
                return
            visible = _members(self._paint(hidden, part))
            if not len(visible):
                return
            self._held[visible] = True
            hidden = hidden[~self._held[hidden]]
        for number in hidden:
            piece = _box_window(self._boxes[number], window)
            self._held[number] = bool(
                len(_members(self._paint(np.array([number]), crop(self._grid, piece))))
            )

    def _may_hold(self, hidden: NDArray[np.integer], window: Window) -> NDArray[np.bool_]:
        """Which boxes hold a pixel centre of the window.

        A polygon holds none where its box holds none.
        """
        left, top, right, bottom = self._boxes[hidden].T
        first_column = np.maximum(np.ceil(left - 0.5), window.column)
        first_row = np.maximum(np.ceil(top - 0.5), window.row)
        last_column = np.minimum(np.floor(right - 0.5), window.column_end - 1)
        last_row = np.minimum(np.floor(bottom - 0.5), window.row_end - 1)
        held: NDArray[np.bool_] = (first_column <= last_column) & (first_row <= last_row)
        return held

    def _count_overlap(self, places: NDArray[np.integer], part: Grid) -> int:
        codes = np.unique(self._codes[places])
        if len(codes) < 2:
            return 0
        layers = np.zeros((part.height, part.width), dtype=np.int32)
        for code in codes:
            layers += self._paint(places[self._codes[places] == code], part) != NOBODY
        return int(np.count_nonzero(layers > 1))


class _Holed:
    """A polygon with many holes, such as the roads of a town around its blocks.

    GDAL looks at every corner of a polygon for every row of a window. Holes that do not reach the
    window cross its rows in pairs beside it, and change no pixel in it: they are left out, and all
    other corners stay as they are.
    """

    def __init__(self, polygon: shapely.Polygon | shapely.MultiPolygon) -> None:
        parts = [shapely.get_rings(part) for part in shapely.get_parts(polygon)]
        self._parts = [(rings[0], rings[1:], shapely.bounds(rings[1:])) for rings in parts]

    def near(self, part: Grid) -> shapely.MultiPolygon:
        """The polygon with the holes that may reach the part of the grid."""
        box = part.extent.boundingbox
        pixel = max(abs(part.resolution.x), abs(part.resolution.y))
        polygons = []
        for outline, holes, bounds in self._parts:
            west, south, east, north = bounds.reshape(-1, 4).T
            reach = (east >= box.left - pixel) & (west <= box.right + pixel)
            reach &= (north >= box.bottom - pixel) & (south <= box.top + pixel)
            polygons.append(shapely.polygons(outline, holes=holes[reach]))
        near: shapely.MultiPolygon = shapely.multipolygons(polygons)
        return near


def _find_holed(polygons: NDArray[Any]) -> dict[int, _Holed]:
    """The polygons with many holes, by their place in the list."""
    parts, owners = shapely.get_parts(polygons, return_index=True)
    counts = np.bincount(owners, shapely.get_num_interior_rings(parts), minlength=len(polygons))
    return {int(place): _Holed(polygons[place]) for place in np.flatnonzero(counts >= MANY_HOLES)}


def find_unpainted(polygons: NDArray[Any], codes: Sequence[int], grid: Grid) -> Unpainted:
    """Polygons that label no pixel of the grid, without painting those that certainly do."""
    boxes = _pixel_boxes(polygons, grid)
    tree = shapely.STRtree(polygons)
    doubtful = _find_contested(tree, polygons, np.arange(len(polygons)))
    doubtful |= ~_hold_middle(polygons, boxes, grid)
    chosen = np.flatnonzero(doubtful & ~shapely.is_empty(polygons))
    painted = PolygonCodes(
        polygons[chosen],
        np.asarray(codes)[chosen].tolist(),
        grid,
        outside=None,
        counts_overlap=False,
    )
    for window in partition(grid.height, grid.width, size=WINDOW):
        painted.read(window)
    unpainted = painted.find_unpainted()
    return Unpainted(chosen[unpainted.without_pixel], chosen[unpainted.covered])


def _members(painted: NDArray[np.int32]) -> NDArray[np.int64]:
    """Polygons that are seen in what was painted."""
    # counting is faster than sorting, which np.unique does
    visible: NDArray[np.int64] = np.flatnonzero(np.bincount(painted.ravel() + 1)[1:])
    return visible


def _find_contested(
    tree: shapely.STRtree, polygons: NDArray[Any], codes: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Which polygons may share ground with one of another code, by their boxes."""
    first, second = tree.query(polygons)
    contested = np.zeros(len(polygons), dtype=bool)
    contested[first[codes[first] != codes[second]]] = True
    return contested


def _pixel_boxes(polygons: NDArray[Any], grid: Grid) -> NDArray[np.float64]:
    """Least column and row, greatest column and row (N, 4) of polygons; NaN of empty ones."""
    left, bottom, right, top = shapely.bounds(polygons).reshape(-1, 4).T
    inverse: Any = ~grid.affine
    corners = [
        inverse * corner for corner in ((left, bottom), (left, top), (right, bottom), (right, top))
    ]
    columns, rows = np.array([x for x, _ in corners]), np.array([y for _, y in corners])
    return np.column_stack(
        [columns.min(axis=0), rows.min(axis=0), columns.max(axis=0), rows.max(axis=0)]
    )


def _hold_middle(
    polygons: NDArray[Any], boxes: NDArray[np.float64], grid: Grid
) -> NDArray[np.bool_]:
    """Which polygons hold the pixel centre nearest to the middle of their box.

    Only centres inside the grid count.
    """
    columns = np.floor((boxes[:, 0] + boxes[:, 2]) / 2)
    rows = np.floor((boxes[:, 1] + boxes[:, 3]) / 2)
    transform: Any = grid.affine
    x, y = transform * (columns + 0.5, rows + 0.5)
    inside = (columns >= 0) & (columns < grid.width) & (rows >= 0) & (rows < grid.height)
    held: NDArray[np.bool_] = inside & shapely.contains_xy(polygons, x, y)
    return held


def _box_window(box: NDArray[np.float64], window: Window) -> Window:
    """The pixels of a window whose centres may lie in a box (columns and rows)."""
    left, top = (
        max(int(np.ceil(box[0] - 0.5)), window.column),
        max(int(np.ceil(box[1] - 0.5)), window.row),
    )
    right = min(int(np.floor(box[2] - 0.5)) + 1, window.column_end)
    bottom = min(int(np.floor(box[3] - 0.5)) + 1, window.row_end)
    return Window(top, left, bottom - top, right - left)
