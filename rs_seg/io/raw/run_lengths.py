"""Masks of COCO JSON as shapes: run lengths, written as numbers or as text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import shapes

CONNECTIVITY = 4
"""Borders of pixels that share edges only are valid polygons."""


def decode_counts(text: str) -> list[int]:
    """Run lengths of compressed RLE: digits of 5 bits, from the third on as differences.

    Source: COCO API, `rleFrString` in common/maskApi.c (2015).

    Raises:
        ValueError: the text ends within a number, or holds other characters.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        digit = ord(character) - 48
        if not 0 <= digit < 64:
            raise ValueError(f"the character {character!r}")
        value |= (digit & 0x1F) << shift
        shift += 5
        if digit & 0x20:
            continue
        if digit & 0x10:  # the highest bit of the last digit is the sign
            value -= 1 << shift
        # a run is stored as what it is longer than the last one of its kind
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("an end within a number")
    return counts


def draw_mask(counts: Sequence[int], height: int, width: int) -> Any:
    """The multipolygon of a mask, along edges of pixels; empty where no pixel is set.

    Runs go down the columns, of pixels that are not set and set in turn.

    Raises:
        ValueError: the runs are not as long as the mask has pixels.
    """
    if any(count < 0 for count in counts) or sum(counts) != height * width:
        raise ValueError(f"runs of {sum(counts)} pixels for {height} x {width}")
    values = np.arange(len(counts)) % 2
    mask: NDArray[np.uint8] = (
        np.repeat(values, counts).astype(np.uint8).reshape(width, height).transpose()
    )
    # only the columns that hold set pixels are traced: masks are small, and images large
    ends = list(accumulate(counts))
    first = (ends[0] if len(ends) > 1 else 0) // height
    last = -(-(ends[-1] if len(ends) % 2 == 0 else ends[-2] if len(ends) > 1 else 0) // height)
    part = np.ascontiguousarray(mask[:, first:last])
    if not part.any():
        return shapely.MultiPolygon()
    traced = shapes(part, mask=part > 0, connectivity=CONNECTIVITY)
    polygons = [shapely.geometry.shape(shape) for shape, _ in traced]
    return shapely.transform(
        shapely.multipolygons(polygons), lambda points: points + np.array([first, 0])
    )
