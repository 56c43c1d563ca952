"""The figure of all maps of a run: the same crop by every method, beside image and reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.pictures import Picture, round_length
from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace

PANEL = 480
"""Least width of a panel, in pixels of the figure; crops are enlarged by whole numbers to reach it.
"""
DPI = 150
VEIL = 0.35
"""How far pixels outside the test areas are faded towards white."""
INK, FAINT = "#1f2a30", "#9aa5ab"


@dataclass(frozen=True)
class Panel:
    """One picture (H, W, 4) of the figure, at a `row` and `column` of its table.

    Transparent pixels appear hatched.
    """

    row: int
    column: int
    title: str
    subtitle: str
    picture: Picture


def draw_comparison(
    panels: Sequence[Panel],
    *,
    tested: NDArray[np.bool_],
    legend: Sequence[tuple[str, str]],
    pixel_size: float | None,
    title: str,
) -> Figure:
    """The panels in equal size, with the outline of the `tested` pixels (H, W), if any, in each.

    `legend` holds names and colours of the classes, `pixel_size` is in ground metres, for the scale
    bar; None for pictures without a place, whose bar is in pixels.
    """
    height, width = tested.shape
    scale = max(1, -(-PANEL // width))
    layout = _Layout(panels, height=height * scale, width=width * scale, entries=len(legend))
    figure = Figure(
        figsize=(layout.total_width / DPI, layout.total_height / DPI), dpi=DPI, facecolor="white"
    )
    borders, _ = trace([Strip(np.where(tested, 0, -1).astype(np.int32))])
    outlines = [borders[arc] for arc in range(len(borders))]
    for panel in panels:
        axes = figure.add_axes(layout.place(panel))
        _draw_panel(axes, panel, tested, outlines)
    draw_scale_bar(figure.axes[0], pixel_size, width)
    figure.text(
        layout.left, layout.title_height, title, size=11, weight="bold", color=INK, va="center"
    )
    place = (layout.left, 8 / layout.total_height)
    draw_legend(
        figure, legend, place=place, columns=layout.legend_columns, tested=bool(tested.any())
    )
    return figure


class _Layout:
    """Where panels lie, in pixels of the figure and then as shares of it."""

    margin, gap, header, footer_row = 30, 24, 62, 34

    def __init__(self, panels: Sequence[Panel], *, height: int, width: int, entries: int) -> None:
        self.height, self.width = height, width
        rows, columns = (
            max(panel.row for panel in panels) + 1,
            max(panel.column for panel in panels) + 1,
        )
        self.total_width = 2 * self.margin + columns * width + (columns - 1) * self.gap
        legend_rows = -(-(entries + 2) // max(2, self.total_width // 260))
        self.legend_columns = -(-(entries + 2) // legend_rows)
        footer = 40 + self.footer_row * legend_rows
        self.top = 64
        self.total_height = self.top + rows * (height + self.header) + footer
        self.left = self.margin / self.total_width
        self.title_height = 1 - 34 / self.total_height

    def place(self, panel: Panel) -> tuple[float, float, float, float]:
        left = self.margin + panel.column * (self.width + self.gap)
        bottom = self.total_height - self.top - (panel.row + 1) * (self.height + self.header)
        return (
            left / self.total_width,
            bottom / self.total_height,
            self.width / self.total_width,
            self.height / self.total_height,
        )


def _draw_panel(
    axes: Axes, panel: Panel, tested: NDArray[np.bool_], outlines: Sequence[NDArray[np.float64]]
) -> None:
    height, width = tested.shape
    nothing = Rectangle(
        (0, 0), width, height, facecolor="white", edgecolor="#c9d0d3", hatch="////", linewidth=0
    )
    nothing.set_zorder(-1)
    axes.add_patch(nothing)
    extent = (0, width, height, 0)
    axes.imshow(panel.picture, extent=extent, interpolation="nearest")
    veil = np.full((height, width, 4), 255, dtype=np.uint8)
    veil[..., 3] = np.where(tested | ~tested.any(), 0, round(255 * VEIL))
    axes.imshow(veil, extent=extent, interpolation="nearest")
    for outline in outlines:
        axes.plot(
            outline[:, 0], outline[:, 1], color="white", linewidth=2.2, solid_joinstyle="miter"
        )
        axes.plot(outline[:, 0], outline[:, 1], color=INK, linewidth=0.9, solid_joinstyle="miter")
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    axes.spines[:].set(color=FAINT, linewidth=0.6)
    axes.annotate(
        panel.title,
        (0, 1),
        (0, 16),
        "axes fraction",
        "offset points",
        size=9.5,
        weight="bold",
        color=INK,
    )
    axes.annotate(
        panel.subtitle, (0, 1), (0, 5), "axes fraction", "offset points", size=8, color="#56636b"
    )


def draw_scale_bar(axes: Axes, pixel_size: float | None, width: float) -> None:
    """A bar at the lower left of a picture `width` pixels wide; `pixel_size` in ground metres.

    Without one its length is in pixels.
    """
    length = round_length((pixel_size or 1.0) * width / 3)
    pixels = length / (pixel_size or 1.0)
    text = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    text = f"{length:g} pixels" if pixel_size is None else text
    edge = width * 0.03
    bottom = axes.get_ylim()[0] - edge
    for color, thickness in (("white", 4.5), (INK, 2.0)):
        axes.plot(
            [edge, edge + pixels],
            [bottom, bottom],
            color=color,
            linewidth=thickness,
            solid_capstyle="butt",
        )
    label = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "boxstyle": "round,pad=0.15"}
    axes.annotate(
        text, (edge, bottom), (1, 5), textcoords="offset points", size=7.5, color=INK, bbox=label
    )


def draw_legend(
    figure: Figure,
    legend: Sequence[tuple[str, str]],
    *,
    place: tuple[float, float],
    columns: int,
    tested: bool,
) -> None:
    """Colours of the classes and what is drawn over them.

    The lower left corner is at `place`, in shares of the figure.
    """
    handles: list[Patch | Line2D] = [
        Patch(facecolor=color, edgecolor=FAINT, linewidth=0.4, label=name) for name, color in legend
    ]
    handles.append(
        Patch(facecolor="white", edgecolor="#c9d0d3", hatch="////", label="no data or no reference")
    )
    if tested:
        handles.append(
            Line2D([], [], color=INK, linewidth=0.9, label="test area (outside it faded)")
        )
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=place,
        borderaxespad=0,
        borderpad=0,
        ncols=columns,
        frameon=False,
        fontsize=8.5,
        labelcolor=INK,
        handlelength=1.6,
    )
