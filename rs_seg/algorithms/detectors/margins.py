"""How far tiles must look beyond their cores for a detector."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from rs_seg.algorithms.detectors.dense import DenseDetector
from rs_seg.algorithms.detectors.detector import Detector
from rs_seg.algorithms.networks.support import LENGTHS, find_support

AROUND_CENTRE = 4
"""Cells of the coarsest raster between a centre and the cell that speaks for it, and around that
cell, which must be higher than its neighbours: large objects are told by coarse cells."""
CHEAP, MOST = 8, 4
"""Parts of a tile: a margin of an eighth computes 1.8 times the pixels of the scene, one of a
quarter four times as many."""


def choose_margin(detector: Detector, *, band_count: int, tile: int, largest: float) -> int:
    """Pixels around the cores of tiles of `tile` pixels, at most a quarter of the tile.

    A dense detector that looks no further than an eighth of the tile gets all that it looks at: its
    tiles give what one pass gives. One that looks further gets an eighth of the tile, and at least
    half of the longest side of an object (`largest`, in pixels), so that the tile of its centre
    sees it whole. A detector of regions gets the whole side: what it says of an object depends on
    all of it and on what lies around.
    """
    most, cheap = tile // MOST, tile // CHEAP
    if not detector.is_dense:
        return min(math.ceil(largest), most)
    reach = look_of(detector, band_count, most=cheap)
    around = AROUND_CENTRE * max(detector.strides) if isinstance(detector, DenseDetector) else 0
    if reach is not None and reach + around <= cheap:
        return reach + around
    return min(max(math.ceil(largest / 2), cheap), most)


def look_of(detector: Detector, band_count: int, *, most: int) -> int | None:
    """Largest distance in pixels at which a pixel can change a cell of the rasters.

    None where it is larger than `most`, or the detector has no rasters.
    """
    if not isinstance(detector, DenseDetector):
        return None
    longest = max(LENGTHS[0], 4 * most)  # to both sides of the middle, with room to spare
    radius = find_support(_Rasters(detector), band_count, longest=longest).radius
    return None if radius is None or radius > most else radius


class _Rasters(nn.Module):
    """All rasters of a dense detector as one, at the size of the input."""

    def __init__(self, detector: DenseDetector) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, pixels_NBHW: Tensor) -> Tensor:
        """Rasters (N, C, H, W); cells are repeated over the pixels that they stand for."""
        height, width = pixels_NBHW.shape[-2:]
        rasters = []
        for raster in self.detector(pixels_NBHW):
            down, right = height // raster.shape[-2], width // raster.shape[-1]
            wide = raster.repeat_interleave(right, dim=-1)
            rasters.append(wide.repeat_interleave(down, dim=-2)[..., :height, :width])
        return torch.cat(rasters, dim=1)
