"""Which windows an epoch sees and which ones judge it, planned before any pixel is read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rs_seg.algorithms.splitting.areas import draw_windows, tile_windows, window_positions
from rs_seg.errors import UserError
from rs_seg.values import Window

Areas = Sequence[Sequence[Window]]
"""The rectangles of one role, for each scene."""
Planned = tuple[int, Window]
"""The number of a scene and a window in it."""


def plan_epoch(areas: Areas, *, size: int, count: int, seed: int, epoch: int) -> list[Planned]:
    """`count` pairs of scene index and random window, in random order.

    Scenes are drawn by their area. Depends on the arguments alone, so epoch k is the same whatever
    happened before it. Scenes in which no window fits are left out.

    Raises:
        UserError: no window fits into any scene.
    """
    generator = np.random.default_rng((seed, epoch))
    usable = [bool(window_positions(rectangles, size=size)) for rectangles in areas]
    pixels = np.array(
        [_area(rectangles) * use for rectangles, use in zip(areas, usable, strict=True)],
        dtype=float,
    )
    if not pixels.any():
        raise UserError(
            "no training window fits into the training areas",
            found=f"{int(sum(_area(rectangles) for rectangles in areas))} pixels of training area",
            expected=f"room for windows of {size} x {size} pixels",
            remedy="make train.window smaller or split.block_size larger",
        )
    scenes = generator.choice(len(areas), size=count, p=pixels / pixels.sum())
    drawn = {
        int(scene): iter(
            draw_windows(
                areas[scene], size=size, count=int((scenes == scene).sum()), generator=generator
            )
        )
        for scene in np.unique(scenes)
    }
    return [(int(scene), next(drawn[int(scene)])) for scene in scenes]


def plan_validation(
    areas: Areas, *, size: int, margin: int = 0
) -> list[tuple[int, Window, Window]]:
    """Scene index, window of `size` pixels to read and the part of it that counts.

    The parts hold each pixel once. They are at least `margin` pixels inside of the window.

    Raises:
        UserError: there is no validation area.
    """
    tiles = plan_pixels(areas, size=size - 2 * margin)
    planned = [(scene, _grow(tile, size), tile) for scene, tile in tiles]
    if not planned:
        raise UserError(
            "there is no validation area to choose the best epoch by",
            expected="validation blocks in at least one scene",
            remedy="raise split.validation or make split.block_size smaller",
        )
    return planned


def plan_pixels(areas: Areas, *, size: int) -> list[tuple[int, Window]]:
    """Scene index and window of pieces with each pixel of the areas once, to draw pixels from."""
    return [
        (scene, tile)
        for scene, rectangles in enumerate(areas)
        if rectangles
        for tile in tile_windows(rectangles, size=size)
    ]


def _grow(tile: Window, size: int) -> Window:
    return Window(
        tile.row - (size - tile.height) // 2, tile.column - (size - tile.width) // 2, size, size
    )


def _area(rectangles: Sequence[Window]) -> int:
    return sum(rectangle.height * rectangle.width for rectangle in rectangles)
