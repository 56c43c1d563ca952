"""Scenes whose grids fit, as one raster: where each lies in it."""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.values.grid import Grid
from rs_seg.values.window import Window


@dataclass(frozen=True)
class Member:
    """A scene of a mosaic: its number in the run, and the pixels of the mosaic that it covers."""

    scene: int
    window: Window


@dataclass(frozen=True)
class Mosaic:
    """A raster made of scenes, whose grid spans them.

    No row or column of its border is without a scene.

    `members` stand in the order of the scenes of the run: where several have data, the first gives
    it.
    """

    grid: Grid
    members: tuple[Member, ...]
