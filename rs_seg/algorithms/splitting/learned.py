"""Ground that a model learnt from, found again on the grid of another scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from odc.geo.geom import BoundingBox, Geometry
from rasterio.features import rasterize

from rs_seg.algorithms.splitting.footprints import footprint, window_polygons
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crs_of, has_place

Use = Literal["train", "validation"]
UNSEEN, VALIDATION, TRAIN = 0, 1, 2
CODES: dict[Use, int] = {"validation": VALIDATION, "train": TRAIN}
"""What pixels are marked with, the stronger one last."""
SEGMENT = 256
"""Pixels between the points of an edge that is brought into another CRS: straight lines become
curves there."""
ALIGNED = 1e-3
"""Pixels by which two grids may differ whose pixels are taken to be the same."""
TOUCH = 0.01
"""Part of a pixel that a pixel has to share with the ground of another grid, so that neighbours do
not count."""


@dataclass(frozen=True)
class Learned:
    """The areas of a scene that a model was trained and chosen on, as windows of its grid."""

    grid: Grid
    areas: Mapping[Use, Sequence[Window]]

    @cached_property
    def bounds(self) -> BoundingBox:
        """Least and greatest coordinates of the grid in its CRS."""
        return self.grid.extent.boundingbox


@dataclass(frozen=True)
class Placed:
    """Learnt ground on the grid of a scene: windows for equal pixels, else polygons in pixels."""

    windows: Mapping[Use, Sequence[Window]]
    polygons: Mapping[Use, Sequence[Any]]

    def mark(self, window: Window) -> NDArray[np.uint8]:
        """UNSEEN, VALIDATION or TRAIN for each pixel of the window (H, W).

        Both uses count as TRAIN.
        """
        marks = np.full((window.height, window.width), UNSEEN, dtype=np.uint8)
        for use, code in CODES.items():
            for part in filter(None, (own.intersect(window) for own in self.windows[use])):
                marks[part.relative_to(window).slices] = code
            near = [
                shape for shape in self.polygons[use] if shapely.intersects(shape, _box(window))
            ]
            if near:
                rasterize(
                    near,
                    out=marks,
                    transform=Affine.translation(window.column, window.row),
                    default_value=code,
                    all_touched=True,
                )
        return marks


def place_ground(learned: Sequence[Learned], grid: Grid) -> Placed:
    """The ground that lies on a grid, wherever and in whatever CRS it was learnt.

    On a grid with the same pixels it is exactly the learnt pixels; on another one all pixels that
    share more than a hundredth of a pixel's width with it.
    """
    outlines: dict[str, BoundingBox] = {}
    windows: dict[Use, list[Window]] = {use: [] for use in CODES}
    polygons: dict[Use, list[Any]] = {use: [] for use in CODES}
    for own in learned:
        if own.grid.crs != grid.crs and not (has_place(own.grid) and has_place(grid)):
            continue  # of another picture without a place
        crs = str(own.grid.crs)
        outlines[crs] = outlines.get(crs) or _bounds_in(grid, own.grid)
        if _apart(outlines[crs], own.bounds):
            continue
        shift = _shift(own.grid, grid)
        for use, areas in own.areas.items():
            if shift is not None:
                windows[use] += [_move(area, *shift) for area in areas]
            elif areas:
                polygons[use] += _bring(own.grid, areas, grid)
    return Placed(windows, polygons)


def _bounds_in(grid: Grid, other: Grid) -> BoundingBox:
    """Least and greatest coordinates of a grid in the CRS of another one.

    No limits where it has no place there.
    """
    bounds = _transform(grid.extent.geom, grid, other).boundingbox
    return (
        bounds
        if np.isfinite(bounds.bbox).all()
        else BoundingBox(-np.inf, -np.inf, np.inf, np.inf, other.crs)
    )


def _apart(first: BoundingBox, second: BoundingBox) -> bool:
    beside = first.right < second.left or second.right < first.left
    return bool(beside or first.top < second.bottom or second.top < first.bottom)


def _shift(own: Grid, grid: Grid) -> tuple[int, int] | None:
    """Rows and columns from the pixels of `own` to the same ones of `grid`, or None.

    None means that no pixels are the same.
    """
    if own.crs != grid.crs:
        return None
    change = ~grid.affine * own.affine
    rows, columns = round(change.f), round(change.c)
    corners = [(x, y) for x in (0, own.width) for y in (0, own.height)]
    moved = np.array([change * corner for corner in corners]) - corners - (columns, rows)
    return (rows, columns) if np.abs(moved).max() <= ALIGNED else None


def _move(area: Window, rows: int, columns: int) -> Window:
    return Window(area.row + rows, area.column + columns, area.height, area.width)


def _box(window: Window) -> Any:
    return shapely.box(window.column, window.row, window.column_end, window.row_end)


def _bring(own: Grid, areas: Sequence[Window], grid: Grid) -> list[Any]:
    """Polygons of the areas in columns and rows of `grid`.

    Areas without a place in its CRS are left out. They are made a little narrower, or neighbours
    that only touch would count: by a hundredth of a pixel of either grid, the smaller one, so that
    no ground is lost however large the pixels are.
    """
    areas_in_pixels = _to_pixels(footprint(own, areas), own, grid)
    sizes = shapely.area(_to_pixels(window_polygons(own, [_first_pixel(areas)])[0], own, grid))
    side = min([1.0, *np.sqrt(sizes)])
    narrower = shapely.buffer(areas_in_pixels, -TOUCH * side)
    return [part for part in narrower if not part.is_empty]


def _first_pixel(areas: Sequence[Window]) -> Window:
    return Window(areas[0].row, areas[0].column, 1, 1)


def _to_pixels(shape: Any, own: Grid, grid: Grid) -> list[Any]:
    """The parts of a shape of the CRS of `own` in columns and rows of `grid`."""
    parts = shapely.get_parts(_transform(shape, own, grid).geom)
    places = [part for part in parts if np.isfinite(shapely.get_coordinates(part)).all()]
    if crs_of(grid).geographic and own.crs != grid.crs:
        places = _unwrap(places, grid)
    return list(shapely.transform(places, lambda xy: np.column_stack((~grid.affine) * tuple(xy.T))))


def _unwrap(parts: Sequence[Any], grid: Grid) -> list[Any]:
    """Parts with longitudes that continue across 180 degrees where the grid's do.

    Parts on the far side are left out.
    """
    bounds = grid.extent.boundingbox
    west = (bounds.left + bounds.right) / 2 - 180
    turned = [
        shapely.transform(
            part, lambda xy: np.column_stack((west + (xy[:, 0] - west) % 360, xy[:, 1]))
        )
        for part in parts
    ]
    return [part for part in turned if part.bounds[2] - part.bounds[0] < 180]


def _transform(shape: Any, own: Grid, other: Grid) -> Geometry:
    """A shape of the CRS of one grid in the CRS of another, with points between its corners."""
    edge = SEGMENT * max(abs(own.resolution.x), abs(own.resolution.y))
    return Geometry(shape, own.crs).to_crs(crs_of(other), resolution=edge)
