"""Mean IoU of many maps with its confidence intervals, as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

import matplotlib as mpl

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.curves import INK, STYLE, TRAIN, VALIDATION, embeddable

Row = tuple[str, float, tuple[float, float] | None]
"""Title of a map, its figure, and the ends of the interval of the figure, None for none."""
ROW = 0.165
"""Height of a row, in inches; the page is 8.4 wide."""


def draw_dots(rows: Sequence[Row], *, best: str, baseline: float | None) -> str:
    """An SVG drawing: a dot and its interval for each map, the highest on top.

    `best` has a colour of its own. The baseline is a dashed line. Letters have the same size
    however many maps there are: the drawing grows.
    """
    ordered = sorted(rows, key=lambda row: row[1])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.4, 0.75 + ROW * len(ordered)), layout="constrained")
        axes = figure.subplots()
        for place, (title, value, ends) in enumerate(ordered):
            color = TRAIN if title == best else VALIDATION
            if ends is not None:
                axes.plot(
                    ends,
                    (place, place),
                    color=color,
                    linewidth=2.2,
                    alpha=0.45,
                    solid_capstyle="round",
                )
            axes.plot([value], [place], marker="o", markersize=4.2, color=color)
        if baseline is not None:
            axes.axvline(baseline, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
            top = (baseline, len(ordered) - 0.4)
            axes.annotate(
                "majority class", top, (3, -2), textcoords="offset points", fontsize=7.5, va="top"
            )
        axes.set_yticks(range(len(ordered)), [title for title, _, _ in ordered], fontsize=7.5)
        axes.set_ylim(-0.7, len(ordered) - 0.1)
        axes.set_xlabel("mean IoU on the test blocks")
        axes.grid(True, axis="x", color="#8888884d", linewidth=0.6)
        axes.grid(True, axis="y", color="#88888826", linewidth=0.5)
        axes.tick_params(length=0)
        text = StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return embeddable(text.getvalue())
