"""The dates of a source side by side, all stretched alike, so that the season shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.inspection.page import FAINT, LEFT, WIDE, Page, show_picture
from rs_seg.algorithms.reporting.pictures import percentile_ranges, stretch_bands

PER_ROW, MOST_DATES = 8, 24
"""Pictures in a row of the strip, and in all its rows."""
GAP, TITLE = 0.1, 0.26
"""Inches between pictures, and of a line of text above them."""
STEP = (WIDE - LEFT - 0.2) / PER_ROW
"""Inches from one picture to the next."""


@dataclass(frozen=True)
class DateSeries:
    """The dates of one source: `pixels` (B, H, W) to be shown and `valid` (H, W) of each."""

    source: str
    dates: Sequence[str]
    pixels: Sequence[NDArray[Any]]
    valid: Sequence[NDArray[np.bool_]]


def strip_height(series: DateSeries, ratio: float) -> float:
    """Inches of the strip of a series, whose pictures are `ratio` times as high as wide."""
    rows = -(-min(len(series.dates), MOST_DATES) // PER_ROW)
    return TITLE + rows * (_picture_height(ratio) + TITLE) + GAP


def draw_strip(page: Page, series: DateSeries, top: float) -> None:
    """Draw a picture of each date, with the date and the share that is clear above it."""
    more = len(series.dates) - MOST_DATES
    heading = f"Dates of {series.source}" + (f", and {more} more" if more > 0 else "")
    where = LEFT / WIDE, 1 - (top + TITLE / 2) / page.tall
    page.figure.text(*where, heading, fontsize=10, fontweight="bold", va="center")
    ranges = percentile_ranges(
        np.concatenate(series.pixels, axis=2), np.concatenate(series.valid, axis=1)
    )
    shown = zip(series.dates[:MOST_DATES], series.pixels, series.valid, strict=False)
    for number, (date, pixels, valid) in enumerate(shown):
        row, column = divmod(number, PER_ROW)
        tall = _picture_height(valid.shape[0] / valid.shape[1])
        place = LEFT + STEP * column, top + 2 * TITLE + (tall + TITLE) * row
        axes = page.add(*place, STEP - GAP, tall)
        show_picture(axes, stretch_bands(pixels, valid, ranges=ranges))
        axes.set_title(date, loc="left", fontsize=7.5, pad=2)
        axes.set_title(f"{valid.mean():.0%}", loc="right", fontsize=7, color=FAINT, pad=2)


def _picture_height(ratio: float) -> float:
    return float(np.clip((STEP - GAP) * ratio, 0.4, 2.5))
