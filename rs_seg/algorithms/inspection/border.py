"""Rows and columns at the border of a raster that hold one value.

They are too thin for a thinned look at the raster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.inspection.lossy import NEAR
from rs_seg.algorithms.inspection.undeclared import FEWEST_VALUES, MARKS

FILLED = 0.98
"""Share of a line that holds the value."""
BROKEN = 0.5
"""Share of the first line further in that may hold it: the border ends there."""

Side = tuple[NDArray[Any], NDArray[np.bool_]]
"""Pixels (B, D, N) and valid (D, N) of a side; the first line is the outermost one."""


class BorderLines(NamedTuple):
    """Lines of one value at a side."""

    side: str
    number: int
    value: float
    exact: bool
    """False where values are only nearly that, as after lossy compression."""


def find_border_lines(sides: Mapping[str, Side]) -> list[BorderLines]:
    """Lines at each side that hold a mark for no data in every band, and are valid.

    Marks are 0, the ends of the type and others in use.

    Only where they end within the lines that were read; bands of few values, such as masks, are
    left out.
    """
    lines = []
    for side, (pixels, valid) in sides.items():
        if len(np.unique(pixels[:, valid])) <= FEWEST_VALUES:
            continue
        for value in _values(pixels):
            count = _count_lines((pixels == value).all(axis=0) & valid)
            if count:
                lines.append(BorderLines(side, count, value, exact=True))
                break
        else:
            count = (
                _count_lines((pixels <= NEAR).all(axis=0) & valid) if _may_be_lossy(pixels) else 0
            )
            if count:
                lines.append(BorderLines(side, count, 0.0, exact=False))
    return lines


def _values(pixels: NDArray[Any]) -> list[float]:
    """Marks among the values of the outermost line that is not empty of them."""
    ends = (
        {float(np.iinfo(pixels.dtype).min), float(np.iinfo(pixels.dtype).max)}
        if pixels.dtype.kind in "iu"
        else {}
    )
    return sorted(
        float(value) for value in np.unique(pixels[:, 0]) if float(value) in {*MARKS, *ends, 255.0}
    )


def _may_be_lossy(pixels: NDArray[Any]) -> bool:
    return pixels.dtype == np.uint8 and len(pixels) >= 3


def _count_lines(held: NDArray[np.bool_]) -> int:
    """Lines (D, N), counted from outside, that hold the value; 0 where they do not end."""
    shares = held.mean(axis=1)
    count = int(np.argmin(shares >= FILLED)) if (shares < FILLED).any() else len(shares)
    return count if count < len(shares) and shares[count] <= BROKEN else 0
