"""Strata around classes: pixels of another class that lie near to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Codes = NDArray[np.int32]


class Buffer(NamedTuple):
    """The stratum of pixels that lie within `width` metres of a class and are not of it."""

    stratum: int
    """Its code."""
    around: int
    """Code of the class."""
    width: float


def lay_buffers(
    strata: Codes, buffers: Sequence[Buffer], sides: tuple[float, float], *, halo: int
) -> Codes:
    """Codes (H - 2 halo, W - 2 halo) of strata, with those of buffers where they lie.

    `strata` (H, W) are codes of classes, below 0 where there are none, which stays so. Distances
    are those of the centres of pixels, whose height and width in metres are `sides`. Where two
    buffers meet, the first one holds.
    """
    inner = np.s_[halo : strata.shape[0] - halo, halo : strata.shape[1] - halo]
    own = strata[inner]
    laid = own.copy()
    free = own >= 0
    for buffer in buffers:
        inside = strata == buffer.around
        if not inside.any():
            continue
        metres = ndimage.distance_transform_edt(~inside, sampling=sides)[inner]
        near = free & (own != buffer.around) & (metres <= buffer.width)
        laid[near] = buffer.stratum
        free &= ~near
    return laid
