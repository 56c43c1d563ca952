"""The figure of very many maps of one crop: small panels in rows, on a sheet of limited size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.charts import (
    DPI,
    FAINT,
    INK,
    VEIL,
    Panel,
    draw_legend,
    draw_scale_bar,
)
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace

LARGEST, SMALLEST = 320, 120
"""Longer side of a panel, in pixels of the figure."""
PIXELS = 16_000_000
"""Pixels of all panels beyond which they become smaller, down to the smallest."""
GAP, HEADER, MARGIN, TOP = 16, 44, 24, 56
FEWEST, MOST = 6, 12
"""Columns."""
HATCH = (201, 208, 211)
TITLE, SUBTITLE = 8.0, 7.0
"""Sizes of letters, in points."""


def plan_sheet(panels: int, *, height: int, width: int) -> tuple[int, int]:
    """Columns of the sheet, and the longer side of its panels of a crop of this size, in pixels."""
    columns = min(panels, max(FEWEST, min(MOST, round(math.sqrt(0.75 * panels)))))
    size = min(LARGEST, round(math.sqrt(PIXELS / panels)))
    while size > SMALLEST and panels * math.prod(_cell(height, width, size)) > PIXELS:
        size -= 8
    return columns, max(size, SMALLEST)


def draw_contact_sheet(
    panels: Sequence[Panel],
    *,
    tested: NDArray[np.bool_],
    legend: Sequence[tuple[str, str]],
    pixel_size: float | None,
    title: str,
) -> Figure:
    """The panels, placed by `plan_sheet`, with the outline of the `tested` pixels (H, W) in each.

    Titles too long for a panel end in an ellipsis. `legend` holds names and colours of the classes,
    `pixel_size` is in ground metres, for the scale bar; None: that is in pixels.
    """
    height, width = tested.shape
    columns, size = plan_sheet(len(panels), height=height, width=width)
    factor = size / max(height, width)
    cell_height, cell_width = _cell(height, width, size)
    rows = -(-len(panels) // columns)
    entries = len(legend) + 2
    total_width = 2 * MARGIN + columns * cell_width - GAP
    legend_columns = max(1, min(entries, total_width // 260))
    total_height = TOP + rows * cell_height + 24 + 34 * -(-entries // legend_columns)
    figure = Figure(figsize=(total_width / DPI, total_height / DPI), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    sheet = np.full((total_height, total_width, 3), 255, dtype=np.uint8)
    borders, _ = trace([Strip(np.where(tested, 0, -1).astype(np.int32))])
    outlines = [factor * borders[arc] for arc in range(len(borders))]
    for panel in panels:
        corner = (MARGIN + panel.column * cell_width, TOP + panel.row * cell_height + HEADER)
        _paste(sheet, panel, corner, tested, shape=(round(factor * height), round(factor * width)))
        _draw_frame(axes, panel, corner, (factor * width, factor * height), outlines)
    # one picture for all panels: matplotlib takes as long for each as for one of the whole sheet
    axes.imshow(
        sheet, extent=(0, total_width, total_height, 0), interpolation="nearest", aspect="auto"
    )
    axes.set(xlim=(0, total_width), ylim=(total_height, 0))
    first = _add_first_panel(figure, factor * width, factor * height)
    first.set(xlim=(0, width), ylim=(height, 0))
    draw_scale_bar(first, pixel_size, width)
    axes.text(MARGIN, 26, title, size=10, weight="bold", color=INK, va="center")
    place = (MARGIN / total_width, 8 / total_height)
    draw_legend(figure, legend, place=place, columns=legend_columns, tested=bool(tested.any()))
    return figure


def _cell(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width of a panel with its titles and the gap after it."""
    factor = size / max(height, width)
    return round(factor * height) + HEADER + GAP, round(factor * width) + GAP


def _paste(
    sheet: NDArray[np.uint8],
    panel: Panel,
    corner: tuple[int, int],
    tested: NDArray[np.bool_],
    *,
    shape: tuple[int, int],
) -> None:
    """Draw the picture in this shape; pixels of pictures that are smaller are repeated."""
    left, top = corner
    height, width = shape
    rows = np.arange(height) * panel.picture.shape[0] // height
    columns = np.arange(width) * panel.picture.shape[1] // width
    sheet[top : top + height, left : left + width] = _fade(
        panel.picture[np.ix_(rows, columns)], tested
    )


def _draw_frame(
    axes: Axes,
    panel: Panel,
    corner: tuple[int, int],
    shape: tuple[float, float],
    outlines: Sequence[NDArray[np.float64]],
) -> None:
    left, top = corner
    moved = [outline + np.array(corner) for outline in outlines]
    for color, thickness in (("white", 1.6), (INK, 0.7)):
        axes.add_collection(
            LineCollection(moved, colors=color, linewidths=thickness), autolim=False
        )
    edge = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * shape + corner
    axes.plot(edge[:, 0], edge[:, 1], color=FAINT, linewidth=0.5)
    title = _shorten(panel.title, width=shape[0], letter=0.68 * TITLE)
    axes.text(left, top - 22, title, size=TITLE, weight="bold", color=INK, va="baseline")
    subtitle = _shorten(panel.subtitle, width=shape[0], letter=0.58 * SUBTITLE)
    axes.text(left, top - 5, subtitle, size=SUBTITLE, color="#56636b", va="baseline")


def _fade(picture: NDArray[np.uint8], tested: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The picture over hatching, pixels outside the test areas nearer to white.

    `tested` may have another size.
    """
    height, width = picture.shape[:2]
    rows = np.arange(height) * tested.shape[0] // height
    columns = np.arange(width) * tested.shape[1] // width
    opaque = picture[..., 3:] / 255
    striped = ((np.arange(height)[:, None] + np.arange(width)) % 10 < 2)[..., None]
    colors = opaque * picture[..., :3] + (1 - opaque) * np.where(striped, HATCH, 255)
    kept = np.where(tested[np.ix_(rows, columns)] | ~tested.any(), 1.0, 1 - VEIL)[..., None]
    return np.rint(255 - kept * (255 - colors)).astype(np.uint8)


def _shorten(text: str, *, width: float, letter: float) -> str:
    """The text, cut to `width` pixels; `letter` is the mean width of a letter, in points."""
    fitting = max(4, int(width / (letter * DPI / 72)))
    return text if len(text) <= fitting else f"{text[: fitting - 1]}\u2026"


def _add_first_panel(figure: Figure, width: float, height: float) -> Axes:
    """Axes over the first panel that draw nothing themselves."""
    total_width, total_height = figure.get_figwidth() * DPI, figure.get_figheight() * DPI
    bottom = total_height - TOP - HEADER - height
    axes = figure.add_axes(
        (MARGIN / total_width, bottom / total_height, width / total_width, height / total_height),
        facecolor="none",
    )
    axes.axis("off")
    return axes
