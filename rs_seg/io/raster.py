"""Rasters of a run: opened with clear errors, read by windows, written in one house format."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import rasterio
from numpy.typing import DTypeLike, NDArray
from rasterio._path import _parse_path
from rasterio.errors import NotGeoreferencedWarning, RasterioError, RasterioIOError
from rasterio.io import DatasetReader, DatasetWriter
from rasterio.windows import Window as RasterioWindow

from rs_seg.errors import UserError
from rs_seg.io.gdal_environment import keep_environment
from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.io.raster_writer import RasterWriter
from rs_seg.values.grid import Grid
from rs_seg.values.pictures import restore_crs
from rs_seg.values.window import Window

COPY_AGAIN = "check the path and that the file was copied whole"
BLOCK = 256
"""Height and width of the tiles of the rasters we write, in pixels."""


@contextmanager
def open_raster(
    path: Path, drivers: Sequence[str] | None = None, *, remedy: str = COPY_AGAIN, **options: Any
) -> Iterator[DatasetReader]:
    """A readable raster, opened by one of the `drivers` of GDAL, or by any.

    `options` are those of the driver. `remedy` is what an error advises.

    Raises:
        UserError: the file is missing, or not a raster that can be opened.
    """
    keep_environment()
    try:
        dataset = (
            rasterio.open(path, **options) if drivers is None else open_by(drivers, path, **options)
        )
    except (
        RasterioIOError,
        UnicodeDecodeError,
    ) as error:  # the latter where GDAL quotes text that is no UTF-8
        raise UserError(
            "raster cannot be opened",
            where=path,
            found=" ".join(str(error).split()),
            expected="a readable raster such as a GeoTIFF",
            remedy=remedy,
        ) from error
    with dataset:
        yield dataset


def open_by(drivers: Sequence[str], path: Path | str, **options: Any) -> DatasetReader:
    """A readable raster, opened by one of the named drivers; names unknown to GDAL are ignored.

    Raises:
        RasterioError: none of them does.
    """
    # rasterio.open takes one driver only (seen in 1.4.4), the class behind it a list
    keep_environment()
    return DatasetReader(_parse_path(path), driver=list(drivers), **options)


def grid_of(dataset: DatasetReader) -> Grid:
    """The grid of a raster with a CRS."""
    crs = restore_crs(str(dataset.crs.to_wkt()))
    return Grid((dataset.height, dataset.width), dataset.transform, crs)


def to_rasterio(window: Window) -> RasterioWindow:
    """The window in rasterio's terms."""
    return RasterioWindow(window.column, window.row, window.width, window.height)


class OpenRaster:
    """A raster that is open until the end of a `with` block."""

    def __init__(self, path: Path, drivers: Sequence[str] | None = None, **options: Any) -> None:
        self.path = path
        self._opening = open_raster(path, drivers, **options)
        self.dataset: DatasetReader = self._opening.__enter__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._opening.__exit__(None, None, None)


class RasterReader(OpenRaster):
    """A raster of the run, read by windows that may reach outside it.

    `path`, `grid`, `bands` (descriptions, "" where a band has none), `dtype` and `nodata` (the
    declared value or None) describe it.
    Use it as a context manager. One thread at a time.
    """

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(path, remedy=MAKE_AGAIN, **options)
        self.grid = grid_of(self.dataset)
        self.bands = tuple(description or "" for description in self.dataset.descriptions)
        self.dtype = np.dtype(self.dataset.dtypes[0])
        self.nodata: float | None = self.dataset.nodata

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.grid.height)

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.grid.width)

    def read(self, window: Window, positions: Sequence[int] | None = None) -> NDArray[Any]:
        """Pixels (B, H, W) in the type of the file.

        Outside the raster they are `nodata`, or 0 where none is declared. `positions` in `bands`
        say which bands are read; None: all.
        """
        fill = 0 if self.nodata is None else self.nodata
        numbers = [
            position + 1
            for position in (range(len(self.bands)) if positions is None else positions)
        ]
        pixels = np.full((len(numbers), window.height, window.width), fill, dtype=self.dtype)
        self._fill(pixels, window, lambda inside: self.dataset.read(numbers, window=inside))
        return pixels

    def read_codes(self, window: Window) -> NDArray[Any]:
        """Pixels (H, W) of the first band."""
        pixels: NDArray[Any] = self.read(window)[0]
        return pixels

    def read_valid(self, window: Window) -> NDArray[np.bool_]:
        """True (H, W) where the file's mask says that pixels hold data.

        False outside the raster.
        """
        valid = np.zeros((window.height, window.width), dtype=np.uint8)
        self._fill(valid, window, lambda inside: self.dataset.dataset_mask(window=inside))
        return valid > 0

    def _fill(self, target: NDArray[Any], window: Window, read: Any) -> None:
        inside = window.clip(self.height, self.width)
        if inside is None:
            return
        try:
            pixels = read(to_rasterio(inside))
        except RasterioError as error:
            raise UserError(
                "pixels cannot be read",
                where=f"{self.path}, {inside}",
                found=" ".join(str(error.__cause__ or error).split()),
                expected="a whole file",
                remedy=MAKE_AGAIN,
            ) from error
        rows, columns = inside.relative_to(window).slices
        target[..., rows, columns] = pixels


@contextmanager
def ignoring_no_georeference() -> Iterator[None]:
    """Within it rasterio is silent on files without a place: it is meant so, or told elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def create_raster(
    path: Path,
    grid: Grid,
    *,
    dtype: DTypeLike,
    bands: Sequence[str],
    nodata: float | None = None,
    colormap: dict[int, tuple[int, int, int, int]] | None = None,
    names: dict[int, str] | None = None,
    without_tiles: bool = False,
) -> DatasetWriter:
    """A new tiled ZSTD GeoTIFF with band descriptions, to be written by windows and closed.

    It is a BigTIFF when needed. `colormap` (rgba by code, for 8 and 16 bit) and `names` (category
    name by code) make a class map that opens styled. A mask written with `write_mask` is stored
    inside the file. `without_tiles`, what is never written takes no place.
    """
    dtype = np.dtype(dtype)
    keep_environment()
    with ignoring_no_georeference():
        dataset = RasterWriter(
            str(path),
            "w",
            driver="GTiff",
            height=grid.height,
            width=grid.width,
            count=len(bands),
            dtype=dtype,
            crs=None if grid.crs is None else grid.crs.to_wkt(),
            transform=grid.affine,
            nodata=nodata,
            tiled=True,
            blockxsize=BLOCK,
            blockysize=BLOCK,
            compress="ZSTD",
            zstd_level=1,
            # GDAL 3.10 prints a spurious ExtraSamples error when it compresses several bands in
            # threads
            num_threads=1,
            predictor=3 if dtype.kind == "f" else 2,
            interleave="pixel" if len(bands) <= 4 else "band",
            photometric="MINISBLACK",  # no band is taken for alpha: the mask says what is valid
            bigtiff="IF_SAFER",
            sparse_ok=without_tiles,
        )
    for index, name in enumerate(bands, start=1):
        dataset.set_band_description(index, name)
    if colormap is not None and dtype in (np.uint8, np.uint16):
        dataset.write_colormap(1, colormap)
    if names is not None:
        dataset.update_tags(1, **{f"class_{code}": name for code, name in names.items()})
    return dataset
