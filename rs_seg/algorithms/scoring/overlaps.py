"""How much ground each object of a reference shares with each polygon of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from skimage.measure import label

from rs_seg.values import Window

Ids = NDArray[np.int64]
FINER = 2
"""Cells per side of a pixel in which shared ground is counted: outlines may cut pixels."""
ASIDE = (1.1e-5, 2.3e-5)
"""Columns and rows by which the centres of cells are moved: else many lie on lines between corners
of pixels, where rounding decides, which depends on how a scene is cut."""
NONE = -1
"""Stands for no object, no polygon, or no class."""


@dataclass(frozen=True)
class Overlaps:
    """Cells shared by an object and a polygon (ids; polygon NONE: no polygon covers them).

    A pair may have several rows: tables of pieces of a scene are put one after another.
    """

    objects: Ids
    polygons: Ids
    cells: Ids

    @classmethod
    def join(cls, parts: Sequence[Overlaps]) -> Overlaps:
        """One table of the ground of all parts, with one row per pair."""
        objects, polygons, cells = (
            np.concatenate([np.empty(0, np.int64), *(getattr(part, name) for part in parts)])
            for name in ("objects", "polygons", "cells")
        )
        order = np.lexsort((polygons, objects))
        objects, polygons, cells = objects[order], polygons[order], cells[order]
        new = np.append(True, (objects[1:] != objects[:-1]) | (polygons[1:] != polygons[:-1]))[
            : len(order)
        ]
        first = np.flatnonzero(new)
        return cls(
            objects[first], polygons[first], np.add.reduceat(cells, first) if len(first) else cells
        )


def measure_overlaps(objects: Ids, shapes: NDArray[Any], ids: Ids, window: Window) -> Overlaps:
    """The ground that objects share with polygons in a window.

    `objects` (H, W) are ids by pixel, NONE where nothing counts; `shapes` are polygons in columns
    and rows of the scene that do not overlap, with their `ids`. A cell is of the polygon that its
    centre lies in.
    """
    height, width = (side * FINER for side in objects.shape)
    places = np.full((height, width), NONE, dtype=np.int32)
    clipped = shapely.clip_by_rect(
        shapes, window.column, window.row, window.column_end, window.row_end
    )
    inside = np.flatnonzero(~shapely.is_empty(clipped))
    if len(inside):
        corner = Affine.translation(window.column + ASIDE[0], window.row + ASIDE[1])
        rasterize(
            zip(clipped[inside], inside, strict=True),
            out=places,
            transform=corner * Affine.scale(1 / FINER),
        )
    fine = objects.repeat(FINER, axis=0).repeat(FINER, axis=1)
    return _count_pairs(fine.ravel(), places.ravel(), ids)


def _count_pairs(objects: Ids, places: NDArray[np.int32], ids: Ids) -> Overlaps:
    """Cells of each pair. Most cells continue the pair before them: runs are summed, not cells."""
    changes = (objects[1:] != objects[:-1]) | (places[1:] != places[:-1])
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    lengths = np.diff(np.concatenate([starts, [objects.size]]))
    counted = objects[starts] != NONE
    polygons = np.append(ids, NONE)[places[starts]]  # place -1 is the NONE at the end
    return Overlaps.join([Overlaps(objects[starts][counted], polygons[counted], lengths[counted])])


@dataclass(frozen=True)
class Regions:
    """Class index (NONE: none that counts) and whole area in pixels of objects, or of polygons."""

    classes: NDArray[np.int64]
    areas: NDArray[np.float64]


class ObjectFinder:
    """Numbers the objects of a class raster that comes in strips of whole rows, from top to bottom.

    Pixels of one class that touch by their sides are one object, across strips too, as `vectorize`
    makes polygons.
    """

    def __init__(self) -> None:
        self._classes: list[NDArray[np.int64]] = []
        self._pixels: list[NDArray[np.int64]] = []
        self._touching: list[NDArray[np.int64]] = []
        self._above: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
        self._count = 0

    def number(self, indices: NDArray[np.integer]) -> Ids:
        """Provisional ids by pixel of the next strip of class indices (H, W); NONE if negative."""
        ids: Ids = label(np.maximum(indices, NONE), background=NONE, connectivity=1).astype(
            np.int64, copy=False
        )
        pixels = np.bincount(ids.ravel())[1:]
        classes = np.empty(len(pixels) + 1, dtype=np.int64)
        classes[ids.ravel()] = indices.ravel()
        # in place: a strip holds millions of ids, and each further array of them is 32 MB
        background = ids == 0
        ids += self._count - 1
        ids[background] = NONE
        if self._above is not None:
            above, classes_above = self._above
            same = (indices[0] == classes_above) & (indices[0] >= 0)
            self._touching.append(np.unique(np.stack([above[same], ids[0][same]]), axis=1))
        self._above = ids[-1], indices[-1].astype(np.int64)
        self._classes.append(classes[1:])
        self._pixels.append(pixels)
        self._count += len(pixels)
        return ids

    def finish(self) -> tuple[Ids, Regions]:
        """The final id of each provisional one, and the objects by their final ids."""
        ends = np.concatenate([np.empty((2, 0), np.int64), *self._touching], axis=1)
        graph = coo_array((np.ones(ends.shape[1]), tuple(ends)), shape=(self._count, self._count))
        number, final = connected_components(graph, directed=False)
        classes = np.full(number, NONE, dtype=np.int64)
        classes[final] = np.concatenate([np.empty(0, np.int64), *self._classes])
        pixels = np.concatenate([np.empty(0, np.int64), *self._pixels])
        areas = np.bincount(final, weights=pixels, minlength=number).astype(float)
        return final.astype(np.int64), Regions(classes, areas)
