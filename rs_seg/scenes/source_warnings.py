"""The part of inspect that finds values which look like no data and are not declared as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rs_seg.algorithms.inspection.border import BorderLines, find_border_lines
from rs_seg.algorithms.inspection.collar import find_collar
from rs_seg.algorithms.inspection.lossy import LossyCollar, find_lossy_collar
from rs_seg.algorithms.inspection.undeclared import Mark, find_marks
from rs_seg.io.raw.border import read_border
from rs_seg.values.band_ranges import fold_ranges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rs_seg.io.raw.source import SourceRaster

LINES = {"top": "rows at the top", "bottom": "rows at the bottom", "left": "columns at the left"}
LINES["right"] = "columns at the right"
LOOKED_AT = 256
"""Longer side of what is read to find bands without a value, in pixels."""
EXACT = 2.0**53
"""Magnitude up to which a double holds every whole number."""
NO_RULE = (
    "no nodata value reaches them: give the file a mask or an alpha band (such as `nearblack -near "
    "12 -setmask`), or make it again without lossy compression"
)


def tell_empty_bands(raster: SourceRaster, bands: Sequence[str]) -> str | None:
    """What to say of bands without a value, thinned, where there are others; else None."""
    absent = raster.find_absent(LOOKED_AT)
    empty = [name for name, band in zip(bands, absent, strict=True) if band.all()]
    if not 0 < len(empty) < len(bands):
        return None
    return (
        f"no pixel looked at has a value in {len(empty)} of {len(bands)} bands; if they are bad "
        f"bands, set drop_bands: {fold_ranges(empty)} for this source"
    )


def find_undeclared(
    bands: Sequence[str],
    raster: SourceRaster,
    pixels: NDArray[Any],
    valid: NDArray[np.bool_],
    *,
    clear: NDArray[np.bool_],
) -> Iterator[str]:
    """Warnings of collars, border lines, marks and lossy rims.

    They come from thinned pixels (B, h, w) and from the border; marks from the valid ones without
    clouds, `clear` (h, w). Collars and rims lie at the edge of the file, not of clouds.
    """
    collar = find_collar(pixels, valid)
    if collar is not None:
        value, share = collar
        yield (
            f"{raster.path}: {share:.1%} of the raster is {_tell_value(value)} in every band and "
            "touches its border, like a frame without data; if it is one, set nodata: "
            f"{_tell_value(value)} for this source"
        )
    else:
        for lines in find_border_lines(read_border(raster)):
            yield _tell_lines(raster, lines)
    if not raster.has_palette:
        # by the rule "all" a declared value may stand in some bands of valid pixels
        known = {*raster.validity.declared, *([] if collar is None else [collar[0]])}
        for mark in find_marks(pixels, clear):
            if mark.value not in known:
                yield _tell_mark(raster, mark, bands)
    lossy = find_lossy_collar(pixels, valid, step=raster.height / pixels.shape[1])
    if lossy is not None:
        yield _tell_lossy(raster, lossy)


def _tell_value(value: float) -> str:
    """A value as a setting needs it: whole numbers with all digits, others as exact as float32."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < EXACT else f"{value:.9g}"


def _tell_lines(raster: SourceRaster, lines: BorderLines) -> str:
    value = _tell_value(lines.value)
    told = f"{raster.path}: the outermost {lines.number} {LINES[lines.side]} are "
    if lines.exact:
        return (
            f"{told}{value} in every band, like a border without data; if it is one, set "
            f"nodata: {value} for this source, or cut it off"
        )
    return (
        f"{told}nearly {value} in every band, like a border after lossy compression; "
        f"{NO_RULE}, or cut it off"
    )


def _tell_mark(raster: SourceRaster, mark: Mark, bands: Sequence[str]) -> str:
    value = _tell_value(mark.value)
    names = ", ".join(bands[index] for index in mark.bands)
    return (
        f"{raster.path}: the value {value} fills {mark.share:.2%} of the raster in "
        f"{names} and lies far from all other values, like a mark for no data (or for saturation); "
        f"if it is one, set nodata: {value} for this source"
    )


def _tell_lossy(raster: SourceRaster, collar: LossyCollar) -> str:
    pixels = round(collar.share * raster.height * raster.width)
    value = 0 if collar.tone == "black" else 255
    told = f"{raster.path}: {collar.share:.2%} of the raster (about {pixels:,} pixels) "
    if collar.rim:
        return (
            f"{told}is nearly {value} in every band beside ground without data, like its rim after "
            f"lossy compression; it counts as data, and {NO_RULE}"
        )
    return (
        f"{told}is nearly {value} in every band and touches the border, like a frame without data "
        f"after lossy compression; it counts as data, and {NO_RULE}"
    )
