"""Precision against recall, class by class, as a drawing: of objects, and of probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.curves import INK, STYLE, TRAIN, VALIDATION, embeddable
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.matches import ClassMatches, ObjectMatches
from rs_seg.values.probability_figures import ClassCurve

COLORS = (TRAIN, VALIDATION, "#5b9a3c", "#8a5fb0", "#b8437a", "#8a6d3b")
"""Of sets of objects, or of networks, in their order; further ones are grey."""
GREY = "#8a9399"
ACROSS = 3
"""Drawings side by side."""


@dataclass(frozen=True)
class Line:
    """A curve with its title, and a dot where recall and precision of a choice are known."""

    title: str
    recall: Sequence[float]
    precision: Sequence[float]
    dot: tuple[float, float] | None
    dashed: bool = False


Panel = tuple[str, Sequence[Line]]
"""A title, and the curves of one class."""


def draw_precision_curves(matched: Sequence[ObjectMatches]) -> str:
    """An SVG drawing: a curve of each set for each class, with a dot at the chosen score."""
    return _draw(lambda: plot_precision_curves(matched))


def draw_probability_curves(evaluated: Sequence[Evaluation]) -> str:
    """The same of the probabilities of networks on test ground, with a dot at the threshold.

    One evaluation of each network. Nothing where no class has a curve.
    """
    panels = list_probability_panels(evaluated)
    return _draw(lambda: plot_panels(panels)) if panels else ""


def plot_precision_curves(matched: Sequence[ObjectMatches]) -> Figure:
    """The same as a figure; polygons of maps are dashed. At least one set, with a class."""
    classes = [own.name for own in matched[0].test.boxes.per_class]
    return plot_panels(
        [
            (name, [_line_of_objects(own, own.test.boxes.per_class[place]) for own in matched])
            for place, name in enumerate(classes)
        ]
    )


def plot_panels(panels: Sequence[Panel]) -> Figure:
    """One drawing per class, and below them the titles of all curves. At least one panel.

    A title has the same colour in all panels, of which some may lack it.
    """
    titles = {line.title: line for _, lines in panels for line in lines}
    colors = {
        title: COLORS[number] if number < len(COLORS) else GREY
        for number, title in enumerate(titles)
    }
    rows = -(-len(panels) // ACROSS)
    legend = 0.18 * -(-len(titles) // 2) + 0.1
    figure = Figure(figsize=(8.4, 2.7 * rows + legend), layout="constrained", facecolor="white")
    places = figure.subplots(rows, ACROSS, squeeze=False).ravel()
    for place, axes in enumerate(places):
        if place >= len(panels):
            axes.set_axis_off()
            continue
        title, lines = panels[place]
        for line in lines:
            _draw_line(axes, line, colors[line.title])
        _finish(axes, title, first=place % ACROSS == 0)
    # Handles of their own: matplotlib does not collect curves whose title begins with "_".
    figure.legend(
        [Line2D([], [], **_look_of(line, colors[title])) for title, line in titles.items()],
        [*titles],
        loc="outside lower left",
        ncols=2,
        frameon=False,
        fontsize=8,
    )
    return figure


def _draw(plot: Callable[[], Figure]) -> str:
    with mpl.rc_context(STYLE):
        text = StringIO()
        plot().savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return embeddable(text.getvalue())


def _line_of_objects(matches: ObjectMatches, own: ClassMatches) -> Line:
    return Line(
        matches.title,
        [point.recall for point in own.curve],
        [point.precision for point in own.curve],
        _place_dot(own),
        dashed=matches.kind == "polygons",
    )


def list_probability_panels(evaluated: Sequence[Evaluation]) -> list[Panel]:
    """A panel for each class in the test reference, with a curve of each network."""
    figures = [(own.network, own.test.probabilities) for own in evaluated]
    known = [(title, own.per_class) for title, own in figures if own is not None]
    if not known:
        return []
    panels = [
        (
            own.name,
            [_line_of_class(title, rows[place]) for title, rows in known if rows[place].curve],
        )
        for place, own in enumerate(known[0][1])
    ]
    return [panel for panel in panels if panel[1]]


def _line_of_class(title: str, own: ClassCurve) -> Line:
    return Line(
        title,
        [point.recall for point in own.curve],
        [point.precision for point in own.curve],
        _place_dot(own),
    )


def _place_dot(own: ClassMatches | ClassCurve) -> tuple[float, float] | None:
    return None if own.precision is None or own.recall is None else (own.recall, own.precision)


def _draw_line(axes: Axes, line: Line, color: str) -> None:
    axes.plot(line.recall, line.precision, **_look_of(line, color))
    if line.dot is not None:
        axes.plot([line.dot[0]], [line.dot[1]], marker="o", markersize=5, color=color)


def _look_of(line: Line, color: str) -> dict[str, Any]:
    return {
        "label": line.title,
        "color": color,
        "linewidth": 1.5,
        "linestyle": (0, (4, 2)) if line.dashed else "-",
    }


def _finish(axes: Axes, title: str, *, first: bool) -> None:
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold", color=INK)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.04), xlabel="recall")
    if first:
        axes.set_ylabel("precision")
    axes.grid(True, color="#8888884d", linewidth=0.6)
    axes.tick_params(length=0)
