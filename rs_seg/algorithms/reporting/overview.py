"""All scenes of a batch in one picture: where they lie, what became of them, what was mapped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from affine import Affine
from numpy.typing import NDArray

from rs_seg.values.grid import Grid, crs_of

BREADTH = 1000
"""Longer side of a drawing, in its own units."""
DETAIL = 0.25
"""How far the outlines drawn may depart from the true ones, in units of the drawing."""
MARGIN = 0.01


@dataclass(frozen=True)
class Canvas:
    """A picture of `height` rows and `width` columns of the ground.

    `to_world` leads from columns and rows to coordinates of the CRS.
    """

    height: int
    width: int
    to_world: Affine
    crs: str


def plan_canvas(outlines: Sequence[Any], crs: str, *, size: int) -> Canvas:
    """A canvas that holds all outlines, with a longer side of `size` pixels."""
    left, bottom, right, top = shapely.total_bounds(list(outlines))
    pixel = max(right - left, top - bottom) * (1 + 2 * MARGIN) / size
    width, height = (
        max(1, min(size, round(side * (1 + 2 * MARGIN) / pixel)))
        for side in (right - left, top - bottom)
    )
    corner = (left + right - width * pixel) / 2, (bottom + top + height * pixel) / 2
    return Canvas(height, width, Affine.translation(*corner) * Affine.scale(pixel, -pixel), crs)


def draw_outlines(groups: Mapping[str, Sequence[Any]], canvas: Canvas) -> str:
    """An SVG of outlines in the CRS of the canvas.

    Those of each group are a path of a class of its name.
    """
    paths = [
        f'<path class="{name}" d="{"".join(map(_path, _onto(outlines, canvas)))}"/>'
        for name, outlines in groups.items()
        if outlines
    ]
    return (
        f'<svg class="overview" viewBox="0 0 {canvas.width} {canvas.height}" role="img">'
        f"{''.join(paths)}</svg>"
    )


def paint_samples(
    samples: Iterable[tuple[Grid, NDArray[np.int64], int]], canvas: Canvas
) -> NDArray[np.int64]:
    """Class indices (H, W) on the canvas, -1 for none.

    Where scenes overlap, the first that has a class counts. Each scene is its grid, indices of
    every `step`-th row and column, and `step`.
    """
    painted = np.full((canvas.height, canvas.width), -1, dtype=np.int64)
    for grid, indices, step in samples:
        _paint(painted, canvas, grid, indices, step)
    return painted


def _paint(
    painted: NDArray[np.int64], canvas: Canvas, grid: Grid, indices: NDArray[np.int64], step: int
) -> None:
    border = shapely.get_coordinates(
        shapely.box(0, 0, grid.width, grid.height).segmentize(max(grid.shape) / 8)
    )
    reached = _apply(~canvas.to_world, _move(_apply(grid.affine, border), grid, canvas, back=False))
    left, right = _clip(reached[:, 0], canvas.width)
    top, bottom = _clip(reached[:, 1], canvas.height)
    places = np.stack(
        np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5), axis=-1
    )
    world = _move(_apply(canvas.to_world, places.reshape(-1, 2)), grid, canvas, back=True)
    pixels = np.floor(_apply(~grid.affine, world)).reshape(places.shape)
    inside = ((pixels >= 0) & (pixels < (grid.width, grid.height))).all(axis=-1)
    part = painted[top:bottom, left:right]
    free = inside & (part < 0)
    columns, rows = (pixels[free].astype(np.int64) // step).T
    part[free] = indices[rows, columns]


def _apply(affine: Affine, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (N, 2) that the transform leads to."""
    a, b, c, d, e, f = tuple(affine)[:6]
    x, y = points.T
    return np.column_stack([a * x + b * y + c, d * x + e * y + f])


def _move(
    points: NDArray[np.float64], grid: Grid, canvas: Canvas, *, back: bool
) -> NDArray[np.float64]:
    """Points (N, 2) in the CRS of a scene in that of the canvas, or back."""
    transformer = _transformer(crs_of(grid).to_wkt(), canvas.crs)
    if transformer is None:
        return points
    x, y = points.T
    return np.column_stack(transformer.transform(x, y, direction="INVERSE" if back else "FORWARD"))


@lru_cache(maxsize=128)
def _transformer(own: str, other: str) -> pyproj.Transformer | None:
    """What leads from one CRS (WKT) to another; None where they are the same."""
    source, target = pyproj.CRS(own), pyproj.CRS(other)
    return None if source == target else pyproj.Transformer.from_crs(source, target, always_xy=True)


def _clip(places: NDArray[np.float64], size: int) -> tuple[int, int]:
    return max(0, int(np.floor(places.min()))), min(size, int(np.ceil(places.max())))


def _onto(outlines: Sequence[Any], canvas: Canvas) -> Sequence[Any]:
    """Outlines in columns and rows of the canvas, with as many points as can be seen."""
    inverse = ~canvas.to_world
    moved = shapely.transform(
        np.array(outlines, dtype=object), lambda points: _apply(inverse, points)
    )
    return list(shapely.simplify(moved, DETAIL * max(canvas.height, canvas.width) / BREADTH))


def _path(outline: Any) -> str:
    points = shapely.get_coordinates(shapely.get_exterior_ring(outline))[:-1]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "z"
