"""Label rasters as class codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.labelling.codes import UNKNOWN, Coding, stranger_error
from rs_seg.algorithms.labelling.colors import ColorCoding
from rs_seg.errors import UserError
from rs_seg.values import ClassNames, Window

Pixels = tuple[NDArray[Any], NDArray[np.bool_]]


class PixelCodes:
    """A raster of values as codes.

    `read` gives raw pixels (1, H, W) and where they hold data (H, W).

    `strangers` counts the pixels of values that are no class, and `inexact_pixels` those of colours
    that are near one of the palette only, over all windows read so far.
    """

    def __init__(self, read: Callable[[Window], Pixels], coding: Coding | ColorCoding) -> None:
        self._read = read
        self._coding = coding
        self.strangers: Counter[str] = Counter()
        self.inexact_pixels = 0

    def read(self, window: Window) -> NDArray[np.int32]:
        """Codes (H, W); -1 where unlabelled, and where a stranger stands."""
        pixels, valid = self._read(window)
        found_codes = np.full(valid.shape, UNKNOWN, dtype=np.int32)
        values, places, counts = np.unique(
            pixels[0][valid], return_inverse=True, return_counts=True
        )
        codes, known = self._coding.encode_distinct(values)
        found_codes[valid] = codes[places]
        self.strangers.update(
            {
                self._coding.name_of(value): int(count)
                for value, count in zip(values[~known].tolist(), counts[~known], strict=True)
            }
        )
        if isinstance(self._coding, ColorCoding):
            self.inexact_pixels += int(counts[known & ~self._coding.is_exact(values)].sum())
        return found_codes

    def check(self, class_names: ClassNames, *, where: object) -> UserError | None:
        """The error that lists the strangers met so far, or None."""
        if isinstance(self._coding, ColorCoding):
            return self._coding.stranger_error(self.strangers, class_names, where=where)
        return stranger_error(self.strangers, class_names, where=where, unit="pixels")


def check_nodata(
    nodata: float | None, coding: Coding | ColorCoding, class_names: ClassNames, *, where: object
) -> UserError | None:
    """The error that the no-data value of a label raster is a class, or None.

    The value is a code or a colour.
    """
    if nodata is None or np.isnan(nodata):
        return None
    (code,), _ = coding.encode_distinct(np.array([nodata]))
    if code == UNKNOWN:
        return None
    value = coding.name_of(nodata)
    name = next(named_class.name for named_class in class_names if named_class.code == code)
    listed = f'"{value}"' if isinstance(coding, ColorCoding) else value
    return UserError(
        "the no-data value of the label raster is a class of the legend",
        where=where,
        found=f"the file declares {value} as no data, and {value} is the class {name!r}",
        expected="one meaning",
        remedy=f"set label.unlabelled: [{listed}] if these pixels have no class, or label.nodata: "
        f"ignore if they are {name!r}",
    )
