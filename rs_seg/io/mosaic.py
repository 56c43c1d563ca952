"""Scenes whose grids fit, read as one raster."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.raster import RasterReader
from rs_seg.values.mosaic import Member, Mosaic
from rs_seg.values.window import Window

OPEN_FILES = 100
"""Files that are open at the same time at most."""


class MosaicReader:
    """The scenes of a mosaic, read by windows like a single `RasterReader`.

    Windows may reach outside the mosaic. `paths` holds a raster of the same kind for every scene of
    the run, by number. A pixel comes, with all its bands, from the first scene that has data there:
    another value than nodata in some band, or, in files that declare none or NaN, a pixel inside
    the mask. `path`, `grid`, `bands`, `dtype` and `nodata` describe it; all but the grid are those
    of the first scene. Files are opened when a window first meets them, and few stay open. Use it
    as a context manager. One thread at a time.

    Raises:
        UserError: a file is missing or cannot be read, or is not what the plan or the first file
            says; on reading too.
    """

    def __init__(self, mosaic: Mosaic, paths: Sequence[Path]) -> None:
        self.path = paths[mosaic.members[0].scene]
        self.grid = mosaic.grid
        self._members = mosaic.members
        self._paths = paths
        self._boxes = np.array([_ends(member.window) for member in mosaic.members], dtype=np.int64)
        self._open: OrderedDict[int, RasterReader] = OrderedDict()
        with RasterReader(paths[mosaic.members[0].scene]) as first:
            self.bands, self.dtype, self.nodata = first.bands, first.dtype, first.nodata

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.grid.height)

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.grid.width)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()

    def read(self, window: Window) -> NDArray[Any]:
        """Pixels (B, H, W) in the type of the files.

        Where no scene has data they are `nodata`, or 0 where none is declared.
        """
        fill = 0 if self.nodata is None else self.nodata
        pixels = np.full((len(self.bands), window.height, window.width), fill, dtype=self.dtype)
        empty = np.ones((window.height, window.width), dtype=bool)
        for member, inside in self._meeting(window):
            here = inside.relative_to(window).slices
            if not empty[here].any():
                continue
            reader, own = self._reader(member), inside.relative_to(member.window)
            own_pixels = reader.read(own)
            taken = empty[here] & self._holding(reader, own, own_pixels)
            np.copyto(pixels[:, *here], own_pixels, where=taken)
            empty[here] &= ~taken
        return pixels

    def read_codes(self, window: Window) -> NDArray[Any]:
        """Pixels (H, W) of the first band."""
        pixels: NDArray[Any] = self.read(window)[0]
        return pixels

    def read_valid(self, window: Window) -> NDArray[np.bool_]:
        """True (H, W) where the mask of some scene says that pixels hold data.

        False outside all scenes.
        """
        valid = np.zeros((window.height, window.width), dtype=bool)
        for member, inside in self._meeting(window):
            here = inside.relative_to(window).slices
            valid[here] |= self._reader(member).read_valid(inside.relative_to(member.window))
        return valid

    def _meeting(self, window: Window) -> Iterator[tuple[Member, Window]]:
        """Members that the window meets, in order, and the pixels of the mosaic that both hold."""
        row, column, row_end, column_end = _ends(window)
        rows, columns, row_ends, column_ends = self._boxes.T
        meeting = (
            (rows < row_end) & (row_ends > row) & (columns < column_end) & (column_ends > column)
        )
        for index in np.flatnonzero(meeting):
            member = self._members[index]
            inside = member.window.intersect(window)
            assert inside is not None
            yield member, inside

    def _holding(
        self, reader: RasterReader, own: Window, pixels: NDArray[Any]
    ) -> NDArray[np.bool_]:
        if self.nodata is None or np.isnan(self.nodata):
            return reader.read_valid(own)
        holding: NDArray[np.bool_] = (pixels != self.nodata).any(axis=0)
        return holding

    def _reader(self, member: Member) -> RasterReader:
        if member.scene in self._open:
            self._open.move_to_end(member.scene)
            return self._open[member.scene]
        if len(self._open) >= OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        reader = RasterReader(self._paths[member.scene])
        self._open[member.scene] = reader
        self._check(reader, member)
        return reader

    def _check(self, reader: RasterReader, member: Member) -> None:
        found = (
            reader.height,
            reader.width,
            len(reader.bands),
            str(reader.dtype),
            str(reader.nodata),
        )
        expected = (
            member.window.height,
            member.window.width,
            len(self.bands),
            str(self.dtype),
            str(self.nodata),
        )
        if found != expected:
            raise UserError(
                "the raster does not fit those of the other scenes",
                where=reader.path,
                found=_describe(*found),
                expected=_describe(*expected),
                remedy="make the maps of all scenes again with the same settings",
            )


def _ends(window: Window) -> tuple[int, int, int, int]:
    return window.row, window.column, window.row_end, window.column_end


def _describe(height: int, width: int, band_count: int, dtype: str, nodata: str) -> str:
    return f"{height} x {width} pixels, {band_count} bands of {dtype}, nodata {nodata}"
