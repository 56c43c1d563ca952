"""The part of vectorize and merge that splits objects which touch on the class map."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rs_seg.algorithms.vectorizing.buildings.splitting import split_by_border, split_object
from rs_seg.config import SplitTouchingConfig
from rs_seg.maps.regions import LARGEST, MapRegion, find_regions
from rs_seg.maps.sources import Raster, Sources
from rs_seg.progress import track
from rs_seg.values import ClassNames, Window, dequantize
from rs_seg.values.grid import ground_pixel_sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_DIP = 0.2
"""Dip of the probability between two objects, where the configuration leaves it open."""

logger = logging.getLogger(__name__)


@dataclass
class SplitObjects:
    """Parts of objects of a map with K classes, told apart by their values.

    A value is class index + K * number.
    """

    class_count: int
    pieces: list[tuple[Window, NDArray[np.int32]]] = field(default_factory=list)
    rows: list[tuple[int, int]] = field(default_factory=list)
    count: int = 0

    def add(self, window: Window, labels: NDArray[np.int32], kind: int) -> None:
        """Add the parts 1, 2, ... of objects of a class in a window; 0 is left as it is."""
        values = np.where(labels > 0, kind + self.class_count * (self.count + labels), -1)
        self.count += int(labels.max())
        assert self.class_count * (self.count + 1) < np.iinfo(np.int32).max, (
            "values are 32-bit numbers"
        )
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
            taken = (own >= 0) & (there < self.class_count)
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
        kinds = {kind} if border is None else {kind, border}
        objects = _list_objects(sources.classes, names, kinds)
        for region in track(objects, total=len(objects), description=f"split {name}"):
            labels = _split(settings, sources, kind, region.window, region.cut_out(), sides)
            if labels is not None:
                split.add(region.window, labels, kind)
        logger.info(
            "vectorize: %d of %d objects of %s were split",
            len(split.pieces) - before,
            len(objects),
            name,
        )
    return split


def _list_objects(classes: Raster, names: ClassNames, kinds: set[int]) -> list[MapRegion]:
    """Regions of the given classes that are small enough to be cut out."""
    regions = list(find_regions(classes, names, kinds))
    objects = [region for region in regions if not region.is_too_large]
    if len(objects) < len(regions):
        logger.warning(
            "vectorize: %d objects are left whole: their bounding boxes hold more than %d pixels",
            len(regions) - len(objects),
            LARGEST,
        )
    return objects


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
