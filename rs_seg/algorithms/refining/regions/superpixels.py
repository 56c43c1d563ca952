"""Superpixels: regions of about equal size that follow the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label
from skimage.segmentation import slic

from rs_seg.algorithms.refining.regions.growing import grow_regions

ITERATIONS = 10
LEAST_SHARE = 4
"""Connected parts of less than one such part of a superpixel are joined to the neighbours that they
resemble most."""


def superpixels(
    bands: NDArray[np.float32], valid: NDArray[np.bool_], *, side: int, compactness: float
) -> NDArray[np.int32]:
    """Connected regions (H, W) of about `side` * `side` pixels of one colour in `bands` (B, H, W).

    `compactness` is the difference of colour that counts as much as the distance `side`. Centres
    start on a regular grid from the first pixel on. Pixels that are not valid must look like their
    neighbours (`fill_missing`): clusters are of all pixels, and regions of the valid ones.

    Source: Achanta et al. 2012, algorithm 1. Small parts are not merged with any neighbour, as
    there, but joined to the one of most similar colour, so that no merging crosses an edge.
    scikit-image's `mask` is not used: it places centres by comparing all pixels with all centres,
    which takes minutes and gigabytes for a megapixel (seen in 0.26).
    """
    if not valid.any():
        return np.zeros(valid.shape, dtype=np.int32)
    spread = float(bands.max() - bands.min()) or 1.0  # scikit-image divides the image by it
    clusters = slic(
        np.moveaxis(bands, 0, -1),
        n_segments=max(1, valid.size // side**2),
        compactness=compactness / spread,
        max_num_iter=ITERATIONS,
        convert2lab=False,
        enforce_connectivity=False,
        channel_axis=-1,
    )
    # `slic` counts clusters from 1: 0 is free for pixels that are not valid.
    regions = label(np.where(valid, clusters, 0), connectivity=1)
    sizes = np.bincount(regions.ravel())
    large = sizes >= side**2 / LEAST_SHARE
    grown = grow_regions(np.where(large[regions], regions, 0).astype(np.int32), bands, valid)
    # Small parts with no neighbour stay as they are.
    islands: NDArray[np.int32] = np.where(grown == 0, regions, grown).astype(np.int32)
    return islands
