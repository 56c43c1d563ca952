"""Connected regions of classes of a map, each to be cut out of it by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import label

from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.maps.sources import Raster, read_indices, strip_windows
from rs_seg.values import ClassNames, Window, thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.vectorizing.arcs import Arcs

LARGEST = 10_000_000
"""Pixels of the bounding window of a region that is cut out at most: about 1 GB of memory where it
is taken apart."""


@dataclass(frozen=True)
class MapRegion:
    """Pixels of given classes that are connected by their sides."""

    window: Window
    """Its bounding window."""
    pixels: int
    cut_out: Callable[[], NDArray[np.int32]]
    """Reads its class indices (H, W) in the window, -1 elsewhere."""

    @property
    def is_too_large(self) -> bool:
        """Whether its window holds more pixels than are cut out at once."""
        return self.window.height * self.window.width > LARGEST


def find_regions(classes: Raster, names: ClassNames, kinds: Collection[int]) -> Iterator[MapRegion]:
    """Regions of the pixels of the given classes (indices), by their first pixels row by row.

    Memory holds a few strips of the map and the borders of the regions.
    """
    chosen = list(kinds)
    strips = (
        Strip(np.where(np.isin(read_indices(classes, window, names), chosen), 0, -1).astype("i4"))
        for window in strip_windows(classes.grid)
    )
    arcs, regions = trace(strips, workers=thread_count())
    counts, firsts = (column[1:].tolist() for column in (regions.pixels, regions.first))
    for box, pixels, first in zip(_boxes(arcs, len(regions)), counts, firsts, strict=True):
        window = Window(box[1], box[0], box[3] - box[1], box[2] - box[0])
        row, column = divmod(first, classes.grid.width)
        place = (row - window.row, column - window.column)
        cut_out = partial(_cut_out, classes, names, chosen, window, place)
        yield MapRegion(window, pixels, cut_out)


def _boxes(arcs: Arcs, count: int) -> list[tuple[int, ...]]:
    """Bounding boxes of the regions 1, 2, ...: x and y of the first corner, then of the last."""
    low = np.full((count + 1, 2), np.iinfo(np.int32).max, dtype=np.int32)
    high = np.zeros((count + 1, 2), dtype=np.int32)
    if count:
        least = np.minimum.reduceat(arcs.points, arcs.offsets[:-1])
        greatest = np.maximum.reduceat(arcs.points, arcs.offsets[:-1])
        for side in arcs.sides.T:
            np.minimum.at(low, side, least)
            np.maximum.at(high, side, greatest)
    return [tuple(box) for box in np.concatenate([low, high], axis=1)[1:].tolist()]


def _cut_out(
    classes: Raster,
    names: ClassNames,
    kinds: list[int],
    window: Window,
    place: tuple[int, int],
) -> NDArray[np.int32]:
    """Class indices (H, W) of the region of the pixel at a place of the window, -1 elsewhere."""
    indices = read_indices(classes, window, names)
    numbers, _ = label(np.isin(indices, kinds))
    indices[numbers != numbers[place]] = -1
    return indices
