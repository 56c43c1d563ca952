"""How two bands of the training areas differ, pixel by pixel: what tells bands from one another."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rs_seg.values.document import Part

PARTS = 65
"""Equal parts of -1 to 1; an odd number, so that the middle one is its own mirror image."""
WHOLE = 100_000
MOST_BANDS = 12
"""Bands of which all pairs are kept; of more, none: bands of spectrometers come in order."""
Shares = Annotated[
    tuple[Annotated[int, Field(ge=0, le=WHOLE)], ...],
    Field(min_length=PARTS, max_length=PARTS),
]
"""How many of 100,000 pixels lie in each part of -1 to 1."""


class BandPair(Part):
    """Two bands: how their values, and their ranks among all pixels, differ in one pixel."""

    first: Annotated[str, Field(min_length=1, max_length=1000)]
    second: Annotated[str, Field(min_length=1, max_length=1000)]
    ratios: Shares
    """Of (first - second) / (|first| + |second|), which no change of brightness moves."""
    ranks: Shares
    """Of the difference of ranks from 0 to 1, which no gain or offset of a band moves."""
