"""Objects drawn over imagery: outlines by what they are, and chips of the worst errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from rs_seg.algorithms.reporting.pictures import Picture
from rs_seg.values import Window

CROP = 512
"""Height and width of the part of a scene that is drawn: objects of more could not be seen."""
CHIP = 144
"""Height and width of a chip, in pixels of the page."""
AROUND = 2.2
"""Side of the ground in a chip, in sides of its object."""
LEAST_GROUND = 24
"""Least side of the ground in a chip, in pixels of the scene."""
DETAIL = 0.2
"""How far outlines may depart from the true ones, in pixels of the scene."""
COLORS = {"false": (230, 159, 0), "missed": (58, 160, 240)}
"""Of boxes on chips, as in the page's style; on dark imagery too."""


def choose_window(points: NDArray[np.float64], *, height: int, width: int) -> Window:
    """The part of a scene that is drawn: all of it, or that with most of the points (N, 2).

    Points are columns and rows. Of equal parts the first is taken.
    """
    if max(height, width) <= CROP:
        return Window(0, 0, height, width)
    rows, columns = -(-height // CROP), -(-width // CROP)
    places = np.clip(points[:, ::-1] // CROP, 0, (rows - 1, columns - 1)).astype(np.int64)
    counts = np.bincount(places[:, 0] * columns + places[:, 1], minlength=rows * columns)
    row, column = divmod(int(counts.argmax()), columns)
    # parts at the far edges are moved inwards, so that all have one size
    top = min(row * CROP, max(0, height - CROP))
    left = min(column * CROP, max(0, width - CROP))
    return Window(top, left, min(CROP, height), min(CROP, width))


def draw_objects(groups: Mapping[str, NDArray[Any]], window: Window) -> str:
    """An SVG of outlines in pixels of the scene; those of each group are a path of its class."""
    corners = (window.column, window.row, window.column_end, window.row_end)
    paths = []
    for name, shapes in groups.items():
        near = shapes[shapely.intersects(shapes, shapely.box(*corners))] if len(shapes) else shapes
        drawn = "".join(_path(shape) for shape in shapely.simplify(near, DETAIL))
        paths += [f'<path class="{name}" d="{drawn}"/>'] if drawn else []
    box = f"{window.column} {window.row} {window.width} {window.height}"
    return f'<svg class="objects" viewBox="{box}" aria-hidden="true">{"".join(paths)}</svg>'


def _path(shape: Any) -> str:
    """The exterior rings of a polygon or of several."""
    rings = [
        shapely.get_coordinates(shapely.get_exterior_ring(part))[:-1]
        for part in shapely.get_parts(shape)
        if shapely.get_type_id(part) == shapely.GeometryType.POLYGON
    ]
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "z" for ring in rings if len(ring)
    )


def plan_chip(box: tuple[float, float, float, float], *, height: int, width: int) -> Window:
    """The ground around a box that a chip shows: a square, moved into the scene."""
    left, top, right, bottom = box
    side = max(LEAST_GROUND, round(AROUND * max(right - left, bottom - top)))
    side = min(side, height, width)
    row = min(max(round((top + bottom - side) / 2), 0), height - side)
    column = min(max(round((left + right - side) / 2), 0), width - side)
    return Window(row, column, side, side)


def draw_chip(
    picture: Picture, box: tuple[float, float, float, float], window: Window, error: str
) -> Picture:
    """The imagery of a window (H, W, 4), enlarged or shrunk, with the box of an error on it."""
    shown = Image.fromarray(picture).resize((CHIP, CHIP), Image.Resampling.BICUBIC)
    left, top, right, bottom = (
        (side - start) * CHIP / window.width
        for side, start in zip(box, (window.column, window.row) * 2, strict=True)
    )
    corners = (left, top, max(left, right), max(top, bottom))
    draw = ImageDraw.Draw(shown)
    around = (corners[0] - 1, corners[1] - 1, corners[2] + 1, corners[3] + 1)
    draw.rectangle(around, outline=(20, 20, 20, 255), width=4)
    draw.rectangle(corners, outline=(*COLORS[error], 255), width=2)
    return np.asarray(shown)
