"""The part of report and gather that goes through class maps: areas of classes, and a small picture of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.reporting.class_counts import count_classes
from rs_seg.io.raster import RasterReader
from rs_seg.scenes.footprints import map_in_threads
from rs_seg.values import ClassNames, Window
from rs_seg.values.grid import Grid, ground_pixel_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

READ_SIZE = 2048
"""Height and width of what is read at once, in pixels."""


@dataclass(frozen=True)
class SurveyedMap:
    """A class map: its grid, pixels of each class (K,), and codes (H, W) of every `step`-th row and column."""

    grid: Grid
    counts: NDArray[np.int64]
    step: int
    sample: NDArray[np.integer]

    @cached_property
    def hectares(self) -> list[float]:
        """Area of each class on the ground: counted pixels."""
        return [float(each) for each in self.counts * ground_pixel_size(self.grid) ** 2 / 10_000]


def survey_maps(
    maps: Mapping[str, Path], names: ClassNames, *, sample: int, description: str
) -> dict[str, SurveyedMap]:
    """The maps of all scenes by their names, read once and side by side.

    Samples have at most about `sample` rows and columns.
    """
    surveyed = map_in_threads(
        lambda path: _survey(path, names, sample), list(maps.values()), description=description
    )
    return dict(zip(maps, surveyed, strict=True))


def _survey(path: Path, names: ClassNames, size: int) -> SurveyedMap:
    with RasterReader(path) as reader:
        step = max(1, -(-max(reader.height, reader.width) // size))
        shape = -(-reader.height // step), -(-reader.width // step)
        sample = np.full(shape, names.nodata, dtype=names.dtype)

        def read(window: Window) -> NDArray[np.integer]:
            codes = reader.read_codes(window)
            row, column = -window.row % step, -window.column % step
            part = codes[row::step, column::step]
            top, left = (window.row + row) // step, (window.column + column) // step
            sample[top : top + part.shape[0], left : left + part.shape[1]] = part
            return codes

        counts = count_classes(
            read, names, height=reader.height, width=reader.width, size=READ_SIZE
        )
        return SurveyedMap(reader.grid, counts, step, sample)
