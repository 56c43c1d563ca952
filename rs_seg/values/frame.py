"""Scenes laid out on one grid of pixels, whatever lies between them."""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.values.grid import Grid
from rs_seg.values.window import Window


@dataclass(frozen=True)
class Placement:
    """A scene of a frame: its number, and the pixels of the frame that it fills.

    The window has another size than the scene where the pixels of the scene are larger than those
    of the frame.
    """

    scene: int
    window: Window


@dataclass(frozen=True)
class Frame:
    """The smallest grid that holds its scenes, in their order."""

    grid: Grid
    placements: tuple[Placement, ...]
