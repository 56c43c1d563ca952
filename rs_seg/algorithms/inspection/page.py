"""A page whose pictures are placed in inches."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure

FAINT, GROUND = "#7b838a", "#f3f4f2"
WIDE, LEFT = 11.4, 0.16
"""Inches: width of the page, and its left margin."""


class Page:
    """A figure whose axes are placed in inches from its upper left corner."""

    def __init__(self, tall: float) -> None:
        self.tall = tall
        self.figure = Figure(figsize=(WIDE, tall), facecolor="white")

    def add(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes whose upper left corner is at (left, top)."""
        return self.figure.add_axes(
            (left / WIDE, 1 - (top + height) / self.tall, width / WIDE, height / self.tall)
        )


def show_picture(axes: Axes, picture: NDArray[np.uint8]) -> None:
    """Draw a picture (H, W, 4) in its pixels, without ticks."""
    axes.set_facecolor(GROUND)
    axes.imshow(picture, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_linewidth(0.5)


def title_axes(axes: Axes, title: str, detail: str) -> None:
    """A title above axes, and a detail at its right."""
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.set_title(detail, loc="right", fontsize=8, color=FAINT)
