"""Precision against recall of several sets of objects, class by class, as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

import matplotlib as mpl
from matplotlib.axes import Axes

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.curves import INK, STYLE, TRAIN, VALIDATION, embeddable
from rs_seg.values.matches import ClassMatches, ObjectMatches

COLORS = (TRAIN, VALIDATION, "#5b9a3c", "#8a5fb0", "#b8437a", "#8a6d3b")
"""Of sets of objects in their order; further ones are grey."""
GREY = "#8a9399"
ACROSS = 3
"""Drawings side by side."""


def draw_precision_curves(matched: Sequence[ObjectMatches]) -> str:
    """An SVG drawing: a curve of each set for each class, with a dot at the chosen score."""
    with mpl.rc_context(STYLE):
        figure = plot_precision_curves(matched)
        text = StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return embeddable(text.getvalue())


def plot_precision_curves(matched: Sequence[ObjectMatches]) -> Figure:
    """The same as a figure; polygons of maps are dashed. At least one set, with a class."""
    classes = [own.name for own in matched[0].test.boxes.per_class]
    rows = -(-len(classes) // ACROSS)
    legend = 0.18 * -(-len(matched) // 2) + 0.1
    figure = Figure(figsize=(8.4, 2.7 * rows + legend), layout="constrained", facecolor="white")
    panels = figure.subplots(rows, ACROSS, squeeze=False).ravel()
    for place, axes in enumerate(panels):
        if place >= len(classes):
            axes.set_axis_off()
            continue
        for number, own in enumerate(matched):
            _draw_curve(axes, own, own.test.boxes.per_class[place], number)
        _finish(axes, classes[place], first=place % ACROSS == 0)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False, fontsize=8)
    return figure


def _draw_curve(axes: Axes, matches: ObjectMatches, own: ClassMatches, number: int) -> None:
    color = COLORS[number] if number < len(COLORS) else GREY
    points = own.curve
    axes.plot(
        [point.recall for point in points],
        [point.precision for point in points],
        color=color,
        linewidth=1.5,
        linestyle=(0, (4, 2)) if matches.kind == "polygons" else "-",
        label=matches.title,
    )
    if own.precision is not None and own.recall is not None:
        axes.plot([own.recall], [own.precision], marker="o", markersize=5, color=color)


def _finish(axes: Axes, title: str, *, first: bool) -> None:
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=INK)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.04), xlabel="recall")
    if first:
        axes.set_ylabel("precision")
    axes.grid(True, color="#8888884d", linewidth=0.6)
    axes.tick_params(length=0)
