"""Basins of the gradient: regions that end at its ridges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label
from skimage.morphology import local_minima, reconstruction
from skimage.segmentation import watershed

UNITS = 1024
"""Units of height in one standard deviation per pixel: heights are whole numbers, whose plains are
exact."""


def basins(
    heights: NDArray[np.floating], valid: NDArray[np.bool_], *, depth: float
) -> NDArray[np.int32]:
    """Basins (H, W) of `heights` (H, W), one around each minimum that is deeper than `depth`.

    Every valid pixel is in one. Connected parts of the valid pixels have at least one each.

    Source: Vincent and Soille 1991; minima by the h-minima transform (Soille 2003, section 6.3.4).
    """
    least = int(np.rint(depth * UNITS))
    relief = np.where(valid, np.rint(heights * UNITS), 0).astype(np.int32)
    # Higher than any filled height: parts of the valid pixels that do not touch have no way to one
    # another, and each has a minimum.
    wall = int(relief.max(initial=0)) + least + 1
    relief = np.pad(np.where(valid, relief, wall), 1, constant_values=wall)
    inside = np.pad(valid, 1)
    filled = reconstruction(
        np.where(inside, relief + least, wall), relief, method="erosion"
    ).astype(np.int32)
    minima = label(local_minima(filled, connectivity=1) & inside, connectivity=1)
    # The relief as it was is flooded: the filled one is flat where minima went, and borders of
    # basins could lie anywhere on such a plain.
    flooded: NDArray[np.int32] = watershed(relief, minima, mask=inside)[1:-1, 1:-1].astype(np.int32)
    return flooded
