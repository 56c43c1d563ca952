"""The part of select that divides the classes of a map between the objects that were detected."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes

from rs_seg.algorithms.vectorizing.buildings.splitting import split_by_seeds
from rs_seg.maps.regions import LARGEST, MapRegion, find_regions
from rs_seg.maps.sources import Raster, read_indices, strip_windows
from rs_seg.progress import track
from rs_seg.values import ClassNames, Window
from rs_seg.values.candidates import Candidates
from rs_seg.values.grid import ground_pixel_sides

Seeds = NDArray[np.int64]
"""Row and column (N, 2) of a pixel of each object, -1 where it has none."""

logger = logging.getLogger(__name__)


def divide_map(candidates: Candidates, classes: Raster, names: ClassNames) -> Candidates:
    """The objects with parts of their class on the map as shapes, in pixels and best first.

    Each connected region of a class is divided between the objects of that class whose centre lies
    on it, in the narrow places between them (`split_by_seeds`): their shapes cover it without gaps
    or overlaps and run along the sides of pixels. A centre on no pixel of its class moves to the
    nearest one in the object's box. Left out are regions without a centre, objects without a pixel
    of their class in their box, and of several centres on one pixel all but the best. Regions whose
    window holds more than `LARGEST` pixels are not divided: their objects keep their masks or
    boxes.
    """
    ranked = candidates.take(candidates.ranked())
    kinds = _kinds_of(ranked, names)
    sides = ground_pixel_sides(classes.grid)
    seeds = _find_seeds(ranked, kinds, classes, names, sides)
    drawn = _own_shapes(ranked)
    stays = seeds[:, 0] >= 0
    astray = int((~stays).sum())
    stays[stays] = _are_first(seeds[stays])
    for kind in np.unique(kinds[stays]).tolist():
        objects = np.flatnonzero(stays & (kinds == kind))
        _divide_class(drawn, seeds, objects, classes, names, kind, sides)
    logger.info(
        "select: left out are %d objects without a pixel of their class in their box, and %d on "
        "the pixel of a better one",
        astray,
        len(ranked) - astray - int(stays.sum()),
    )
    return Candidates(ranked.boxes, ranked.scores, ranked.codes, drawn).take(stays)


def _kinds_of(candidates: Candidates, names: ClassNames) -> NDArray[np.int64]:
    """Class index of each object on the map."""
    places = {code: place for place, code in enumerate(names.codes)}
    return np.array([places[code] for code in candidates.codes.tolist()], dtype=np.int64)


def _own_shapes(candidates: Candidates) -> NDArray[Any]:
    if candidates.shapes is not None:
        return candidates.shapes.copy()
    return np.asarray(shapely.box(*candidates.boxes.T), dtype=object).reshape(-1)


def _find_seeds(
    candidates: Candidates,
    kinds: NDArray[np.int64],
    classes: Raster,
    names: ClassNames,
    sides: tuple[float, float],
) -> Seeds:
    """The pixel of its class that stands for each object."""
    left, top, right, bottom = candidates.boxes.T
    centres = np.stack([(top + bottom) / 2, (left + right) / 2], axis=1)
    last = np.array(classes.grid.shape) - 1
    seeds: Seeds = np.clip(np.floor(centres), 0, last).astype(np.int64)
    for window in strip_windows(classes.grid):
        here = np.flatnonzero((seeds[:, 0] >= window.row) & (seeds[:, 0] < window.row_end))
        if len(here):
            indices = read_indices(classes, window, names)
            rows, columns = seeds[here].T
            astray = here[indices[rows - window.row, columns] != kinds[here]]
            for place in astray.tolist():
                box, kind = candidates.boxes[place], int(kinds[place])
                seeds[place] = _nearest_pixel(box, centres[place], kind, classes, names, sides)
    return seeds


def _nearest_pixel(
    box: NDArray[np.float64],
    centre: NDArray[np.float64],
    kind: int,
    classes: Raster,
    names: ClassNames,
    sides: tuple[float, float],
) -> tuple[int, int]:
    """Row and column of the pixel of a class in a box that is nearest to its centre; -1: none."""
    left, top = np.floor(box[:2]).astype(int).tolist()
    right, bottom = np.ceil(box[2:]).astype(int).tolist()
    window = Window(top, left, bottom - top, right - left).clip(*classes.grid.shape)
    if window is None or window.height * window.width > LARGEST:
        return -1, -1
    rows, columns = np.nonzero(read_indices(classes, window, names) == kind)
    if not len(rows):
        return -1, -1
    rows, columns = rows + window.row, columns + window.column
    away = np.stack([rows, columns], axis=1) + 0.5 - centre
    nearest = int(np.square(away * sides).sum(axis=1).argmin())
    return int(rows[nearest]), int(columns[nearest])


def _are_first(seeds: Seeds) -> NDArray[np.bool_]:
    """Which seeds (N,) are the first of those on their pixel."""
    first = np.zeros(len(seeds), dtype=bool)
    if len(seeds):
        first[np.unique(seeds, axis=0, return_index=True)[1]] = True
    return first


def _divide_class(
    drawn: NDArray[Any],
    seeds: Seeds,
    objects: NDArray[np.int64],
    classes: Raster,
    names: ClassNames,
    kind: int,
    sides: tuple[float, float],
) -> None:
    """Give each of the `objects` of a class its part of the map, where it can be told."""
    objects = objects[np.argsort(seeds[objects, 0], kind="stable")]
    regions = list(find_regions(classes, names, {kind}))
    counts: Counter[str] = Counter()
    name = names.names[kind]
    for region in track(regions, total=len(regions), description=f"divide {name}"):
        nearby = _seeded_in(region.window, seeds, objects)
        if region.is_too_large:
            counts["whole"] += 1
            continue
        parts = _divide(region, seeds, nearby, sides) if len(nearby) else {}
        for place, shape in parts.items():
            drawn[place] = shape
        counts["objects"] += len(parts)
        counts["left out"] += not parts
        counts["pixels"] += 0 if parts else region.pixels
    logger.info(
        "select: %d objects divide %d regions of %s; %d regions (%d pixels) have no centre and are "
        "left out",
        counts["objects"],
        len(regions) - counts["left out"] - counts["whole"],
        name,
        counts["left out"],
        counts["pixels"],
    )
    if counts["whole"]:
        logger.warning(
            "select: %d regions of %s have a bounding box of more than %d pixels and are not "
            "divided: their %d objects keep the shapes that were detected, and may overlap",
            counts["whole"],
            name,
            LARGEST,
            len(objects) - counts["objects"],
        )


def _seeded_in(window: Window, seeds: Seeds, objects: NDArray[np.int64]) -> NDArray[np.int64]:
    """The objects, which come by the rows of their seeds, whose seed lies in a window."""
    first, last = np.searchsorted(seeds[objects, 0], [window.row, window.row_end])
    nearby = objects[first:last]
    columns = seeds[nearby, 1]
    inside: NDArray[np.bool_] = (columns >= window.column) & (columns < window.column_end)
    return nearby[inside]


def _divide(
    region: MapRegion,
    seeds: Seeds,
    nearby: NDArray[np.int64],
    sides: tuple[float, float],
) -> dict[int, Any]:
    """The part of a region of each object whose seed lies on it, by the number of the object."""
    mask = region.cut_out() >= 0
    window = region.window
    rows, columns = (seeds[nearby] - [window.row, window.column]).T
    own = np.sort(nearby[mask[rows, columns]])
    if not len(own):
        return {}
    rows, columns = (seeds[own] - [window.row, window.column]).T
    markers = np.zeros(mask.shape, dtype=np.int32)
    markers[rows, columns] = np.arange(1, len(own) + 1)
    labels = split_by_seeds(mask, markers, pixel_size=sides)
    moved = Affine.translation(window.column, window.row)
    traced = shapes(labels, mask=mask, connectivity=4, transform=moved)
    return {int(own[int(number) - 1]): shapely.geometry.shape(shape) for shape, number in traced}
