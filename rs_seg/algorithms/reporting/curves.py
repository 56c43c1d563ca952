"""Training curves: what they say in words, and as a drawing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

Curves = Mapping[str, Sequence[float]]
RISE = 1.1
"""Validation loss at the end, relative to its least, from which training is called overfitted."""
GAIN = 0.01
"""Validation mIoU gained over the last quarter of the epochs from which training is called unfinished."""
TRAIN, VALIDATION, INK = "#d1733b", "#2f7fb8", "#010203"
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "rs_seg",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}


def judge_curves(curves: Curves) -> str:
    """One or two sentences on how training went: the best epoch, overfitting, unfinished training."""
    epochs, scores, losses = curves["epoch"], curves["validation_miou"], curves["validation_loss"]
    best = max(range(len(scores)), key=lambda index: scores[index])
    text = (
        f"{len(epochs)} epochs; the best validation mIoU, {scores[best]:.3f}, was reached in epoch {epochs[best]:.0f}, "
        "whose state was kept."
    )
    least = min(losses)
    gain = scores[best] - max(scores[: max(1, len(scores) * 3 // 4)])
    if losses[-1] > RISE * least and curves["train_loss"][-1] < curves["train_loss"][losses.index(least)]:
        rise = f"{losses[-1] / least - 1:.0%}"
        return (
            f"{text} Overfitting: from its least value the validation loss rose by {rise} while the training loss fell."
        )
    if best >= len(scores) - 2 and gain > GAIN:
        return (
            f"{text} Not converged: the last quarter of the epochs still gained {gain:.3f}; more would probably help."
        )
    return f"{text} No sign of overfitting or of an early end."


def draw_curves(curves: Curves) -> str:
    """An SVG drawing: losses on the left, validation mIoU on the right; ink takes the colour of the text around it."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.4, 2.7), layout="constrained")
        losses, scores = figure.subplots(1, 2)
        epochs = curves["epoch"]
        _draw_line(losses, epochs, curves["train_loss"], color=TRAIN, label="training")
        _draw_line(losses, epochs, curves["validation_loss"], color=VALIDATION, label="validation")
        _draw_line(scores, epochs, curves["validation_miou"], color=VALIDATION, label="validation")
        _mark_best(scores, epochs, curves["validation_miou"])
        _finish(losses, title="Loss")
        _finish(scores, title="Mean IoU")
        if _spans_decades(curves):
            losses.set_yscale("log")
            losses.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            losses.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            losses.yaxis.set_minor_locator(NullLocator())
        losses.legend(frameon=False)
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return embeddable(text.getvalue())


def _draw_line(axes: Axes, epochs: Sequence[float], values: Sequence[float], *, color: str, label: str) -> None:
    axes.plot(epochs, values, color=color, label=label, linewidth=1.8, marker="o", markersize=2.8)


def _spans_decades(curves: Curves) -> bool:
    """Whether losses differ so much that a linear axis would show the first epochs only."""
    values = [value for name in ("train_loss", "validation_loss") for value in curves[name]]
    return min(values) > 0 and max(values) > 10 * min(values)


def _mark_best(axes: Axes, epochs: Sequence[float], scores: Sequence[float]) -> None:
    best = max(range(len(scores)), key=lambda index: scores[index])
    axes.plot([epochs[best]], [scores[best]], marker="o", markersize=8, fillstyle="none", color=INK)


def _finish(axes: Axes, *, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=9, fontweight="bold")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(True, axis="y", color="#8888884d", linewidth=0.6)
    axes.tick_params(length=0)


def embeddable(svg: str) -> str:
    """The drawing without what only a file of its own needs: prolog, fixed size, names, fonts."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'(<svg[^>]*?) (?:height|width)="[^"]*"(?=[^>]*>)', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) (?:height|width)="[^"]*"(?=[^>]*>)', r"\1", body, count=1)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    return re.sub(r"font: ([^;]*?)'[^;\"]*", r"font: \1system-ui, sans-serif", body).replace(INK, "currentColor")
