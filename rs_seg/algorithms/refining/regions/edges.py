"""Edges of an image, and the regions that they enclose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.feature import canny
from skimage.measure import label

from rs_seg.algorithms.refining.regions.growing import grow_regions
from rs_seg.algorithms.refining.regions.relief import SOBEL_SCALE, band_gradients


def find_edges(
    bands: NDArray[np.float32], *, detector: str, smoothing: float, threshold: float, lower: float
) -> NDArray[np.bool_]:
    """Pixels (H, W) on an edge of any of the `bands` (B, H, W).

    With `sobel`, those whose gradient is at least `threshold` per pixel; with `canny`, ridges of
    the gradient that reach `threshold` somewhere and `lower` times it everywhere.

    Source: Canny 1986.
    """
    if detector == "sobel":
        steepest: NDArray[np.float32] = band_gradients(bands, smoothing=smoothing).max(axis=0)
        return steepest >= threshold
    edges = np.zeros(bands.shape[1:], dtype=bool)
    for band in bands:
        # scikit-image finds no edge in the outermost pixels: it sees one more of each
        edges |= canny(
            np.pad(band, 1, mode="edge"),
            sigma=smoothing,
            low_threshold=lower * threshold * SOBEL_SCALE,
            high_threshold=threshold * SOBEL_SCALE,
            mode="nearest",
        )[1:-1, 1:-1]
    return edges


def enclosed_regions(
    edges: NDArray[np.bool_], bands: NDArray[np.float32], valid: NDArray[np.bool_], *, gap: int
) -> NDArray[np.int32]:
    """Connected valid pixels (H, W) without an edge between them, as regions.

    Pixels of edges go to the neighbour that they resemble most.

    Openings in edges of up to `gap` pixels are closed. Where all pixels of a connected part are
    edges, they have none.
    """
    free = valid & ~edges
    # Without an edge there is nothing that distances could be measured to.
    inner = free if not edges.any() else free & (ndimage.distance_transform_edt(~edges) > gap / 2)
    parts = label(free, connectivity=1)
    with_inner = np.bincount(parts[inner], minlength=int(parts.max(initial=0)) + 1) > 0
    cores = label(inner, connectivity=1)
    narrow = free & ~with_inner[parts]  # parts too narrow for an inside are regions all the same
    regions = np.where(narrow, cores.max(initial=0) + parts, cores).astype(np.int32)
    return grow_regions(regions, bands, valid)
