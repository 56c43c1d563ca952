"""Estimated areas of classes with their intervals, beside those that the map shows, as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.reporting.charts import DPI, FAINT, INK
from rs_seg.values.ground_units import GroundUnits
from rs_seg.values.texts import group_digits

SOFT = "#56636b"
ROW = 0.62
"""Height of a class, in inches."""
BAR = 0.36
"""Height of a bar, as a share of that of a class."""
MOST = 5.0
"""Furthest that the scale of the right panel goes: so many times the mapped area, or a part of it.
"""
TICKS = ((1.3, (80, 90, 100, 110, 125)), (2.1, (50, 70, 100, 140, 200)))
"""Ticks of that panel, in per cent, up to where it goes."""
WIDE_TICKS = (25, 50, 100, 200, 400)
STYLE: Any = {
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": SOFT,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": INK,
    "hatch.linewidth": 0.6,
}


@dataclass(frozen=True)
class DrawnArea:
    """A class: its colour, and areas estimated, of the interval, and of the map."""

    name: str
    color: str
    estimate: float
    interval: tuple[float, float] | None
    mapped: float


def draw_areas(
    areas: Sequence[DrawnArea], *, title: str, subtitle: str, units: GroundUnits
) -> Figure:
    """Areas of each class, in these units, with intervals, and how they relate to mapped ones.

    Left: a filled bar is the estimate, the pale one below it the map. Right: the estimate as a
    share of the mapped area, where a rare class is as easy to read as a common one.
    """
    with mpl.rc_context(STYLE):
        height = 1.5 + ROW * len(areas)
        figure = Figure(figsize=(9.4, height), dpi=DPI, facecolor="white")
        top, bottom = 1 - 0.72 / height, 0.62 / height
        widest = max(len(own.name) for own in areas)
        left = min(0.30, 0.05 + 0.0085 * widest)
        bars = figure.add_axes((left, bottom, 0.67 - left, top - bottom))
        ratios = figure.add_axes((0.725, bottom, 0.235, top - bottom))
        _draw_bars(bars, areas, units)
        _draw_ratios(ratios, areas)
        figure.text(0.02, 1 - 0.24 / height, title, size=11, weight="bold", va="center")
        figure.text(0.02, 1 - 0.47 / height, subtitle, size=8.5, color=SOFT, va="center")
        figure.legend(
            handles=[
                Patch(facecolor="#7d8990", label="estimated from labelled places"),
                Patch(facecolor="#dfe4e6", edgecolor="#7d8990", hatch="////", label="mapped"),
                Line2D([], [], color=INK, marker="|", markersize=6, label="interval"),
            ],
            loc="upper right",
            bbox_to_anchor=(0.98, 1 - 0.1 / height),
            ncols=3,
            frameon=False,
            fontsize=8,
            handlelength=1.6,
            columnspacing=1.2,
        )
    return figure


def _draw_bars(axes: Axes, areas: Sequence[DrawnArea], units: GroundUnits) -> None:
    for row, own in enumerate(areas):
        axes.barh(
            row - BAR / 2,
            own.estimate,
            height=BAR,
            color=own.color,
            edgecolor="#00000055",
            linewidth=0.5,
        )
        axes.barh(
            row + BAR / 2,
            own.mapped,
            height=BAR * 0.8,
            color=own.color,
            alpha=0.35,
            edgecolor="#30353a",
            linewidth=0.4,
            hatch="////",
        )
        if own.interval is not None:
            _draw_interval(axes, own.interval, row - BAR / 2)
        _write_numbers(axes, own, row)
    furthest = max([own.mapped for own in areas] + [_end(own) for own in areas])
    axes.set_xlim(0, furthest * 1.55 or 1.0)
    _finish(axes, areas)
    axes.set_yticks(range(len(areas)), [own.name for own in areas], fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _thousands(value)))
    axes.set_xlabel(units.axis, fontsize=8.5)


def _write_numbers(axes: Axes, own: DrawnArea, row: int) -> None:
    text = _thousands(own.estimate)
    if own.interval is not None:
        text += f"  ({' to '.join(_thousands(end) for end in own.interval)})"
    axes.annotate(
        text, (_end(own), row - BAR / 2), (6, 0), textcoords="offset points", va="center", size=8
    )
    axes.annotate(
        _thousands(own.mapped),
        (own.mapped, row + BAR / 2),
        (6, 0),
        textcoords="offset points",
        va="center",
        size=7.5,
        color=SOFT,
    )


def _draw_ratios(axes: Axes, areas: Sequence[DrawnArea]) -> None:
    axes.axvline(1, color=SOFT, linewidth=0.9, linestyle=(0, (4, 3)))
    limit = _furthest_ratio(areas)
    for row, own in enumerate(areas):
        if not own.mapped > 0:
            axes.text(1, row, " not in the map", size=8, color=SOFT, va="center")
            continue
        numbers = np.array(_numbers(own)) / own.mapped
        value, *ends = np.clip(numbers, 1 / limit, limit).tolist()
        if ends:
            _draw_interval(axes, (ends[0], ends[1]), row)
            _mark_beyond(axes, numbers[1:].tolist(), ends, row)
        _mark_ratio(axes, own, value, row)
    ticks = next((own for furthest, own in TICKS if limit <= furthest), WIDE_TICKS)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks([tick / 100 for tick in ticks], [f"{tick} %" for tick in ticks], fontsize=8)
    axes.set_xlim(1 / limit / 1.05, limit * 1.05)  # after the ticks, which widen it
    _finish(axes, areas)
    axes.set_yticks(range(len(areas)), [""] * len(areas))
    axes.set_xlabel("estimated, in % of the mapped area", fontsize=8.5)


def _mark_beyond(axes: Axes, ends: list[float], shown: list[float], row: int) -> None:
    """Arrows where an interval goes on beyond the scale."""
    for end, drawn in zip(ends, shown, strict=True):
        if not np.isclose(end, drawn):
            marker = ">" if end > drawn else "<"
            axes.plot(
                [drawn], [row], color=INK, marker=marker, markersize=7, clip_on=False, zorder=4.5
            )


def _mark_ratio(axes: Axes, own: DrawnArea, shown: float, row: int) -> None:
    """A dot, or where the scale ends before the ratio an arrow with the ratio beside it."""
    ratio = own.estimate / own.mapped
    marker = "o" if np.isclose(ratio, shown) else ">" if ratio > shown else "<"
    look: Any = {"color": own.color, "markeredgecolor": INK, "markeredgewidth": 0.8}
    axes.plot([shown], [row], marker=marker, markersize=6.5, zorder=5, clip_on=False, **look)
    if marker != "o":
        side = -1 if marker == ">" else 1
        axes.annotate(
            f"{_thousands(100 * ratio)} %",
            (shown, row),
            (8 * side, -11),
            textcoords="offset points",
            ha="right" if side < 0 else "left",
            va="center",
            size=7.5,
            color=SOFT,
        )


def _numbers(own: DrawnArea) -> tuple[float, ...]:
    return (own.estimate, *(own.interval or ()))


def _furthest_ratio(areas: Sequence[DrawnArea]) -> float:
    """How many times the mapped area, or what part of it, the panel has to reach."""
    ratios = [number / own.mapped for own in areas if own.mapped > 0 for number in _numbers(own)]
    known = [max(ratio, 1 / ratio) if ratio > 0 else MOST for ratio in ratios]
    return min(max([1.25, *known]), MOST)


def _draw_interval(axes: Axes, ends: tuple[float, float], row: float) -> None:
    for color, width in (("white", 3.0), (INK, 1.3)):
        axes.plot(
            ends, (row, row), color=color, linewidth=width, marker="|", markersize=7, zorder=4
        )


def _finish(axes: Axes, areas: Sequence[DrawnArea]) -> None:
    axes.set_ylim(len(areas) - 0.4, -0.6)
    axes.grid(True, axis="x", color="#8888883a", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _end(own: DrawnArea) -> float:
    """Where the bar of an estimate with its interval ends."""
    return own.estimate if own.interval is None else max(own.estimate, own.interval[1])


def _thousands(value: float) -> str:
    steps = ((100, 0), (10, 1), (1, 2))
    whole = value == int(value)
    digits = 0 if whole else next((own for least, own in steps if abs(value) >= least), 3)
    return group_digits(value, digits)
