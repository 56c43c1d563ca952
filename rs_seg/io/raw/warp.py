"""A raw raster brought onto a grid, window by window: the same pixels whatever the windows are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.io import DatasetReader, MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import reproject

from rs_seg.io.raster import ignoring_no_georeference
from rs_seg.io.raw.crs import move
from rs_seg.io.raw.georeference import Georeference, apply
from rs_seg.io.raw.source import SourceRaster
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop, crs_of, equal

Method = Literal["nearest", "bilinear", "cubic", "lanczos", "average", "mode"]
Read = tuple[NDArray[Any], NDArray[np.bool_]]

AVERAGE_FROM = 1.5
"""Source pixels per pixel of the grid from which "average" is the default."""
LARGEST_READ = 24_000_000
"""Source values (bands x rows x columns) that are held at once."""
EXACT = 1e-9
"""Pixels by which places may be wrong; `rasterio.warp.reproject` approximates them by 0.125,
differently in each window, and 0 is refused by WarpedVRT (both seen in rasterio 1.4.4)."""
SAMPLES = 21
"""Points along each side of a window whose places in the source are computed."""


class WarpedSource:
    """A source on a grid.

    `resampling` None means average where at least 1.5 source pixels make one of the grid, bilinear
    elsewhere. A source that lies exactly on the grid is passed through unchanged. Otherwise only
    valid pixels enter a new value (weights are renormalised), a pixel is valid when at least half
    of its weight is, and values keep the type of the source: rounded and clipped to it.
    """

    def __init__(self, source: SourceRaster, grid: Grid, *, resampling: Method | None) -> None:
        self.source = source
        self.grid = grid
        self._target = CRS.from_wkt(crs_of(grid).to_wkt())
        self._to_pixels = source.georeference.to_pixels()
        self.passed_through = self._lies_on_grid()
        self.ratio = self._measure_ratio()
        self.resampling: Method = resampling or (
            "average" if max(self.ratio) >= AVERAGE_FROM else "bilinear"
        )

    @property
    def overlaps(self) -> bool:
        """Whether the bounding box of the source meets the grid."""
        return (
            self._source_window(Window(0, 0, self.grid.height, self.grid.width), margin=0)
            is not None
        )

    def read(self, window: Window) -> Read:
        """Pixels (B, H, W) and the valid mask (H, W) of a window inside the grid.

        Invalid pixels are 0.

        Raises:
            UserError: the file cannot be read there.
        """
        if self.passed_through:
            pixels, valid = self.source.read(window)
            return np.where(valid, pixels, np.zeros((), dtype=pixels.dtype)), valid
        needed = self._source_window(window, margin=self._margin())
        if needed is None:
            return _nothing(self.source.band_count, window, self.source.dtype)
        if (
            needed.height * needed.width * self.source.band_count > LARGEST_READ
            and max(window.height, window.width) > 1
        ):
            return self._read_halves(window)
        return self._warp(window, needed)

    def _read_halves(self, window: Window) -> Read:
        row, column, height, width = window.row, window.column, window.height, window.width
        if height >= width:
            axis, half = -2, height // 2
            parts = (
                Window(row, column, half, width),
                Window(row + half, column, height - half, width),
            )
        else:
            axis, half = -1, width // 2
            parts = (
                Window(row, column, height, half),
                Window(row, column + half, height, width - half),
            )
        pixels, valid = zip(*(self.read(part) for part in parts), strict=True)
        return np.concatenate(pixels, axis=axis), np.concatenate(valid, axis=axis)

    def _warp(self, window: Window, needed: Window) -> Read:
        pixels, valid = self.source.read(needed)
        dtype = self.source.dtype
        working = np.float32 if dtype.itemsize <= 2 or dtype == np.float32 else np.float64
        if not valid.any():
            return _nothing(len(pixels), window, dtype)
        known = np.where(valid, pixels.astype(working), np.array(math.nan, dtype=working))
        warped = self._reproject(known, window, needed, nodata=math.nan)
        held = np.isfinite(warped).all(axis=0)
        if not (
            valid.all()
            and needed.expand(1).clip(self.source.height, self.source.width) == needed.expand(1)
        ):
            held &= (
                self._reproject(valid[None].astype(np.float32), window, needed, nodata=None)[0]
                >= 0.5
            )
        return _cast(np.where(held, warped, 0), dtype), held

    def _reproject(
        self, pixels: NDArray[Any], window: Window, needed: Window, *, nodata: float | None
    ) -> NDArray[Any]:
        """Pixels (B, H, W) of the window, from pixels of the needed part of the source."""
        georeference = self.source.georeference.shift(needed.row, needed.column)
        if georeference.transform is None:
            return self._reproject_by_points(pixels, georeference, window, nodata=nodata)
        with raster_in_memory(pixels, georeference) as part:
            options = {
                "crs": georeference.warp_crs(self._target),
                "transform": georeference.warp_transform(crop(self.grid, window).affine),
                "height": window.height,
                "width": window.width,
                "resampling": Resampling[self.resampling],
                "tolerance": EXACT,
                "src_nodata": nodata,
                "nodata": nodata,
                # fixed, because GDAL else derives the kernel's width from the window
                "XSCALE": repr(1 / self.ratio[1]),
                "YSCALE": repr(1 / self.ratio[0]),
            }
            with WarpedVRT(
                part, src_crs=georeference.warp_crs(georeference.crs), **options
            ) as warped:
                return warped.read()  # type: ignore[no-any-return]

    def _reproject_by_points(
        self,
        pixels: NDArray[Any],
        georeference: Georeference,
        window: Window,
        *,
        nodata: float | None,
    ) -> NDArray[Any]:
        """The same for ground control points, which WarpedVRT does not take.

        Places are right to 0.125 source pixels.
        """
        reprojected = np.zeros((len(pixels), window.height, window.width), dtype=pixels.dtype)
        reproject(
            pixels,
            reprojected,
            **georeference.warp_options,
            src_nodata=nodata,
            dst_transform=crop(self.grid, window).affine,
            dst_crs=self._target,
            dst_nodata=nodata,
            resampling=Resampling[self.resampling],
            XSCALE=repr(1 / self.ratio[1]),
            YSCALE=repr(1 / self.ratio[0]),
        )
        return reprojected

    def _lies_on_grid(self) -> bool:
        own = self.source.georeference.transform
        if own is None:
            return False
        mine = Grid(
            (self.source.height, self.source.width), own, self.source.georeference.crs.to_wkt()
        )
        return equal(mine, self.grid)

    def _measure_ratio(self) -> tuple[float, float]:
        """Source pixels per pixel of the grid, down and across, in the middle of the source.

        Both are at least 1e-6.
        """
        step = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
        middle = move(
            *self.source.georeference.to_world()(
                np.array([self.source.width / 2]), np.array([self.source.height / 2])
            ),
            self.source.georeference.crs,
            self._target,
        )
        column, row = ~self.grid.affine * (float(middle[0][0]), float(middle[1][0]))
        columns, rows = self._place(column + step[0], row + step[1])
        across = math.hypot(columns[1] - columns[0], rows[1] - rows[0])
        down = math.hypot(columns[2] - columns[0], rows[2] - rows[0])
        if not (math.isfinite(across) and math.isfinite(down)):
            return 1.0, 1.0
        return max(down, 1e-6), max(across, 1e-6)

    def _margin(self) -> int:
        kernel = {"nearest": 1, "bilinear": 2, "cubic": 3, "lanczos": 4}.get(self.resampling, 2)
        return 4 + math.ceil(kernel * max(1.0, *self.ratio))

    def _place(
        self, columns: NDArray[Any], rows: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Columns and rows in the source of places in the grid; not finite where there are none."""
        x, y = apply(self.grid.affine, columns, rows)
        x, y = move(x, y, self._target, self.source.georeference.crs)
        placed = np.isfinite(x) & np.isfinite(y)
        places = np.full((2, len(x)), np.inf)
        if placed.any():
            places[:, placed] = self._to_pixels(x[placed], y[placed])
        return places[0], places[1]

    def _source_window(self, window: Window, *, margin: int) -> Window | None:
        """The pixels of the source that a window needs, or None when it needs none."""
        grid_columns, grid_rows = np.meshgrid(
            np.linspace(window.column, window.column_end, SAMPLES),
            np.linspace(window.row, window.row_end, SAMPLES),
        )
        columns, rows = self._place(grid_columns.ravel(), grid_rows.ravel())
        placed = np.isfinite(columns) & np.isfinite(rows)
        if not placed.any():
            return None
        top, bottom = (
            math.floor(rows[placed].min()) - margin,
            math.ceil(rows[placed].max()) + margin,
        )
        left, right = (
            math.floor(columns[placed].min()) - margin,
            math.ceil(columns[placed].max()) + margin,
        )
        return Window(top, left, max(bottom - top, 1), max(right - left, 1)).clip(
            self.source.height, self.source.width
        )


def _nothing(band_count: int, window: Window, dtype: np.dtype[Any]) -> Read:
    shape = (window.height, window.width)
    return np.zeros((band_count, *shape), dtype=dtype), np.zeros(shape, dtype=bool)


def _cast(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    if dtype.kind not in "iu":
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.clip(np.rint(values), limits.min, limits.max).astype(dtype, copy=False)  # type: ignore[no-any-return]


@contextmanager
def raster_in_memory(pixels: NDArray[Any], georeference: Georeference) -> Iterator[DatasetReader]:
    """An uncompressed raster (B, H, W) in memory."""
    band_count, height, width = pixels.shape
    with MemoryFile() as file:
        with (
            ignoring_no_georeference(),
            file.open(
                driver="GTiff",
                count=band_count,
                height=height,
                width=width,
                dtype=pixels.dtype,
                crs=georeference.warp_crs(georeference.crs),
                transform=georeference.transform
                and georeference.warp_transform(georeference.transform),
            ) as target,
        ):
            target.write(pixels)
        with file.open() as dataset:
            yield dataset
