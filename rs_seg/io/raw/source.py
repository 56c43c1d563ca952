"""Raw rasters as users have them: all faults named, one rule of valid pixels, read in windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

# What GDAL says of headers has no name in the public rasterio.errors.
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError

from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raster import OpenRaster, ignoring_no_georeference, to_rasterio
from rs_seg.io.raw.bands import BandChoice, choose_bands, drop_bands
from rs_seg.io.raw.blocks import find_missing_blocks
from rs_seg.io.raw.drivers import raster_drivers
from rs_seg.io.raw.georeference import Georeference, Placing, find_georeference
from rs_seg.io.raw.raster_checks import (
    check_overviews,
    check_raw_raster,
    find_kind_faults,
    transparency_fault,
)
from rs_seg.io.raw.searching import SEARCHED, find_stored_blocks, looks_everywhere, search_windows
from rs_seg.io.raw.validity import Validity, ValidityRule, is_tagged_alpha, looks_like_alpha
from rs_seg.values import Window

Result = TypeVar("Result")
Read = tuple[NDArray[Any], NDArray[np.bool_]]


@dataclass(frozen=True)
class SourceRules:
    """How a raw raster is to be understood; `setting` is its section of the configuration."""

    setting: str = "this source"
    validity: ValidityRule = field(default_factory=ValidityRule)
    placing: Placing = field(default_factory=Placing)
    match_bands: bool = True
    dropped: tuple[str, ...] = ()
    """Names of bands that are left out."""
    apply_scale: bool = False


class SourceRaster(OpenRaster):
    """A raw raster of the `bands` that are named, or of as many; use it as a context manager.

    Bands come in the order of the names (see `choose_bands`). Values are those of the file, or with
    `apply_scale` float32 values after scale and offset. Which pixels are valid: see `ValidityRule`;
    NaN and infinity never are. `notes` say what people should know of how the file was understood.

    Raises:
        UserError: the file cannot be opened.
        UserErrors: every fault of the header: bands, type, CRS, georeference; a band of
            transparency among the named.
    """

    def __init__(
        self, path: Path, *, bands: Sequence[str] | int, rules: SourceRules | None = None
    ) -> None:
        rules = SourceRules() if rules is None else rules
        check_raw_raster(path)
        with ignoring_no_georeference():  # told as a fault below
            super().__init__(path, raster_drivers(path))
        try:
            check_overviews(self.dataset, path)
            self._understand(bands, rules)
        except (CPLE_BaseError, UnicodeDecodeError) as error:
            self.close()
            raise UserError(
                "header of the raster cannot be read",
                where=path,
                found=" ".join(str(error).split()),
                expected="a whole file",
                remedy="copy or download the file again, or write it anew (gdal_translate)",
            ) from error
        except BaseException:
            self.close()
            raise

    def _understand(self, bands: Sequence[str] | int, rules: SourceRules) -> None:
        georeference, faults = self._find_place(rules)
        choice, band_faults = choose_bands(self.dataset, bands, self.path, match=rules.match_bands)
        faults = [
            *find_kind_faults(
                self.dataset, self.path, [] if self.dataset.subdatasets else band_faults
            ),
            *faults,
        ]
        if faults:
            raise UserErrors(faults)
        assert georeference is not None, "a raster without faults has a georeference"
        assert choice is not None, "a raster without faults has the bands"
        bands, choice = drop_bands(bands, choice, rules.dropped)
        self.georeference = georeference
        self.height, self.width = int(self.dataset.height), int(self.dataset.width)
        alpha, notes = self._judge_alpha(choice, bands, rules)
        self.notes = [f"{self.path}: {note}" for note in (*choice.notes, *notes)]
        self.indexes = list(choice.indexes)
        self.band_count = len(self.indexes)
        self.validity = Validity(self.dataset, rules.validity, indexes=self.indexes, alpha=alpha)
        stored = np.result_type(*(self.dataset.dtypes[index - 1] for index in self.indexes))
        self.stored_dtype = np.dtype(stored)
        self.scales_applied = rules.apply_scale and any(
            scaling != (1.0, 0.0) for scaling in self.scaling
        )
        # a double keeps what float32 would round
        scaled = np.float64 if stored.itemsize > 4 else np.float32
        self.dtype = np.dtype(scaled if self.scales_applied else stored)

    def _find_place(self, rules: SourceRules) -> tuple[Georeference | None, list[UserError]]:
        """Where the pixels lie, or None and why that is unknown."""
        return find_georeference(self.dataset, self.path, rules.placing, setting=rules.setting)

    def _judge_alpha(
        self, choice: BandChoice, names: Sequence[str] | int, rules: SourceRules
    ) -> tuple[int | None, list[str]]:
        """The band of transparency that is to be trusted, if any, and what to say of it.

        Raises:
            UserError: a band of the wanted ones is one of transparency.
        """
        alpha, mask = choice.alpha, rules.validity.mask
        named = [index for index in choice.indexes if is_tagged_alpha(self.dataset, index)]
        if isinstance(names, int) or not rules.match_bands:
            return (None if alpha in choice.indexes else alpha), []
        notes = []
        for index in named:
            name = names[choice.indexes.index(index)]
            if self._looks_like_alpha(index):
                raise transparency_fault(self.path, index, name)
            notes.append(
                f"band {index} is tagged as alpha (transparency), as GDAL does with any fourth "
                f"band, but holds many values: it is read as {name}, and masks nothing"
            )
        if alpha is None or alpha in choice.indexes or mask in ("nodata", "none"):
            return None, notes
        if mask == "auto" and not self._looks_like_alpha(alpha):
            notes.append(
                f"band {alpha} is tagged as alpha (transparency) but holds many values, like a "
                "band of imagery: it is not used; name it under `bands`, or set mask: alpha if it "
                "is one"
            )
            return None, notes
        return alpha, notes

    def _looks_like_alpha(self, index: int) -> bool:
        return self._guarded(_everywhere(self), lambda: looks_like_alpha(self.dataset, index))

    @property
    def nodata_rule(self) -> str:
        """What makes a pixel invalid, in words."""
        return self.validity.describe()

    @property
    def scaling(self) -> list[tuple[float, float]]:
        """Scale and offset of each band, as tagged: 1 and 0 where nothing is."""
        scales, offsets = self.dataset.scales, self.dataset.offsets
        return [(float(scales[index - 1]), float(offsets[index - 1])) for index in self.indexes]

    def read(self, window: Window) -> Read:
        """Pixels (B, H, W) of type `dtype` and the valid mask (H, W) of a window inside the raster.

        Raises:
            UserError: the pixels cannot be read (truncated or corrupt file).
        """
        inside = to_rasterio(window)
        return self._guarded(window, lambda: self._read(window=inside))

    def read_overview(self, longest: int) -> Read:
        """The whole raster like `read`, thinned to a longer side of at most `longest` pixels.

        Pixels are those of the nearest neighbour. Where the file has overviews, it is thinned from
        those.
        """
        shape = self._thinned(longest)
        if self._is_empty:
            pixels, valid = self.read(Window(0, 0, 1, 1))
            return np.tile(pixels, (1, *shape)), np.tile(valid, shape)
        return self._guarded(_everywhere(self), lambda: self._read(out_shape=shape))

    def read_thinned(self, longest: int) -> Read:
        """The same from all pixels of the file, without its overviews.

        Windows are read whole: GDAL (3.10) takes masks of thinned reads from overviews even where
        they are switched off.
        """
        height, width = self._thinned(longest)
        rows = ((np.arange(height) + 0.5) * self.height / height).astype(int)
        columns = ((np.arange(width) + 0.5) * self.width / width).astype(int)
        pixels, valid = (
            np.zeros((self.band_count, height, width), self.dtype),
            np.zeros((height, width), dtype=bool),
        )
        for row in range(0, self.height, SEARCHED):
            strip = Window(row, 0, min(SEARCHED, self.height - row), self.width)
            wanted = (rows >= strip.row) & (rows < strip.row_end)
            strip_pixels, held = self.read(strip)
            pixels[:, wanted] = strip_pixels[:, rows[wanted] - row][:, :, columns]
            valid[wanted] = held[rows[wanted] - row][:, columns]
        return pixels, valid

    def has_valid_pixel(self) -> bool | None:
        """Whether any pixel at full resolution is valid.

        Overviews, which may be stale, are not looked at.

        Of very large rasters, windows spread over it are looked at, see `rs_seg.io.raw.searching`:
        None where none of them has a valid pixel, and others were not looked at.

        Raises:
            UserError: the pixels cannot be read.
        """
        if any(
            bool(self.read(window)[1].any())
            for window in search_windows(self.dataset, self._stored)
        ):
            return True
        return False if self._is_empty or looks_everywhere(self.height, self.width) else None

    @cached_property
    def _stored(self) -> NDArray[np.bool_] | None:
        """Which blocks of a TIFF are stored; None where unknown, or where a mask decides too."""
        return None if self.validity.uses_mask else find_stored_blocks(self.dataset, self.indexes)

    @property
    def _is_empty(self) -> bool:
        """Whether no block of the file is stored: it is the same everywhere, and may be huge."""
        return self._stored is not None and not self._stored.any()

    def find_absent(self, longest: int) -> NDArray[np.bool_]:
        """True (B, h, w) where a thinned band holds a no-data value, NaN or infinity.

        Bands are thinned as by `read_overview`.
        """
        shape = self._thinned(longest)
        part = (
            {"window": to_rasterio(Window(0, 0, 1, 1))} if self._is_empty else {"out_shape": shape}
        )
        stored = self._guarded(_everywhere(self), lambda: self._read_stored(**part))
        absent = self.validity.find_absent(stored)
        return absent | ~np.isfinite(stored) if stored.dtype.kind == "f" else absent

    @property
    def has_palette(self) -> bool:
        """Whether values are numbers of colours, which must not be averaged."""
        return bool(self.dataset.colorinterp[0] == ColorInterp.palette)

    def find_missing_blocks(self) -> UserError | None:
        """The fault of a TIFF whose blocks lie behind its end, or None."""
        return find_missing_blocks(self.dataset, self.path, self.indexes)

    def _thinned(self, longest: int) -> tuple[int, int]:
        factor = max(1.0, max(self.height, self.width) / longest)
        return max(1, round(self.height / factor)), max(1, round(self.width / factor))

    def _read_stored(self, **options: Any) -> NDArray[Any]:
        shape = options.get("out_shape")
        many = options if shape is None else {**options, "out_shape": (self.band_count, *shape)}
        pixels: NDArray[Any] = self.dataset.read(self.indexes, **many)
        return pixels.astype(self.stored_dtype, copy=False)

    def _read(self, **options: Any) -> Read:
        pixels = self._read_stored(**options)
        valid = self.validity.find_valid(pixels, **options)
        return (self._scale(pixels) if self.scales_applied else pixels), valid

    def _scale(self, pixels: NDArray[Any]) -> NDArray[Any]:
        scale, offset = np.array(self.scaling, dtype=np.float64).T[:, :, None, None]
        scaled: NDArray[Any] = (pixels * scale + offset).astype(self.dtype)
        return scaled

    def _guarded(self, window: Window, read: Callable[[], Result]) -> Result:
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


def _everywhere(raster: SourceRaster) -> Window:
    return Window(0, 0, raster.height, raster.width)


def _place(window: Window) -> str:
    return f"rows {window.row} to {window.row_end}, columns {window.column} to {window.column_end}"
