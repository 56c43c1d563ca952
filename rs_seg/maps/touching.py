"""The part of vectorize and merge that splits objects which touch on the class map."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import label

from rs_seg.algorithms.vectorizing.borders.tracing import Strip, trace
from rs_seg.algorithms.vectorizing.buildings.splitting import split_by_border, split_object
from rs_seg.config import SplitTouchingConfig
from rs_seg.maps.sources import Sources, read_indices, strip_windows
from rs_seg.progress import track
from rs_seg.values import ClassNames, Window, dequantize, thread_count
from rs_seg.values.grid import ground_pixel_sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.algorithms.vectorizing.arcs import Arcs

LARGEST = 10_000_000
"""Pixels of the bounding window of an object that is taken apart at most: about 1 GB of memory."""
LEAST_DIP = 0.2
"""Dip of the probability between two objects, where the configuration leaves it open."""

logger = logging.getLogger(__name__)


@dataclass
class SplitObjects:
    """Parts of objects of a map with K classes, told apart by their values.

    A value is class index + K * number.
    """

    classes: int
    pieces: list[tuple[Window, NDArray[np.int32]]] = field(default_factory=list)
    rows: list[tuple[int, int]] = field(default_factory=list)
    count: int = 0

    def add(self, window: Window, labels: NDArray[np.int32], kind: int) -> None:
        """Add the parts 1, 2, ... of objects of a class in a window; 0 is left as it is."""
        values = np.where(labels > 0, kind + self.classes * (self.count + labels), -1)
        self.count += int(labels.max())
        assert self.classes * (self.count + 1) < np.iinfo(np.int32).max, "values are 32-bit numbers"
        self.pieces.append((window, values.astype(np.int32)))
        self.rows.append((window.row, window.row_end))

    def paste(self, values: NDArray[np.int32], window: Window) -> None:
        """Write the values of the parts into the class indices of a window.

        What was pasted first stays.
        """
        if not self.pieces:
            return
        begins, ends = np.array(self.rows).T
        for index in np.flatnonzero((begins < window.row_end) & (ends > window.row)):
            place, parts = self.pieces[index]
            common = place.intersect(window)
            if common is None:
                continue
            own = parts[common.relative_to(place).slices]
            there = values[common.relative_to(window).slices]
            taken = (own >= 0) & (there < self.classes)
            there[taken] = own[taken]


def split_touching(
    settings: SplitTouchingConfig, sources: Sources, names: ClassNames
) -> SplitObjects:
    """The parts of all objects of the chosen classes.

    Objects too large to be held are left whole, with a warning.
    """
    split, sides = SplitObjects(len(names)), ground_pixel_sides(sources.grid)
    for name in settings.classes:
        if name not in names.names:
            continue
        before, kind = len(split.pieces), names.names.index(name)
        border = names.names.index(settings.border) if settings.border in names.names else None
        objects = list(_objects(sources, names, {kind} if border is None else {kind, border}))
        for window, cut_out in track(objects, total=len(objects), description=f"split {name}"):
            labels = _split(settings, sources, kind, window, cut_out(), sides)
            if labels is not None:
                split.add(window, labels, kind)
        logger.info(
            "vectorize: %d of %d objects of %s were split",
            len(split.pieces) - before,
            len(objects),
            name,
        )
    return split


def _objects(
    sources: Sources, names: ClassNames, kinds: set[int]
) -> Iterator[tuple[Window, Callable[[], NDArray[np.int32]]]]:
    """Bounding window of each region of pixels of the given classes, and its cutter.

    The cutter is called to cut the region out of the map.
    """
    strips = (
        Strip(
            np.where(np.isin(read_indices(sources, window, names), list(kinds)), 0, -1).astype(
                np.int32
            )
        )
        for window in strip_windows(sources.grid)
    )
    arcs, regions = trace(strips, workers=thread_count())
    too_large = 0
    for box, first in zip(_boxes(arcs, len(regions)), regions.first[1:].tolist(), strict=True):
        window = Window(box[1], box[0], box[3] - box[1], box[2] - box[0])
        if window.height * window.width > LARGEST:
            too_large += 1
            continue
        row, column = divmod(first, sources.grid.width)
        yield (
            window,
            partial(
                _cut_out, sources, names, kinds, window, row - window.row, column - window.column
            ),
        )
    if too_large:
        logger.warning(
            "vectorize: %d objects are left whole: their bounding boxes hold more than %d pixels",
            too_large,
            LARGEST,
        )


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
    sources: Sources, names: ClassNames, kinds: set[int], window: Window, row: int, column: int
) -> NDArray[np.int32]:
    """Class indices (H, W) of one region, -1 elsewhere.

    It is the region of the pixel at this row and column of the window.
    """
    indices = read_indices(sources, window, names)
    numbers, _ = label(np.isin(indices, list(kinds)))
    indices[numbers != numbers[row, column]] = -1
    return indices


def _split(
    settings: SplitTouchingConfig,
    sources: Sources,
    kind: int,
    window: Window,
    indices: NDArray[np.int32],
    sides: tuple[float, float],
) -> NDArray[np.int32] | None:
    """The parts of one object, None where it stays whole."""
    objects = indices == kind
    if settings.method == "border":
        return split_by_border(objects, (indices >= 0) & ~objects) if objects.any() else None
    surface, depth = None, settings.depth
    if settings.method == "probability":
        assert sources.probabilities is not None
        surface = np.nan_to_num(dequantize(sources.probabilities.read(window)[kind]))
        depth = LEAST_DIP if depth is None else depth
    labels = split_object(objects, surface=surface, depth=depth or 2 * min(sides), pixel_size=sides)
    return labels if labels.max() > 1 else None
