"""Strips of a raster, each a whole GeoTIFF, joined into one raster without decoding a pixel."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from tifffile import PLANARCONFIG, TiffFile, TiffPage

from rs_seg.io.raster import BLOCK, create_raster
from rs_seg.io.staging import staged
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StripStore:
    """A folder of finished strips of one raster of bytes; several processes may fill it at once.

    Strips begin at multiples of BLOCK rows. A strip is whole or absent.
    """

    folder: Path
    grid: Grid
    names: tuple[str, ...]
    nodata: int

    def has(self, row: int, height: int) -> bool:
        """Whether the strip of these rows is finished.

        One that cannot be read is removed, and said to be.
        """
        path = self._path(row, height)
        if not path.exists():
            return False
        fault = self._fault_of(path, height)
        if fault is None:
            return True
        logger.warning("%s is no whole strip and is computed again: %s", path, fault)
        path.unlink()
        return False

    def write(self, row: int, pixels_KHW: NDArray[np.uint8]) -> None:
        """Keep a finished strip that begins at `row`."""
        height = pixels_KHW.shape[1]
        assert row % BLOCK == 0
        assert height % BLOCK == 0 or row + height == self.grid.height
        grid = crop(self.grid, Window(row, 0, height, self.grid.width))
        with (
            staged({"strip": self._path(row, height)}) as paths,
            create_raster(
                paths["strip"], grid, dtype="uint8", bands=self.names, nodata=self.nodata
            ) as dataset,
        ):
            dataset.write(pixels_KHW)

    def join(self, path: Path, rows: Sequence[tuple[int, int]]) -> None:
        """Write the raster from its finished strips (row, height), from top to bottom without gaps.

        The compressed tiles are copied as they are, in the order of the strips, so that the same
        strips give the same bytes whenever and by whomever they were made.
        """
        create_raster(
            path, self.grid, dtype="uint8", bands=self.names, nodata=self.nodata, without_tiles=True
        ).close()
        with TiffFile(path) as tiff:
            planes = len(self.names) if _page(tiff).planarconfig == PLANARCONFIG.SEPARATE else 1
        across, down = -(-self.grid.width // BLOCK), -(-self.grid.height // BLOCK)
        offsets, counts = (np.zeros((planes, down * across), dtype=np.int64) for _ in range(2))
        with path.open("r+b") as target:
            end = target.seek(0, os.SEEK_END)
            for row, height in rows:
                tiles = slice(row // BLOCK * across, -(-(row + height) // BLOCK) * across)
                for plane, copied in enumerate(_tiles(self._path(row, height), planes)):
                    counts[plane, tiles] = [target.write(tile) for tile in copied]
                    ends = end + np.cumsum(counts[plane, tiles])
                    offsets[plane, tiles] = ends - counts[plane, tiles]
                    end = int(ends[-1])
        with TiffFile(path, mode="r+") as tiff:
            _page(tiff).tags["TileOffsets"].overwrite(offsets.ravel().tolist())
            _page(tiff).tags["TileByteCounts"].overwrite(counts.ravel().tolist())

    def _fault_of(self, path: Path, height: int) -> str | None:
        """Why a file cannot be joined; None where it can.

        Every tile is decoded: `join` copies them as they are.
        """
        try:
            with rasterio.open(path) as strip:
                layout = (strip.height, strip.width, strip.count, *set(strip.dtypes))
                if layout != (height, self.grid.width, len(self.names), "uint8"):
                    return f"rows, columns, bands and type are {layout}"
                for top in range(0, height, BLOCK):
                    strip.read(window=((top, min(top + BLOCK, height)), (0, self.grid.width)))
        except RasterioError as error:
            return " ".join(str(error.__cause__ or error).split())
        return None

    def _path(self, row: int, height: int) -> Path:
        return self.folder / f"rows-{row:07d}-{row + height:07d}.tif"


def _tiles(path: Path, planes: int) -> list[list[memoryview]]:
    """The compressed tiles of a GeoTIFF, in the order of the raster, for each plane."""
    content = memoryview(path.read_bytes())
    with TiffFile(path) as tiff:
        places = zip(_page(tiff).dataoffsets, _page(tiff).databytecounts, strict=True)
        tiles = [content[offset : offset + count] for offset, count in places]
    size = len(tiles) // planes
    return [tiles[plane * size : (plane + 1) * size] for plane in range(planes)]


def _page(tiff: TiffFile) -> TiffPage:
    page = tiff.pages[0]
    assert isinstance(page, TiffPage)
    return page
