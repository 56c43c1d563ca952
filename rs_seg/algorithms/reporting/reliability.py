"""How well probabilities agree with accuracy, in words and as a reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.curves import INK, STYLE, TRAIN, VALIDATION, embeddable

Bins = Sequence[tuple[int, float | None, float | None]]
"""Pixels, mean confidence and accuracy of equal ranges of the maximum probability; None where there
are no pixels."""
LEAST = 0.001
"""Share of all pixels below which a bin is too uncertain to be drawn."""
CLOSE = 0.05
"""Relative difference of the temperature from 1 up to which confidence is called about right."""


def judge_reliability(*, temperature: float, before: float, after: float) -> str:
    """Two sentences: expected calibration error before and after, and how sure the model was."""
    if abs(temperature - 1) <= CLOSE:
        verdict = "its confidence was about right"
    elif temperature > 1:
        verdict = "it was surer than it was right, and its probabilities were softened"
    else:
        verdict = "it was right more often than it was sure, and its probabilities were sharpened"
    return (
        f"Expected calibration error {before:.3f} before and {after:.3f} after calibration with "
        f"the temperature "
        f"{temperature:.2f}. Before: {verdict}."
    )


def draw_reliability(before: Bins, after: Bins) -> str:
    """An SVG drawing: accuracy against confidence, and how many pixels are how sure.

    On the left bins with less than a thousandth of the pixels are left out; the area of a dot
    follows the pixels.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.4, 2.9), layout="constrained")
        reliability, shares = figure.subplots(1, 2)
        reliability.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        for bins, color, label in ((before, TRAIN, "before"), (after, VALIDATION, "after")):
            _draw_reliability(reliability, bins, color=color, label=label)
            _draw_shares(shares, bins, color=color)
        _finish(reliability, title="Accuracy by confidence", y="accuracy")
        _finish(shares, title="Pixels by confidence", y="share of pixels")
        reliability.set_ylim(0, 1.03)
        shares.set_ylim(bottom=0)
        shares.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        reliability.legend(frameon=False, loc="upper left")
        text = StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return embeddable(text.getvalue())


def _draw_reliability(axes: Axes, bins: Bins, *, color: str, label: str) -> None:
    shares = _shares(bins)
    drawn = [
        (confidence, accuracy, share)
        for (_, confidence, accuracy), share in zip(bins, shares, strict=True)
        if confidence is not None and accuracy is not None and share >= LEAST
    ]
    confidences, accuracies, areas = np.array(drawn).reshape(-1, 3).T
    axes.plot(
        confidences, accuracies, color=color, linewidth=1.8, marker="o", markersize=2.8, label=label
    )
    axes.scatter(confidences, accuracies, s=10 + 200 * areas, color=color, alpha=0.35, linewidths=0)


def _draw_shares(axes: Axes, bins: Bins, *, color: str) -> None:
    axes.stairs(_shares(bins), np.linspace(0, 1, len(bins) + 1), color=color, linewidth=1.8)


def _shares(bins: Bins) -> list[float]:
    total = sum(count for count, _, _ in bins)
    return [count / total for count, _, _ in bins]


def _finish(axes: Axes, *, title: str, y: str) -> None:
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
    axes.set_xlabel("confidence (greatest probability)")
    axes.set_ylabel(y)
    axes.set_xlim(0, 1.03)
    axes.grid(True, axis="y", color="#8888884d", linewidth=0.6)
    axes.tick_params(length=0)
