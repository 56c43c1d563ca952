"""Polygons as codes on the pixels of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize

from rs_seg.values import Window
from rs_seg.values.grid import Grid, crop

UNLABELLED = -1


class PolygonCodes:
    """Polygons painted on a grid, window by window: a pixel has the code of the last polygon that holds its centre.

    `outside` is the code of pixels in no polygon; None: unlabelled. `overlap_pixels` counts, over all windows read so
    far, pixels in polygons of different codes.
    """

    def __init__(self, polygons: NDArray[Any], codes: Sequence[int], grid: Grid, *, outside: int | None) -> None:
        self._polygons = polygons
        self._codes = np.asarray(codes, dtype=np.int32)
        self._grid = grid
        self._outside = UNLABELLED if outside is None else outside
        self._tree = shapely.STRtree(polygons)
        self.overlap_pixels = 0

    def read(self, window: Window) -> NDArray[np.int32]:
        """Codes (H, W); -1 where unlabelled."""
        part = crop(self._grid, window)
        found = np.sort(self._tree.query(shapely.box(*part.extent.boundingbox)))
        if not len(found):
            return np.full((window.height, window.width), self._outside, dtype=np.int32)
        self.overlap_pixels += self._count_overlap(found, part)
        return self._paint(found, self._codes[found], part, fill=self._outside)

    def _paint(
        self, found: NDArray[np.integer], values: NDArray[np.int32], part: Grid, *, fill: int
    ) -> NDArray[np.int32]:
        painted: NDArray[np.int32] = rasterize(
            zip(self._polygons[found], values.tolist(), strict=True),
            out_shape=(part.height, part.width),
            transform=part.affine,
            fill=fill,
            dtype="int32",
        )
        return painted

    def _count_overlap(self, found: NDArray[np.integer], part: Grid) -> int:
        codes = np.unique(self._codes[found])
        if len(codes) < 2:
            return 0
        layers = np.zeros((part.height, part.width), dtype=np.int32)
        for code in codes:
            chosen = found[self._codes[found] == code]
            layers += self._paint(chosen, np.ones(len(chosen), dtype=np.int32), part, fill=0)
        return int(np.count_nonzero(layers > 1))
