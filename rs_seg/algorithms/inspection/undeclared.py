"""Values inside the imagery that no rule declares, but that look like marks for no data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MARKS = frozenset(
    {0, -1, -999, -9999, -99999, 9999, 32767, -32767, -32768, 65535, 1e20, -1e20, 1e30}
)
"""Values that are in use for no data, besides the ends of float types."""
SATURATED = frozenset(2**bits - 1 for bits in range(8, 15))
MARK_GAP, OTHER_GAP = 0.25, 1.0
"""How far a mark in use, or any other value, lies from the rest: in ranges from the 1st to the 99th
percentile."""
FEWEST = 10
"""Pixels of the sample that hold the value at least."""
FEWEST_VALUES = 16
"""Different values of a band with measurements; masks and classes have fewer."""
MOST_ALIKE = 0.9
"""Share of the pixels with 0 in one band of 8 bit that are 0 in all of them, where it is a mark."""
TAIL = 0.5
"""Percentage of the other pixels that the isolation does not look at: what resampling leaves
between mark and data."""
MOST_MARKS = 3
"""Marks that are looked for in a band, one after another."""
LARGE = 1e19
"""Magnitude from which a value in a float band can only be a mark."""


class Mark(NamedTuple):
    """A value that looks like a mark for no data."""

    value: float
    bands: tuple[int, ...]
    """Positions of the bands that hold it."""
    share: float
    """Largest share of the pixels of one of these bands, of all pixels of the raster."""


def find_marks(pixels: NDArray[Any], valid: NDArray[np.bool_]) -> list[Mark]:
    """Isolated extremes (B, H, W) that are repeated, among the valid pixels; by value.

    The greatest value of 8 to 14 bits is where sensors saturate and is no mark. In 8 bit a mark is
    one in all bands at once: single colours are 0 where a picture is dark. Bands of few values,
    such as masks and classes, have no marks.
    """
    places_by_value: dict[float, list[tuple[int, int]]] = {}
    for index, band in enumerate(pixels):
        for value, count in _find_in_band(band[valid]):
            if pixels.dtype != np.uint8 or _is_everywhere(pixels, valid & (band == value), value):
                places_by_value.setdefault(value, []).append((index, count))
    if pixels.dtype == np.uint8:
        places_by_value = {
            value: places for value, places in places_by_value.items() if len(places) == len(pixels)
        }
    return [
        Mark(
            value,
            tuple(index for index, _ in places),
            max(count for _, count in places) / valid.size,
        )
        for value, places in sorted(places_by_value.items())
    ]


def _is_everywhere(pixels: NDArray[Any], marked: NDArray[np.bool_], value: float) -> bool:
    """Whether all bands have the value in most of the pixels where one has it."""
    return bool((pixels[:, marked] == value).all(axis=0).mean() > MOST_ALIKE)


def _find_in_band(values: NDArray[Any]) -> Iterator[tuple[float, int]]:
    """Marks (value, pixels) among values (N,): isolated ends of the histogram.

    Ends are looked at one after another.
    """
    distinct, counts = np.unique(values, return_counts=True)
    for _ in range(MOST_MARKS):
        if len(distinct) <= FEWEST_VALUES:
            return
        low = _is_isolated(distinct, counts)
        high = float(distinct[-1]) not in SATURATED and _is_isolated(
            -distinct[::-1].astype(np.float64), counts[::-1]
        )
        if not (low or high):
            return
        place = 0 if low else -1
        yield float(distinct[place]), int(counts[place])
        rest = slice(1, None) if low else slice(None, -1)
        distinct, counts = distinct[rest], counts[rest]


def _is_isolated(distinct: NDArray[Any], counts: NDArray[np.int64]) -> bool:
    """Whether the least value is repeated and far below the others.

    Each value between them may be held by few pixels.
    """
    least, count = float(distinct[0]), int(counts[0])
    if count < FEWEST:
        return False
    others = distinct[1:].astype(np.float64)
    begin, first, last = _percentiles(others, counts[1:], (TAIL, 1, 99))
    between = counts[1:][others < (least + begin) / 2]
    if between.size and 5 * int(np.max(between)) > count:
        return False
    gap = MARK_GAP if _is_mark(least) else OTHER_GAP
    return begin - least > gap * max(last - first, abs(last) * float(np.finfo(np.float32).eps))


def _is_mark(value: float) -> bool:
    """Whether the value, or its opposite where a histogram was turned around, is a mark in use."""
    return abs(value) > LARGE or value in MARKS or -value in MARKS


def _percentiles(
    distinct: NDArray[np.float64], counts: NDArray[np.int64], shares: Sequence[float]
) -> tuple[float, ...]:
    ends = np.cumsum(counts)
    places = np.searchsorted(ends, np.array(shares) / 100 * ends[-1])
    return tuple(float(distinct[min(place, len(distinct) - 1)]) for place in places)
