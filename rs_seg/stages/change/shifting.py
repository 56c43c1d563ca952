"""The part of change that measures how far the images of two dates lie apart."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rs_seg.algorithms.changing.shift import Shift, measure_window, plan_windows, summarize_shifts
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.warp import WarpedSource
from rs_seg.progress import track
from rs_seg.values.grid import equal, ground_pixel_sides

NOT_MEASURED = ("day_", "has_")
"""Beginnings of the names of bands that hold no measurement."""
MOST_BANDS = 8
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeasuredShift:
    """The shift of two images; `shift` is None where too few windows are alike."""

    shift: Shift | None
    tried: int
    metres: float


def measure_shift(before: Path, after: Path) -> MeasuredShift:
    """How far the later image is shifted against the earlier one, on the grid of the latter."""
    shifts: list[tuple[float, float]] = []
    with ExitStack() as stack:
        first = stack.enter_context(RasterReader(before))
        second = stack.enter_context(RasterReader(after))
        bands = _shared_bands(first.bands, second.bands)
        warped = None
        if not equal(first.grid, second.grid):
            rules = SourceRules(match_bands=False)
            source = stack.enter_context(SourceRaster(after, bands=len(second.bands), rules=rules))
            warped = WarpedSource(source, first.grid, resampling="cubic")
        windows = plan_windows(first.height, first.width)
        for window in track(windows, total=len(windows), description="change: shift"):
            pixels, valid = first.read(window, [own for own, _ in bands]), first.read_valid(window)
            if warped is None:
                later, seen = (
                    second.read(window, [other for _, other in bands]),
                    second.read_valid(window),
                )
            else:
                later, seen = warped.read(window)
                later = later[[other for _, other in bands]]
            moved = measure_window(pixels, later, valid & seen)
            shifts += [] if moved is None else [moved]
        sides = ground_pixel_sides(first.grid)
    shift = summarize_shifts(shifts)
    metres = (
        0.0 if shift is None else float(np.hypot(shift.rows * sides[0], shift.columns * sides[1]))
    )
    return MeasuredShift(shift, len(windows), metres)


def _shared_bands(first: Sequence[str], second: Sequence[str]) -> list[tuple[int, int]]:
    """Positions of the bands that both images have; of images without names, the first ones."""
    if not all((*first, *second)):
        return [(position, position) for position in range(min(len(first), len(second)))][
            :MOST_BANDS
        ]
    shared = [name for name in first if name in second and not name.startswith(NOT_MEASURED)]
    return [(first.index(name), second.index(name)) for name in shared[:MOST_BANDS]]
