"""Raw rasters as users have them: opened with every fault named, masked by one rule, read on any grid."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raster import OpenRaster, to_rasterio
from rs_seg.io.raw.georeference import find_georeference
from rs_seg.values import Window

OPAQUE = 128
"""Smallest 8-bit alpha value of a pixel that holds data."""


class SourceRaster(OpenRaster):
    """A raw raster with `bands` bands, and perhaps an alpha band after them; use it as a context manager.

    Values are those of the file: scale and offset tags are not applied. A pixel is valid when every band holds data by
    `nodata`, or, where that is None, by the file's nodata tag, internal or .msk mask and alpha band; NaN and infinite
    values never are.

    Raises:
        UserError: the file cannot be opened.
        UserErrors: every fault of the header: bands, type, CRS, georeference.
    """

    def __init__(
        self,
        path: Path,
        *,
        bands: int,
        nodata: float | None = None,
        crs: str | None = None,
        override_crs: str | None = None,
        setting: str | None = None,
    ) -> None:
        self.bands = bands
        self._nodata = nodata
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # told as a fault below
            super().__init__(path)
        try:
            georeference, faults = find_georeference(
                self.dataset, path, crs, override_crs=override_crs, setting=setting
            )
            faults = [*_find_band_faults(self.dataset, path, bands), *faults]
            if faults:
                raise UserErrors(faults)
        except BaseException:
            self.close()
            raise
        assert georeference is not None, "a raster without faults has a georeference"
        self.georeference = georeference
        self.height, self.width = int(self.dataset.height), int(self.dataset.width)
        self.dtype = np.result_type(*self.dataset.dtypes[:bands])
        self._indexes = list(range(1, bands + 1))
        self._alpha = _alpha_band(self.dataset, bands)

    @property
    def nodata_rule(self) -> str:
        """What makes a pixel invalid, in words."""
        if self._nodata is not None:
            return f"value {self._nodata:g} (configuration)"
        tags = sorted({value for value in self.dataset.nodatavals[: self.bands] if value is not None})
        rules = [f"value {value:g} (file)" for value in tags]
        flags = {flag.name for band in self.dataset.mask_flag_enums[: self.bands] for flag in band}
        if self._alpha is not None:
            rules.append("alpha band")
        elif "per_dataset" in flags:
            rules.append("mask of the file")
        return ", ".join(rules) or "none"

    def read(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Pixels (B, H, W) in the file's type and the valid mask (H, W) of a window inside the raster.

        Raises:
            UserError: the pixels cannot be read (truncated or corrupt file).
        """
        inside = to_rasterio(window)
        return self._guarded(window, lambda: self._read(window=inside))

    def read_overview(self, longest: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """The whole raster like `read`, thinned to a longer side of at most `longest` pixels (nearest neighbour)."""
        factor = max(1.0, max(self.height, self.width) / longest)
        shape = (max(1, round(self.height / factor)), max(1, round(self.width / factor)))
        return self._guarded(Window(0, 0, self.height, self.width), lambda: self._read(out_shape=shape))

    def share_partly_nodata(self, pixels: NDArray[Any]) -> float:
        """Share of pixels (B, H, W) that hold the nodata value in some bands but not in all."""
        values = [self._nodata] * self.bands if self._nodata is not None else self.dataset.nodatavals[: self.bands]
        missing = np.stack([~_differ(pixels[index : index + 1], [value]) for index, value in enumerate(values)])
        return float((missing.any(axis=0) & ~missing.all(axis=0)).mean())

    @property
    def has_palette(self) -> bool:
        """Whether values are numbers of colours, which must not be averaged."""
        return bool(self.dataset.colorinterp[0] == ColorInterp.palette)

    def _read(
        self, *, out_shape: tuple[int, int] | None = None, **options: Any
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        many = None if out_shape is None else (self.bands, *out_shape)
        pixels = self.dataset.read(self._indexes, out_shape=many, **options).astype(self.dtype, copy=False)
        valid = np.isfinite(pixels).all(axis=0) if pixels.dtype.kind == "f" else np.ones(pixels.shape[1:], dtype=bool)
        if self._nodata is not None:
            return pixels, valid & _differ(pixels, [self._nodata] * self.bands)
        valid &= _differ(pixels, self.dataset.nodatavals[: self.bands])
        if self._alpha is not None:
            return pixels, valid & _is_opaque(self.dataset.read(self._alpha, out_shape=out_shape, **options))
        valid &= (self.dataset.read_masks(self._indexes, out_shape=many, **options) > 0).all(axis=0)
        return pixels, valid

    def _guarded(
        self, window: Window, read: Callable[[], tuple[NDArray[Any], NDArray[np.bool_]]]
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        try:
            return read()
        except RasterioError as error:
            raise UserError(
                "pixels cannot be read",
                where=f"{self.path}, {_place(window)}",
                found=" ".join(str(error.__cause__ or error).split()),
                expected="a whole file",
                remedy="copy or download the file again",
            ) from error

    def find_missing_blocks(self) -> UserError | None:
        """The fault of a TIFF whose blocks lie behind its end (a truncated copy), by the directory alone; else None."""
        if self.dataset.driver not in ("GTiff", "COG"):
            return None
        length = self.path.stat().st_size
        height, width = self.dataset.block_shapes[0]
        shape = (-(-self.height // height), -(-self.width // width))
        for band in (
            [1]
            if self.dataset.interleaving is not None and self.dataset.interleaving.name == "pixel"
            else self._indexes
        ):
            for row, column in np.ndindex(*shape):
                end = _block_end(self.dataset, band, row, column)
                if end > length:
                    return _truncated(self.path, Window(row * height, column * width, height, width), end, length)
        return None


def _block_end(dataset: Any, band: int, row: int, column: int) -> int:
    offset = dataset.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
    size = dataset.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=band)
    return int(offset) + int(size) if offset and size else 0


def _place(window: Window) -> str:
    return f"rows {window.row} to {window.row_end}, columns {window.column} to {window.column_end}"


def _truncated(path: Path, block: Window, end: int, length: int) -> UserError:
    return UserError(
        "raster is truncated",
        where=f"{path}, block at row {block.row}, column {block.column} ({block.height} x {block.width} pixels)",
        found=f"a file of {length} bytes",
        expected=f"at least {end} bytes",
        remedy="copy or download the file again",
    )


def _differ(pixels: NDArray[Any], nodata: Any) -> NDArray[np.bool_]:
    """True (H, W) where no band has its nodata value; a value outside the type of the pixels never matches."""
    differ = np.ones(pixels.shape[1:], dtype=bool)
    for band, value in zip(pixels, nodata, strict=True):
        if value is None or np.isnan(value):
            continue
        if band.dtype.kind == "f":
            with np.errstate(over="ignore"):
                differ &= band != band.dtype.type(value)
        elif float(value).is_integer() and np.iinfo(band.dtype).min <= value <= np.iinfo(band.dtype).max:
            differ &= band != band.dtype.type(int(value))
    return differ


def _is_opaque(alpha: NDArray[Any]) -> NDArray[np.bool_]:
    """True where a pixel is at least half opaque; in types wider than 8 bit, whose full scale varies, not 0."""
    opaque: NDArray[np.bool_] = alpha >= OPAQUE if alpha.dtype == np.uint8 else alpha > 0
    return opaque


def _alpha_band(dataset: Any, bands: int) -> int | None:
    if dataset.count > bands and dataset.colorinterp[bands] == ColorInterp.alpha:
        return bands + 1
    return None


def _find_band_faults(dataset: Any, path: Path, bands: int) -> list[UserError]:
    faults = []
    if dataset.count == 0 and dataset.subdatasets:
        faults.append(
            UserError(
                "file is a container of rasters",
                where=path,
                found=f"{len(dataset.subdatasets)} sub-datasets: {', '.join(dataset.subdatasets[:4])}",
                expected="one raster",
                remedy="convert the wanted sub-dataset to a GeoTIFF (gdal_translate)",
            )
        )
    elif dataset.count != bands + (_alpha_band(dataset, bands) is not None):
        colors = ", ".join(each.name for each in dataset.colorinterp)
        faults.append(
            UserError(
                "number of bands differs from the configuration",
                where=path,
                found=f"{dataset.count} bands ({colors})" if dataset.count < 12 else f"{dataset.count} bands",
                expected=f"{bands} bands, perhaps with an alpha band after them",
                remedy="list every band of the file under `bands` of this source, but not an alpha band at the end",
            )
        )
    if any("complex" in dtype for dtype in dataset.dtypes):
        faults.append(
            UserError(
                "pixels are complex numbers",
                where=path,
                found=sorted(set(dataset.dtypes))[0],
                expected="real numbers",
                remedy="convert to amplitude or intensity first (such as abs() of the single-look complex data)",
            )
        )
    return faults
