"""The figure of training windows: each as it is, its labels, and changed versions of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.pictures import (
    Picture,
    color_indices,
    percentile_ranges,
    stretch_bands,
)

Color = tuple[int, int, int]
DPI = 150
PANEL = 1.8
"""Width of a panel, in inches."""
INK, FAINT = "#1f2a30", "#9aa5ab"


@dataclass(frozen=True)
class WindowVersions:
    """A window with pixels (B, H, W), valid and class indices (H, W), and the same, changed.

    It has one band or three.
    """

    pixels: NDArray[Any]
    valid: NDArray[np.bool_]
    indices: NDArray[np.integer]
    changed: Sequence[tuple[NDArray[Any], ...]]


def draw_versions(
    windows: Sequence[WindowVersions], *, legend: Sequence[tuple[str, Color]]
) -> Figure:
    """A row per window, all versions stretched as the window itself.

    `legend` has names and colours of the classes.
    """
    colors = [color for _, color in legend]
    rows = [_draw_pictures(window, colors) for window in windows]
    columns = len(rows[0])
    legend_rows = -(-len(legend) // 6)
    top, bottom = 0.3, 0.1 + 0.25 * legend_rows
    width, height = columns * PANEL, len(rows) * PANEL + top + bottom
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            low = height - top - (row + 1) * PANEL
            box = (column * PANEL + 0.03, low + 0.03, PANEL - 0.06, PANEL - 0.06)
            axes = figure.add_axes(
                (box[0] / width, box[1] / height, box[2] / width, box[3] / height)
            )
            axes.set(xticks=[], yticks=[], facecolor="white")
            axes.spines[:].set(color=FAINT, linewidth=0.6)
            axes.imshow(picture, interpolation="nearest")
    titles = ("window", "labels", *(f"changed, {number}" for number in range(1, columns - 1)))
    for column, title in enumerate(titles):
        left = (column * PANEL + 0.03) / width
        figure.text(left, 1 - 0.2 / height, title, size=8.5, weight="bold", color=INK)
    handles = [
        Patch(
            facecolor=(red / 255, green / 255, blue / 255),
            edgecolor=FAINT,
            linewidth=0.4,
            label=name,
        )
        for name, (red, green, blue) in legend
    ]
    figure.legend(
        handles=handles, loc="lower left", ncols=6, frameon=False, fontsize=8, labelcolor=INK
    )
    return figure


def outline_classes(indices: NDArray[np.integer], colors: Sequence[Color]) -> Picture:
    """The pixels (H, W, 4) beside one of another class, in the colour of their own class.

    Others are transparent.
    """
    beside = np.zeros(indices.shape, dtype=bool)
    for axis in (0, 1):
        differs = np.diff(indices, axis=axis) != 0
        after = [(1, 0) if padded == axis else (0, 0) for padded in (0, 1)]
        beside |= np.pad(differs, after) | np.pad(differs, [pair[::-1] for pair in after])
    return color_indices(np.where(beside, indices, -1), colors)


def _draw_pictures(window: WindowVersions, colors: Sequence[Color]) -> list[Picture]:
    ranges = percentile_ranges(window.pixels, window.valid)
    pictures = [
        stretch_bands(window.pixels, window.valid, ranges=ranges),
        color_indices(window.indices, colors),
    ]
    for pixels, valid, indices in window.changed:
        picture, borders = (
            stretch_bands(pixels, valid, ranges=ranges),
            outline_classes(indices, colors),
        )
        pictures.append(np.where(borders[..., 3:] > 0, borders, picture))
    return pictures
