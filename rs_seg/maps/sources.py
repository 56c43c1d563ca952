"""The part of vectorize and merge that reads a map and what belongs to it, strip by strip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rs_seg.config import VectorizeConfig
from rs_seg.errors import UserError
from rs_seg.io.pairs import check_same_grid
from rs_seg.values import ClassNames, Window

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from rs_seg.values.grid import Grid

STRIP_PIXELS = 4_000_000
STRIP_ROWS = 256
LEAST_ROWS = 64
"""Strips are of about so many pixels, in whole blocks of so many rows; of fewer rows where maps are
very wide."""
SPARE_CACHE = 16
"""Megabytes that GDAL may keep besides."""
STRANGE = -2
"""Stands for codes that the legend does not know."""


class CodeRaster(Protocol):
    """A raster of codes that is read by windows."""

    @property
    def path(self) -> Path:
        """Its file."""

    def read_codes(self, window: Window) -> NDArray[Any]:
        """Pixels (H, W) of the first band."""


class Raster(CodeRaster, Protocol):
    """A raster that is read by windows: of one file, or of the files of several scenes.

    `path` is the first file.
    """

    path: Path
    grid: Grid
    bands: tuple[str, ...]

    def read(self, window: Window) -> NDArray[Any]:
        """Pixels (B, H, W)."""

    def read_valid(self, window: Window) -> NDArray[np.bool_]:
        """Where there are data (H, W)."""


@dataclass(frozen=True)
class Sources:
    """Rasters on one grid: class codes, quantised confidence, perhaps probabilities and imagery.

    The last two only where they are needed.

    `path` is the file of the class map, or of the first of several.
    """

    path: Path
    classes: Raster
    confidence: Raster
    probabilities: Raster | None = None
    image: Raster | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    """By a band of the imagery the one that is 0 where it has no data (`marks_of`)."""

    @property
    def grid(self) -> Grid:
        """The grid of all of them."""
        return self.classes.grid


def check_sources(config: VectorizeConfig, sources: Sources) -> None:
    """Refuse rasters on another grid than the class map, or without what is asked for.

    Raises:
        UserError: a raster is missing, lies elsewhere, or has no such band.
    """
    needed = {"probabilities": config.needs_probabilities, "image": bool(config.zonal)}
    for title, asked in needed.items():
        if asked and getattr(sources, title) is None:
            raise UserError(
                f"vectorize needs --{title}",
                where=sources.path,
                found="no file",
                expected=f"the {title} that the map was made from",
                remedy=f"give the file with --{title}; the workflow does",
            )
    for title in ("confidence", "probabilities", "image"):
        raster = getattr(sources, title)
        if raster is not None:
            check_same_grid(raster, sources.classes)


def strip_windows(grid: Grid, *, divided_by: int = 1) -> Iterator[Window]:
    """Windows of whole rows that cover the grid, from top to bottom.

    They hold STRIP_PIXELS divided by a number, where several are at work at once.
    """
    pixels = STRIP_PIXELS / divided_by
    rows = round(pixels / grid.width / STRIP_ROWS) * STRIP_ROWS or LEAST_ROWS
    for row in range(0, grid.height, rows):
        yield Window(row, 0, min(rows, grid.height - row), grid.width)


def cache_megabytes(sources: Sources) -> int:
    """Megabytes that GDAL may keep of the rasters.

    Two rows of tiles, of at most four bytes a value, and their masks.
    """
    rasters = (sources.classes, sources.confidence, sources.probabilities, sources.image)
    values = sum(4 * len(raster.bands) + 1 for raster in rasters if raster is not None)
    return SPARE_CACHE + 2 * STRIP_ROWS * sources.grid.width * values // 1_000_000


def read_indices(classes: CodeRaster, window: Window, names: ClassNames) -> NDArray[np.int32]:
    """Class indices (H, W) of a map, -1 for nodata; codes that the legend lacks are refused."""
    codes = classes.read_codes(window)
    if codes.dtype != names.dtype:
        raise UserError(
            "the class map is of another type than its codes need",
            where=classes.path,
            found=str(codes.dtype),
            expected=f"{names.dtype} for the codes {', '.join(str(code) for code in names.codes)}",
            remedy="make the class map again",
        )
    table = names.decode(np.arange(names.nodata + 1)).astype(np.int32)
    table[table < 0] = STRANGE
    table[names.nodata] = -1
    indices: NDArray[np.int32] = np.take(table, codes)
    if indices.min(initial=0) == STRANGE:  # without an array of its own
        raise UserError(
            "the class map has codes that the legend does not know",
            where=classes.path,
            found=", ".join(str(code) for code in np.unique(codes[indices == STRANGE])[:10]),
            expected=f"{', '.join(map(str, names.codes))}, or {names.nodata} for nodata",
            remedy="add the classes to the legend, or make the class map again",
        )
    return indices
