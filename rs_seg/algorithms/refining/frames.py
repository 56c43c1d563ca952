"""Grids that hold many scenes.

One for all scenes that share a CRS and the directions of their rows and columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from affine import Affine

from rs_seg.values.frame import Frame, Placement
from rs_seg.values.grid import Grid, crop, crs_of
from rs_seg.values.window import Window

TURNED = 0.01
"""Pixels that a scene may depart from the directions of a frame, over its whole length."""
SAME_SIZE = 1e-6
"""Relative difference of sizes of pixels that are taken for the same."""


def plan_frames(grids: Sequence[Grid]) -> list[Frame]:
    """One frame for the scenes of each CRS, in the order of their first scenes.

    Every scene is in one.

    Pixels of a frame are as high and as wide as the smallest of its scenes, on the lattice of the
    first scene that has them. A scene whose pixels are as large lies on whole pixels and keeps its
    size; where it is off the lattice it is moved by half a pixel at most. Larger pixels fill
    several pixels of the frame. Scenes that are turned or mirrored against one another have frames
    of their own although they share a CRS.
    """
    groups: list[list[int]] = []
    for scene, grid in enumerate(grids):
        group = next((members for members in groups if _fit(grids[members[0]], grid)), None)
        if group is None:
            groups.append(group := [])
        group.append(scene)
    return [_lay_out(grids, group) for group in groups]


def _fit(first: Grid, grid: Grid) -> bool:
    """Whether the rows and columns of two grids run in the same directions of one CRS."""
    if crs_of(first) != crs_of(grid):
        return False
    change = ~first.affine * grid.affine
    off = max(abs(change.b) * grid.height, abs(change.d) * grid.width)
    return bool(change.a > 0 and change.e > 0 and off <= TURNED)


def _lay_out(grids: Sequence[Grid], group: Sequence[int]) -> Frame:
    first = grids[group[0]]
    changes = [~first.affine * grids[scene].affine for scene in group]
    width, height = min(change.a for change in changes), min(change.e for change in changes)
    fine = [
        index
        for index, change in enumerate(changes)
        if change.a <= width * (1 + SAME_SIZE) and change.e <= height * (1 + SAME_SIZE)
    ]
    start = grids[group[fine[0]]].affine if fine else first.affine * Affine.scale(width, height)
    windows = [_place(grids[scene], start) for scene in group]
    span = _span(windows)
    placements = tuple(
        Placement(
            scene, Window(own.row - span.row, own.column - span.column, own.height, own.width)
        )
        for scene, own in zip(group, windows, strict=True)
    )
    return Frame(crop(Grid((1, 1), start, first.crs), span), placements)


def _place(grid: Grid, lattice: Affine) -> Window:
    """The whole pixels of a lattice that are nearest to a scene."""
    change = ~lattice * grid.affine
    row, height = _round_side(change.f, change.e, grid.height)
    column, width = _round_side(change.c, change.a, grid.width)
    return Window(row, column, height, width)


def _round_side(start: float, step: float, count: int) -> tuple[int, int]:
    """First pixel and number of pixels; pixels of the same size keep their number."""
    first = round(start)
    return first, count if abs(step - 1) * count < 0.5 else max(
        1, round(start + step * count) - first
    )


def _span(windows: Sequence[Window]) -> Window:
    row, column = min(window.row for window in windows), min(window.column for window in windows)
    height = max(window.row + window.height for window in windows) - row
    width = max(window.column + window.width for window in windows) - column
    return Window(row, column, height, width)
