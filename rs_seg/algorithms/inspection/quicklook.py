"""The first picture of a scene: imagery, labels, histograms and class shares on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import matplotlib.patches
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from rs_seg.algorithms.drawing import Figure
from rs_seg.algorithms.inspection.date_strip import DateSeries, draw_strip, strip_height
from rs_seg.algorithms.inspection.page import FAINT, LEFT, WIDE, Page, show_picture, title_axes
from rs_seg.algorithms.reporting.pictures import color_indices, stretch_bands
from rs_seg.values.composite import composite_bands

INK = "#2b2f33"
PALETTE = (
    "#8f6bb0",
    "#d98aa8",
    "#7aa6a1",
    "#9c755f",
    "#e0803a",
    "#4e79a7",
    "#59a14f",
    "#c94f4f",
    "#b59a2d",
    "#8c8c8c",
)
CUSTOMARY = {
    "background": "#e4e2dc",
    "building": "#c8503c",
    "developed": "#a5554b",
    "impervious": "#b8b4ac",
    "road": "#8a8a8a",
    "low vegetation": "#bcd96f",
    "tree": "#3f7d3a",
    "forest": "#3f7d3a",
    "wood": "#3f7d3a",
    "shrub": "#a8b06a",
    "grass": "#bcd96f",
    "herb": "#d6e39a",
    "wetland": "#6fb3a8",
    "cultivated": "#e3b23c",
    "field": "#e3b23c",
    "barren": "#cdb48c",
    "sand": "#e3d3a3",
    "car": "#f2c230",
    "water": "#3f88c5",
    "lake": "#3f88c5",
}
BAND_COLORS = {"red": "#c0392b", "green": "#3f8f46", "blue": "#2f6fb0", "nir": "#8e3b6b"}
MOST_BANDS = 12
LARGEST = 1e300
"""Largest value of a histogram: differences of larger ones are no numbers."""
FEWEST, MOST_CURVES = 200, 12
"""Pixels of a class that a curve is drawn from at least, and curves of a histogram at most."""
CURVES = "below: all values as an area, and each class as a line in its colour, all as high"
PER_ROW = 4
PICTURE, TOP, HISTOGRAM = 4.4, 0.95, 1.5
"""Inches: width of pictures, height above them and of a row of histograms."""
STYLE: dict[Any, Any] = {
    "font.size": 8.5,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": FAINT,
    "text.color": INK,
    "axes.labelcolor": INK,
}


@dataclass(frozen=True)
class Look:
    """What the picture shows, on one small grid.

    `pixels` are (B, H, W), `valid` and class `indices` (H, W); index -1 is none.
    """

    title: str
    facts: Sequence[str]
    bands: Sequence[str]
    pixels: NDArray[np.float32]
    valid: NDArray[np.bool_]
    classes: Sequence[str]
    indices: NDArray[np.int64] | None
    series: Sequence[DateSeries] = ()
    """The dates of each source that has some."""


def draw_quicklook(look: Look) -> Figure:
    """The page: imagery, labels beside it, a strip of the dates and histograms below.

    Imagery is stretched from its 2nd to its 98th percentile.
    """
    with mpl.rc_context(STYLE):
        shown = min(len(look.bands), MOST_BANDS)
        rows = -(-shown // PER_ROW)
        height, width = look.valid.shape
        picture = float(np.clip(PICTURE * height / width, 2.2, 7.5))
        notes = 0.17 * len(_fact_lines(look)) + 0.1
        below = TOP + picture + notes
        strips = [strip_height(own, height / width) for own in look.series]
        page = Page(below + sum(strips) + HISTOGRAM * rows + 0.1)
        page.figure.text(
            LEFT / WIDE,
            1 - 0.34 / page.tall,
            look.title,
            fontsize=14,
            fontweight="bold",
            va="center",
        )
        _draw_pictures(page, look, picture)
        for series, tall in zip(look.series, strips, strict=True):
            draw_strip(page, series, below)
            below += tall
        for index in range(shown):
            row, column = divmod(index, PER_ROW)
            across = (WIDE - LEFT - 0.3) / PER_ROW
            top = below + HISTOGRAM * row + 0.38
            axes = page.add(LEFT + column * across, top, across - 0.28, HISTOGRAM - 0.72)
            values = look.pixels[index][look.valid]
            by_class = [] if look.indices is None else _split(values, look.indices[look.valid])
            _draw_histogram(axes, look.bands[index], values, by_class, look.classes)
    return page.figure


def _draw_pictures(page: Page, look: Look, tall: float) -> None:
    height, width = look.valid.shape
    wide = tall * width / height
    wide = min(wide, PICTURE)
    chosen = composite_bands(look.bands)
    image = page.add(LEFT, TOP, wide, tall)
    show_picture(image, stretch_bands(look.pixels[chosen], look.valid))
    title_axes(image, "Imagery", " / ".join(look.bands[index] for index in chosen))
    lines = "\n".join(_fact_lines(look))
    page.figure.text(
        LEFT / WIDE,
        1 - (TOP + tall + 0.08) / page.tall,
        lines,
        color=FAINT,
        fontsize=7.5,
        va="top",
        linespacing=1.5,
    )
    if look.indices is None:
        return
    side = page.add(LEFT + wide + 0.22, TOP, wide, tall)
    show_picture(
        side, color_indices(look.indices, [_rgb(color) for color in choose_colors(look.classes)])
    )
    counts = np.bincount(look.indices[look.indices >= 0], minlength=len(look.classes))
    title_axes(side, "Labels", f"{_percent(counts.sum() / look.indices.size)} of the scene")
    _draw_key(side, look.classes, counts)


def _fact_lines(look: Look) -> list[str]:
    """At most four lines of facts, the number of further sources, and what the histograms show."""
    more = len(look.facts) - 4
    counted = [f"and {more} more sources"] if more > 0 else []
    explained = [] if look.indices is None else [CURVES]
    return [*look.facts[:4], *counted, *explained]


def _draw_key(axes: Axes, classes: Sequence[str], counts: NDArray[np.int64]) -> None:
    total = max(int(counts.sum()), 1)
    handles = [
        mpl.patches.Patch(facecolor=color, label=f"{name}  {_percent(count / total)}")
        for name, color, count in zip(classes, choose_colors(classes), counts, strict=True)
    ]
    axes.legend(
        handles=handles[:24],
        loc="upper left",
        bbox_to_anchor=(1.025, 1.0),
        frameon=False,
        handlelength=1.0,
        handleheight=1.0,
        borderaxespad=0.0,
        labelspacing=0.55,
    )


def _percent(share: float) -> str:
    if share == 0:
        return "none"
    return f"{share:.1%}" if share >= 0.001 else "< 0.1%"


def _split(
    values: NDArray[np.float32], indices: NDArray[np.int64]
) -> list[tuple[int, NDArray[np.float32]]]:
    """The values of each class that has enough pixels for a curve, by its index."""
    counts = np.bincount(indices[indices >= 0])
    enough = np.flatnonzero(counts >= FEWEST)[:MOST_CURVES]
    return [(int(index), values[indices == index]) for index in enough]


def _draw_histogram(
    axes: Axes,
    band: str,
    values: NDArray[np.float32],
    by_class: Sequence[tuple[int, NDArray[np.float32]]],
    classes: Sequence[str],
) -> None:
    """Draw all values as an area, and those of each class as a line of the same height.

    So rare classes are seen too.
    """
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_yticks([])
    axes.tick_params(length=2.5, colors=FAINT, labelsize=7.5)
    axes.set_title(band, loc="left", fontsize=8.5, fontweight="bold", pad=3)
    if not len(values):
        return
    wide = np.clip(values.astype(np.float64), -LARGEST, LARGEST)
    low, high = np.percentile(wide, (0.1, 99.9))
    if high <= low:
        # half a unit is less than the spacing of large numbers
        spread = max(0.5, 1e-6 * abs(low))
        low, high = low - spread, high + spread
    counts, edges = np.histogram(wide, bins=_bin_edges(wide, float(low), float(high)))
    color = BAND_COLORS.get(band.lower(), "#5b6b7a")
    axes.stairs(counts, edges, fill=True, color=color, alpha=0.2 if by_class else 0.35)
    axes.stairs(counts, edges, color=color, linewidth=0.5 if by_class else 0.9)
    colors = choose_colors(classes)
    for index, own in by_class:
        curve, _ = np.histogram(np.clip(own.astype(np.float64), -LARGEST, LARGEST), bins=edges)
        axes.stairs(curve * (counts.max() / max(1, curve.max())), edges, color=colors[index])
    axes.set_ylim(0, counts.max() * 1.08)
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_title(
        f"{_number(low)} to {_number(high)}", loc="right", fontsize=7.5, color=FAINT, pad=3
    )


def _bin_edges(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """About 80 bins.

    Where values are whole, a bin is a whole number of steps, so that no bin holds more than
    another.
    """
    if not np.array_equal(values, np.rint(values)):
        return np.linspace(low, high, 81)
    step = np.ceil((high - low + 1) / 80)
    return np.arange(np.floor(low) - 0.5, high + step + 0.5, step)


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def choose_colors(classes: Sequence[str]) -> list[str]:
    """A colour for each class: the customary one for its name, else one of the palette.

    Different colours if possible.
    """
    chosen: list[str] = []
    for name in classes:
        customary = [color for word, color in CUSTOMARY.items() if word in name.lower()]
        free = [color for color in (*customary, *PALETTE) if color not in chosen]
        chosen.append(free[0] if free else PALETTE[len(chosen) % len(PALETTE)])
    return chosen


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
