"""Label rasters: class codes, or pictures whose colours mean classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioError

from rs_seg.errors import UserError
from rs_seg.io.raster import ignoring_no_georeference, open_by, to_rasterio
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Georeference, Placing
from rs_seg.io.raw.raster_checks import check_raw_raster
from rs_seg.io.raw.source import SourceRaster, SourceRules
from rs_seg.io.raw.validity import OPAQUE, Validity, ValidityRule, is_opaque
from rs_seg.values import Window


@dataclass(frozen=True)
class RasterReading:
    """How a label raster is to be understood, as far as the configuration says.

    `in_colors`: pixels are colours, read as numbers 0xrrggbb. `ignores_nodata`: pixels with the
    no-data value that the file declares hold data like all others. `band`: the one with codes, from
    1, where the file has several. `picture` is the CRS (WKT) of the image where that is a picture
    without a place. `on_image`: a file without a place has the pixels of the image, whose place is
    `frame`: its transform is of a raster of one pixel.
    """

    crs: str | None = None
    override_crs: str | None = None
    in_colors: bool = False
    ignores_nodata: bool = False
    band: int | None = None
    picture: str | None = None
    on_image: bool = False
    frame: Georeference | None = None


class LabelRaster(SourceRaster):
    """A label raster with one band of values, either codes or colours as numbers 0xrrggbb.

    Raises:
        UserError: see `SourceRaster`; or the file has no colours, or several bands where codes are
            wanted.
    """

    is_placed_by_image: bool
    """Whether the file has no place, and has that of the image."""

    def __init__(self, path: Path, reading: RasterReading) -> None:
        count = _count_bands(path, reading)
        placing = Placing(reading.crs, reading.override_crs, picture=reading.picture)
        self._reading = reading  # before the file is opened: it says how a place is found
        super().__init__(path, bands=count, rules=SourceRules(setting="label", placing=placing))
        if reading.band is not None:
            self._keep_band(reading.band)
        self._palette: NDArray[np.int64] | None = None
        if reading.in_colors:
            self.band_count = 1
            self.dtype = np.dtype(np.int32)
            self._palette = read_palette(self.dataset) if count == 1 else None

    def _find_place(self, rules: SourceRules) -> tuple[Georeference | None, list[UserError]]:
        """Where the pixels lie: as the file says, or where the image lies."""
        frame, dataset = self._reading.frame, self.dataset
        self.is_placed_by_image = (
            frame is not None and dataset.transform.is_identity and not dataset.gcps[0]
        )
        if frame is None or not self.is_placed_by_image:
            return super()._find_place(rules)
        return frame.scale(1 / dataset.height, 1 / dataset.width), []

    def _keep_band(self, band: int) -> None:
        """Leave all bands out but one, whose no-data value alone counts."""
        self.indexes = [self.indexes[band - 1]]
        self.band_count = 1
        self.validity = Validity(self.dataset, ValidityRule(), indexes=self.indexes, alpha=None)
        self.stored_dtype = self.dtype = np.dtype(self.dataset.dtypes[self.indexes[0] - 1])

    @property
    def _tags(self) -> tuple[Any, ...]:
        """The no-data value of each band that is read; None without one."""
        return tuple(self.dataset.nodatavals[index - 1] for index in self.indexes)

    @property
    def declared_nodata(self) -> float | None:
        """The no-data value of the file, where it counts: a code or a colour 0xrrggbb."""
        tags = self._tags
        if self._reading.ignores_nodata or None in tags:
            return None
        if not self._reading.in_colors:
            return float(tags[0])
        if not all(0 <= value <= self._largest and float(value).is_integer() for value in tags):
            return None
        if self._palette is not None:
            return float(self._palette[int(tags[0])])
        red, green, blue = (int(value) for value in tags)
        return float(red << 16 | green << 8 | blue)

    @property
    def _largest(self) -> int:
        return int(np.iinfo(self.dataset.dtypes[0]).max)

    def read(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Values (1, H, W) and the valid mask (H, W) of a window inside the raster.

        Raises:
            UserError: the pixels cannot be read (truncated or corrupt file).
        """
        if not (self._reading.in_colors or self._reading.ignores_nodata):
            return super().read(window)
        return self._guarded(window, lambda: self._read_values(to_rasterio(window)))

    def _read_values(self, inside: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        pixels = self.dataset.read(self.indexes, window=inside)
        valid = np.ones(pixels.shape[1:], dtype=bool)
        if pixels.dtype.kind == "f":
            valid &= np.isfinite(pixels).all(axis=0)
        if not self._reading.ignores_nodata:
            valid &= ~_all_equal(pixels, self._tags)
        valid &= self._find_unmasked(inside)
        if not self._reading.in_colors:
            return pixels, valid
        if self._palette is None:
            red, green, blue = pixels.astype(np.int32)
            return (red << 16 | green << 8 | blue)[None], valid
        colors = self._palette[pixels]
        return colors.astype(np.int32), valid & (colors[0] >= 0)

    def _find_unmasked(self, inside: Any) -> NDArray[np.bool_] | bool:
        """True (H, W) where neither an alpha band nor a mask of the file hides the pixel."""
        flags = self.dataset.mask_flag_enums[0]
        if self.dataset.colorinterp[-1] == ColorInterp.alpha:
            return is_opaque(self.dataset.read(self.dataset.count, window=inside))
        if MaskFlags.per_dataset not in flags:
            return True
        unmasked: NDArray[np.bool_] = self.dataset.read_masks(1, window=inside) > 0
        return unmasked


def _all_equal(pixels: NDArray[Any], values: tuple[float | None, ...]) -> NDArray[np.bool_]:
    """True (H, W) where every band of pixels (B, H, W) has its value; nowhere without values."""
    equal = np.ones(pixels.shape[1:], dtype=bool)
    for band, value in zip(pixels, values, strict=True):
        equal &= False if value is None else band == value
    return equal


def _count_bands(path: Path, reading: RasterReading) -> int:
    """Bands of values of the file: those of colours without alpha, or one of codes.

    Raises:
        UserError: the bands cannot mean what is wanted.
    """
    try:
        with ignoring_no_georeference():
            check_raw_raster(path)
            with open_by(raster_drivers(path), path) as dataset:
                colors = [color for color in dataset.colorinterp if color != ColorInterp.alpha]
                dtypes = set(dataset.dtypes)
                is_indexed = dataset.count == 1 and has_palette(dataset)
    except (RasterioError, UnicodeDecodeError):
        return 1  # told by SourceRaster, with all that is wrong
    if not reading.in_colors:
        _check_band(path, colors, reading.band)
        return max(len(colors), 1)
    if len(colors) == 3 and dtypes == {"uint8"}:
        return 3
    if is_indexed:
        return 1
    raise UserError(
        "label raster has no colours",
        where=path,
        found=f"{_describe_bands(colors)} of type {', '.join(sorted(dtypes))}",
        expected="red, green and blue of 8 bit, perhaps with alpha, or one band with a colour "
        "table",
        remedy="remove label.colors if pixels are class codes",
    )


def _check_band(path: Path, colors: list[Any], band: int | None) -> None:
    """Check that there is one band of codes, or the one that is asked for.

    Raises:
        UserError: there are several and none is asked for, or there is no such band.
    """
    if band is None and len(colors) > 1:
        raise _several_bands(path, colors)
    if band is not None and band > len(colors):
        raise UserError(
            "label raster has no such band",
            where=path,
            found=_describe_bands(colors),
            expected=f"band {band} (label.band)",
            remedy=f"set label.band to a number from 1 to {len(colors)}",
        )


def _several_bands(path: Path, colors: list[Any]) -> UserError:
    return UserError(
        "label raster has several bands",
        where=path,
        found=_describe_bands(colors),
        expected="one band of class codes",
        remedy="set label.band to the number of the band with codes; or "
        'if colours mean classes, name them: label.colors: {"#rrggbb": class}, or '
        "label.colors: legend",
    )


def _describe_bands(colors: list[Any]) -> str:
    return f"{len(colors)} bands ({', '.join(color.name for color in colors[:6])})"


def has_palette(dataset: Any) -> bool:
    """Whether the first band of an open raster has a table of colours for whole numbers."""
    try:
        dataset.colormap(1)
    except ValueError:
        return False
    return str(dataset.dtypes[0]) in ("uint8", "uint16")


def read_palette(dataset: Any) -> NDArray[np.int64]:
    """Colour 0xrrggbb of each value; -1 where the table has none or a transparent one.

    GDAL calls the colour of the no-data value transparent, which says nothing of the table.
    """
    table = np.full(1 << (8 * np.dtype(dataset.dtypes[0]).itemsize), -1, dtype=np.int64)
    for value, (red, green, blue, alpha) in dataset.colormap(1).items():
        counts = alpha >= OPAQUE or value == dataset.nodatavals[0]
        table[value] = red << 16 | green << 8 | blue if counts else -1
    return table
