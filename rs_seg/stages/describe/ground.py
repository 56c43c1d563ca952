"""The ground that a model learnt from, scene by scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from affine import Affine

from rs_seg.io.model_description import LearnedGround, Rectangles
from rs_seg.values.grid import Grid, crop, ground_pixel_size, has_place
from rs_seg.values.window import Window

M2_PER_HA = 10_000


@dataclass(frozen=True)
class LearnedScene:
    """Areas in hectares on the ground, and the outline around them in longitude and latitude.

    Of pictures without a place areas are in pixels, and there is no outline.
    """

    train_area: float
    validation_area: float
    footprint: dict[str, Any] | None
    """Geometry as GeoJSON."""
    bounds: tuple[float, float, float, float] | None
    """West, south, east, north."""


def describe_scenes(ground: Sequence[LearnedGround] | None) -> list[LearnedScene]:
    """The scenes of a model file; nothing where it does not say."""
    return [_describe(own) for own in ground or ()]


def _describe(own: LearnedGround) -> LearnedScene:
    grid = Grid((own.height, own.width), Affine(*own.transform), own.crs)
    if not has_place(grid):
        return LearnedScene(_count_pixels(own.train), _count_pixels(own.validation), None, None)
    hectares = ground_pixel_size(grid) ** 2 / M2_PER_HA
    around = crop(grid, _window_around((*own.train, *own.validation)))
    extent = around.extent.to_crs("EPSG:4326")
    west, south, east, north = (float(side) for side in extent.boundingbox.bbox)
    return LearnedScene(
        train_area=hectares * _count_pixels(own.train),
        validation_area=hectares * _count_pixels(own.validation),
        footprint=extent.json,
        bounds=(west, south, east, north),
    )


def _count_pixels(rectangles: Rectangles) -> int:
    """Pixels of rectangles, which do not overlap."""
    return sum(height * width for _, _, height, width in rectangles)


def _window_around(rectangles: Rectangles) -> Window:
    """The smallest window that holds all rectangles."""
    row = min(first for first, _, _, _ in rectangles)
    column = min(first for _, first, _, _ in rectangles)
    last_row = max(first + height for first, _, height, _ in rectangles)
    last_column = max(first + width for _, first, _, width in rectangles)
    return Window(row, column, last_row - row, last_column - column)
