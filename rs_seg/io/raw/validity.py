"""Which pixels of a raw raster hold data: one rule of no-data values, masks and transparency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags

Mask = Literal["auto", "alpha", "nodata", "none"]

OPAQUE = 128
"""Smallest 8-bit alpha value of a pixel that holds data."""
LOOKED_AT = 512
"""Longer side of the thinned read that shows whether a band is one of transparency, in pixels."""
EXTREMES = 0.95
"""Least share of pixels that are fully transparent or fully opaque in a band of transparency."""


@dataclass(frozen=True)
class ValidityRule:
    """What makes a pixel invalid.

    `values` are no-data values that the configuration states. `mask` says what counts of what the
    file declares: its no-data tags ("nodata"), its mask or alpha band ("alpha"), both ("auto") or
    nothing ("none"). A pixel without data by values or tags in some bands only is invalid by the
    rule "any", and valid by "all".
    """

    values: tuple[float, ...] = ()
    mask: Mask = "auto"
    nodata_rule: Literal["any", "all"] = "any"


class Validity:
    """The rule of one open raster.

    `indexes` are the numbers of its bands, `alpha` that of a trusted alpha band.
    """

    def __init__(
        self, dataset: Any, rule: ValidityRule, *, indexes: Sequence[int], alpha: int | None
    ) -> None:
        self._dataset = dataset
        self._rule = rule
        self._indexes = list(indexes)
        self.alpha = alpha if rule.mask in ("auto", "alpha") else None
        flags = [set(dataset.mask_flag_enums[index - 1]) for index in self._indexes]
        # GDAL derives the mask of all bands from any alpha band, also from one that is not to be
        # trusted
        self._has_mask = rule.mask in ("auto", "alpha") and any(
            MaskFlags.per_dataset in band_flags and MaskFlags.alpha not in band_flags
            for band_flags in flags
        )
        self._uses_tags = rule.mask in ("auto", "nodata")
        self._has_tag_masks = self._uses_tags and any(
            MaskFlags.nodata in band_flags and MaskFlags.per_dataset not in band_flags
            for band_flags in flags
        )

    def describe(self) -> str:
        """What makes a pixel invalid, in words."""
        rules = [f"value {value:g} (configuration)" for value in self._rule.values]
        rules += [
            f"value {value:g} (file)"
            for value in sorted({value for value in self.tags if value is not None})
        ]
        rules += ["alpha band"] if self.alpha is not None else []
        rules += ["mask of the file"] if self._has_mask and self.alpha is None else []
        several = len(self._indexes) > 1 and self._rule.nodata_rule == "all"
        return (", ".join(rules) or "none") + (" (in all bands)" if several and rules else "")

    @property
    def uses_mask(self) -> bool:
        """Whether a mask or an alpha band decides, too."""
        return self._has_mask or self.alpha is not None

    @property
    def tags(self) -> tuple[float | None, ...]:
        """No-data tags of the bands, as far as they count."""
        return tuple(
            self._dataset.nodatavals[index - 1] if self._uses_tags else None
            for index in self._indexes
        )

    def find_valid(self, pixels: NDArray[Any], **options: Any) -> NDArray[np.bool_]:
        """The valid mask (H, W) of pixels (B, H, W).

        `options` (window, out_shape) are those of rasterio that the pixels were read with.
        """
        valid: NDArray[np.bool_] = np.ones(pixels.shape[1:], dtype=bool)
        if pixels.dtype.kind == "f":
            valid &= np.isfinite(pixels).all(axis=0)
        absent = self.find_absent(pixels)
        if self._has_tag_masks:
            # GDAL knows the rounding of tags in wider types, which a plain comparison does not
            absent |= (
                self._dataset.read_masks(self._indexes, **_of_bands(len(pixels), options)) == 0
            )
        valid &= ~(absent.all(axis=0) if self._rule.nodata_rule == "all" else absent.any(axis=0))
        if self._has_mask:
            valid &= self._dataset.read_masks(self._indexes[0], **options) > 0
        if self.alpha is not None:
            valid &= is_opaque(self._dataset.read(self.alpha, **options))
        return valid

    @property
    def declared(self) -> set[float]:
        """All no-data values that count: stated or tagged."""
        return {*self._rule.values, *(tag for tag in self.tags if tag is not None)}

    @property
    def idle_values(self) -> tuple[float, ...]:
        """Stated values that no band can hold."""
        types = [np.dtype(self._dataset.dtypes[index - 1]) for index in self._indexes]
        return tuple(
            value for value in self._rule.values if not any(_holds(dtype, value) for dtype in types)
        )

    def find_absent(self, pixels: NDArray[Any]) -> NDArray[np.bool_]:
        """True (B, H, W) where a band holds a no-data value, stated or tagged.

        Values are compared exactly, in the type of the band.
        """
        absent = np.zeros(pixels.shape, dtype=bool)
        for number, (band, tag) in enumerate(zip(pixels, self.tags, strict=True)):
            for value in (*self._rule.values, *([] if tag is None else [tag])):
                absent[number] |= _equals(band, value)
        return absent


def _of_bands(band_count: int, options: dict[str, Any]) -> dict[str, Any]:
    shape = options.get("out_shape")
    return options if shape is None else {**options, "out_shape": (band_count, *shape)}


def looks_like_alpha(dataset: Any, index: int) -> bool:
    """Whether a band tagged as alpha is one: nearly all its pixels have one of two values.

    These two are 0 and the most frequent other value. GDAL tags the fourth band of an RGB file as
    alpha unless it is told, also where it is near infrared.
    """
    factor = max(1.0, max(dataset.height, dataset.width) / LOOKED_AT)
    shape = (max(1, round(dataset.height / factor)), max(1, round(dataset.width / factor)))
    values, counts = np.unique(dataset.read(index, out_shape=shape), return_counts=True)
    transparent = int(counts[values == 0].sum())
    opaque = int(counts[values != 0].max(initial=0))
    return bool(transparent + opaque >= EXTREMES * counts.sum())


def is_tagged_alpha(dataset: Any, index: int) -> bool:
    """Whether the file says that a band is one of transparency."""
    return bool(dataset.colorinterp[index - 1] == ColorInterp.alpha)


def _equals(band: NDArray[Any], value: float) -> NDArray[np.bool_]:
    """Where a band holds a value.

    One outside the type of the pixels never matches, nor does NaN.
    """
    equal: NDArray[np.bool_] = np.zeros(band.shape, dtype=bool)
    if np.isnan(value):
        return equal
    if band.dtype.kind == "f":
        with np.errstate(over="ignore"):
            equal = band == band.dtype.type(value)
    elif _holds(band.dtype, value):
        equal = band == band.dtype.type(int(value))
    return equal


def _holds(dtype: np.dtype[Any], value: float) -> bool:
    """Whether a type has this value; floats have any."""
    if dtype.kind not in "iu" or np.isnan(value):
        return True
    return float(value).is_integer() and bool(np.iinfo(dtype).min <= value <= np.iinfo(dtype).max)


def is_opaque(alpha: NDArray[Any]) -> NDArray[np.bool_]:
    """True where a pixel is at least half opaque.

    In types wider than 8 bit, whose full scale varies, any value but 0 counts as opaque.
    """
    opaque: NDArray[np.bool_] = alpha >= OPAQUE if alpha.dtype == np.uint8 else alpha > 0
    return opaque
