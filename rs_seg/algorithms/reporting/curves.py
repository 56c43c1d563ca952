"""Training curves: what they say in words, and as a drawing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from rs_seg.algorithms.drawing import Figure
from rs_seg.values.learning_curve import LearningCurve

RISE = 0.1
"""Rise of the validation loss from its least value to the end from which training is called
overfitted."""
GAIN = 0.01
"""Validation score gained over the last quarter of the epochs from which training is called
unfinished."""
TITLES = {"mIoU": "Mean IoU", "AP50": "AP at IoU 0.5, mean over classes"}
TRAIN, VALIDATION, INK = "#d1733b", "#2f7fb8", "#010203"
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "rs_seg",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK
    ),
}


def judge_curve(curve: LearningCurve) -> str:
    """A few sentences on how training went: the best epoch, overfitting, unfinished training.

    One bad epoch at the end raises no alarm: the end is the median of the last quarter of the
    epochs.
    """
    best, epochs = curve.best, curve.epochs
    figure = (
        f"the best validation {curve.score_name}, {curve.scores[best]:.3f},"
        if curve.is_scored
        else f"the least validation loss, {curve.validation_losses[best]:.3g},"
    )
    text = (
        f"{len(epochs)} epochs; {figure} was reached in epoch {epochs[best]:.0f}, whose state was "
        f"kept."
    )
    faults = []
    rise, gain = measure_divergence(curve), measure_late_gain(curve)
    if rise > RISE:
        faults.append(
            f"Overfitting: from its least value the validation loss rose by {rise:.0%} while the "
            f"training loss fell."
        )
    if gain > GAIN:
        faults.append(
            f"Not converged: the last quarter of the epochs still gained {gain:.3f}; more would "
            f"probably help."
        )
    return " ".join([text, *(faults or ["No sign of overfitting or of an early end."])])


def measure_divergence(curve: LearningCurve) -> float:
    """How far the validation loss ends above its least value, as a share of that value.

    0 where the training loss did not fall since then. A least value of 0 counts as the smallest
    training loss.
    """
    train, losses = curve.train_losses, curve.validation_losses
    least = min(range(len(losses)), key=lambda index: losses[index])
    if _end(train) >= train[least]:
        return 0.0
    floor = losses[least] or min(train)
    return max(0.0, (_end(losses) - losses[least]) / floor) if floor > 0 else 0.0


def measure_late_gain(curve: LearningCurve) -> float:
    """What the last quarter of the epochs added to the best validation score.

    0 where the best came before the end, and without scores.
    """
    scores = curve.scores
    if not curve.is_scored or max(scores) > max(scores[-2:]):
        return 0.0
    return max(scores) - max(scores[: max(1, len(scores) * 3 // 4)])


def _end(values: Sequence[float]) -> float:
    return median(values[-max(1, len(values) // 4) :])


def draw_curve(curve: LearningCurve) -> str:
    """An SVG drawing: losses on the left, the validation score on the right.

    Ink takes the colour of the text around it.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.4, 2.7), layout="constrained")
        losses, scores = figure.subplots(1, 2)
        epochs = curve.epochs
        _draw_line(losses, epochs, curve.train_losses, color=TRAIN, label="training")
        _draw_line(losses, epochs, curve.validation_losses, color=VALIDATION, label="validation")
        _draw_line(scores, epochs, curve.scores, color=VALIDATION, label="validation")
        _mark_best(scores, curve)
        _finish(losses, title="Loss")
        _finish(scores, title=TITLES[curve.score_name])
        if _spans_decades(curve):
            losses.set_yscale("log")
            losses.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            losses.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            losses.yaxis.set_minor_locator(NullLocator())
        losses.legend(frameon=False)
        text = StringIO()
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    return embeddable(text.getvalue())


def _draw_line(
    axes: Axes, epochs: Sequence[float], values: Sequence[float], *, color: str, label: str
) -> None:
    axes.plot(epochs, values, color=color, label=label, linewidth=1.8, marker="o", markersize=2.8)


def _spans_decades(curve: LearningCurve) -> bool:
    """Whether losses differ so much that a linear axis would show the first epochs only."""
    values = [*curve.train_losses, *curve.validation_losses]
    return min(values) > 0 and max(values) > 10 * min(values)


def _mark_best(axes: Axes, curve: LearningCurve) -> None:
    place = ([curve.epochs[curve.best]], [curve.scores[curve.best]])
    axes.plot(*place, marker="o", markersize=8, fillstyle="none", color=INK)


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
    return re.sub(r"font: ([^;]*?)'[^;\"]*", r"font: \1system-ui, sans-serif", body).replace(
        INK, "currentColor"
    )
