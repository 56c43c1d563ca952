"""The part of change that reads two maps on the grid of the earlier one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.ranking import cover
from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.io.raw.labels import RasterReading, open_label_raster
from rs_seg.maps.sources import CodeRaster, read_indices
from rs_seg.scenes.manifest import read_manifest
from rs_seg.values import ClassNames, Window
from rs_seg.values.grid import Grid, crs_of, equal, has_place, to_pixels, to_world
from rs_seg.values.layout import MapKey

ReadCodes = Callable[[Window], NDArray[Any]]


def keys_of(before: Path, after: Path) -> tuple[MapKey, MapKey]:
    """The scenes of both maps, which are by one network and refinement.

    Raises:
        UserError: they are not.
    """
    keys = [MapKey(*read_manifest([path]).keys("classes")[0]) for path in (before, after)]
    if keys[0].method != keys[1].method:
        raise UserError(
            "maps of two methods are no two dates: they differ without any change",
            where="--before and --after",
            found=f"{keys[0].title} and {keys[1].title}",
            expected="maps by the same network and refinement",
        )
    return keys[0], keys[1]


def check_place(raster: RasterReader) -> None:
    """See that a map lies on Earth.

    Raises:
        UserError: it is one of a picture: areas in hectares, and the same ground, are not known.
    """
    if not has_place(raster.grid):
        raise UserError(
            "pictures without a place cannot be compared",
            where=raster.path,
            found="a picture whose pixels lie nowhere",
            expected="scenes with a place, of which it is known that they show the same ground",
            remedy="georeference both images, or leave them out of change",
        )


@dataclass(frozen=True)
class LaterRaster:
    """Codes of a raster on the grid of another one; `grid` is its own."""

    path: Path
    grid: Grid
    resampled: bool
    read_codes: ReadCodes
    """Pixels (H, W) of a window of that other grid, which may reach outside; nodata where the
    raster has none."""


@contextmanager
def open_later(path: Path, grid: Grid) -> Iterator[LaterRaster]:
    """A raster of codes on another grid, by nearest neighbour.

    Raises:
        UserError: the raster does not meet the grid.
    """
    with RasterReader(path) as own:
        if equal(own.grid, grid):
            yield LaterRaster(path, own.grid, resampled=False, read_codes=own.read_codes)
            return
        nodata = own.nodata if own.nodata is not None else np.iinfo(own.dtype).max
        with open_label_raster(path, RasterReading(ignores_nodata=True), grid) as warped:

            def read(window: Window) -> NDArray[Any]:
                codes = np.full((window.height, window.width), nodata, dtype=own.dtype)
                inside = window.clip(grid.height, grid.width)
                if inside is not None:
                    pixels, valid = warped.read(inside)
                    part = inside.relative_to(window).slices
                    codes[part] = np.where(valid, pixels[0], nodata)
                return codes

            yield LaterRaster(path, own.grid, resampled=True, read_codes=read)


def read_classes(
    raster: CodeRaster, window: Window, names: ClassNames, class_count: int
) -> NDArray[np.int64]:
    """Class indices (H, W) of a map; -1 for nodata, and where the map abstains.

    Raises:
        UserError: a code is none of the map's classes.
    """
    indices = read_indices(raster, window, names)
    return np.where(indices < class_count, indices, -1).astype(np.int64)


@dataclass(frozen=True)
class TestGround:
    """Ground that is tested at both dates."""

    grid: Grid
    """Of the earlier date."""
    later: Grid
    before: Sequence[Window]
    """Test areas of the earlier scene, on its grid."""
    after: Sequence[Window]
    """Test areas of the later scene, on the later grid."""

    def mark(self, window: Window) -> NDArray[np.bool_]:
        """True (H, W) where a pixel of the earlier grid is in the test areas of both scenes."""
        own = cover(window, self.before)
        if not own.any() or equal(self.grid, self.later):
            return own & cover(window, self.after)
        rows, columns = np.mgrid[
            window.row + 0.5 : window.row_end : 1, window.column + 0.5 : window.column_end : 1
        ]
        x, y = to_world(self.grid, rows, columns)
        if self._transformer is not None:
            x, y = self._transformer.transform(x, y)
        row, column = to_pixels(self.later, np.asarray(x), np.asarray(y))
        held = np.zeros(own.shape, dtype=bool)
        for area in self.after:
            held |= (
                (row >= area.row)
                & (row < area.row_end)
                & (column >= area.column)
                & (column < area.column_end)
            )
        return own & held

    @cached_property
    def _transformer(self) -> pyproj.Transformer | None:
        """From the CRS of the earlier grid to that of the later one; None where they are one."""
        source, target = crs_of(self.grid).proj, crs_of(self.later).proj
        if source == target:
            return None
        return pyproj.Transformer.from_crs(source, target, always_xy=True)
