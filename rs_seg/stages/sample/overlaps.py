"""The part of sample that finds ground which an earlier scene shows too."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from rs_seg.algorithms.sampling.spheres import NODES, enclose
from rs_seg.stages.sample.strata import OpenScenes
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crs_of, to_pixels, to_world

Floats = NDArray[np.float64]
LARGEST = 4_000_000
"""Pixels of an earlier scene that are read at once."""
TURNED = 1e-6
"""Pixels over a whole grid from which on two grids are turned against each other."""
ROOM = 0.05
"""Share of a window's height and width by which it may reach further in another CRS than the points
that are tried along its sides."""


class Overlaps:
    """Which pixels of a scene have their centre in a pixel of an earlier scene that counts."""

    def __init__(self, grids: list[Grid], scenes: OpenScenes) -> None:
        self._grids, self._scenes = grids, scenes
        spheres = enclose(grids)
        self._earlier = [spheres.meeting(number) for number in range(len(grids))]

    def find(self, scene: int, window: Window) -> NDArray[np.bool_] | None:
        """True (H, W) where an earlier scene shows the ground; None where none is near."""
        hidden: NDArray[np.bool_] | None = None
        for number in self._earlier[scene]:
            shown = self._shown(scene, number, window)
            if shown is not None:
                hidden = shown if hidden is None else hidden | shown
        return hidden

    def _shown(self, scene: int, earlier: int, window: Window) -> NDArray[np.bool_] | None:
        place = _placing(self._grids[scene], self._grids[earlier])
        needed = _needed(place, window, self._grids[earlier])
        if needed is None:
            return None
        if needed.height * needed.width > LARGEST and max(window.height, window.width) > 1:
            return self._shown_by_halves(scene, earlier, window)
        rows, columns = place(*_centres(window))
        row, row_inside = _indices(rows, needed.row, needed.height)
        column, column_inside = _indices(columns, needed.column, needed.width)
        members = self._scenes[earlier].read_members(needed)
        shown: NDArray[np.bool_] = members[row, column] & row_inside & column_inside
        return shown

    def _shown_by_halves(
        self, scene: int, earlier: int, window: Window
    ) -> NDArray[np.bool_] | None:
        row, column, height, width = window.row, window.column, window.height, window.width
        if height >= width:
            half = height // 2
            parts = (
                Window(row, column, half, width),
                Window(row + half, column, height - half, width),
            )
        else:
            half = width // 2
            parts = (
                Window(row, column, height, half),
                Window(row, column + half, height, width - half),
            )
        shown = np.zeros((height, width), dtype=bool)
        for part in parts:
            own = self._shown(scene, earlier, part)
            if own is not None:
                shown[part.relative_to(window).slices] = own
        return shown


Place = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Rows and columns in one grid to those in another."""


def _placing(own: Grid, other: Grid) -> Place:
    if crs_of(own) == crs_of(other):
        return _placing_in_one_crs(own, other)
    move = _transformer(crs_of(own).to_wkt(), crs_of(other).to_wkt())

    def place(rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
        x, y = np.broadcast_arrays(*to_world(own, rows, columns))
        return to_pixels(other, *move.transform(x, y))

    return place


def _placing_in_one_crs(own: Grid, other: Grid) -> Place:
    """Where both grids have the same axes, rows depend on rows alone: arrays stay small."""
    a, b, c, d, e, f = tuple(~other.affine * own.affine)[:6]
    turned = max(abs(b) * own.height, abs(d) * own.width) > TURNED

    def place(rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
        if turned:
            return d * columns + e * rows + f, a * columns + b * rows + c
        return e * rows + f, a * columns + c

    return place


@lru_cache(maxsize=64)
def _transformer(own: str, other: str) -> Transformer:
    return Transformer.from_crs(own, other, always_xy=True)


def _needed(place: Place, window: Window, other: Grid) -> Window | None:
    """The pixels of the other grid among which those of a window lie; None where there are none."""
    nodes = np.meshgrid(
        np.linspace(window.row, window.row_end, NODES),
        np.linspace(window.column, window.column_end, NODES),
        indexing="ij",
    )
    rows, columns = place(nodes[0].ravel(), nodes[1].ravel())
    finite = np.isfinite(rows) & np.isfinite(columns)
    if not finite.any():
        return None
    top, height = _span(rows[finite])
    left, width = _span(columns[finite])
    return Window(top, left, height, width).clip(other.height, other.width)


def _span(values: Floats) -> tuple[int, int]:
    room = 1 + ROOM * float(np.ptp(values))
    first, last = math.floor(values.min() - room), math.ceil(values.max() + room)
    return first, last - first


def _centres(window: Window) -> tuple[Floats, Floats]:
    """Rows (H, 1) and columns (1, W) of the centres of pixels."""
    rows = np.arange(window.row, window.row_end, dtype=np.float64)[:, None] + 0.5
    columns = np.arange(window.column, window.column_end, dtype=np.float64)[None] + 0.5
    return rows, columns


def _indices(places: Floats, first: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which pixel from the first one on each place lies in, and whether there is one; else 0."""
    with np.errstate(invalid="ignore"):
        # the nearest whole number below, with room for the rounding of places
        steps = np.floor(places + 1e-6) - first
        inside = np.isfinite(steps) & (steps >= 0) & (steps < count)
    return np.where(inside, steps, 0).astype(np.int64), inside
