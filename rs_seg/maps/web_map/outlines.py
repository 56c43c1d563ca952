"""Polygons and objects of a scene as scripts that a page loads cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.cells import choose_side, cut_into_cells, encode_rings
from rs_seg.io.polygon_cells import CellWriter
from rs_seg.io.vectors.reading import count_polygons, read_polygons
from rs_seg.io.vectors.stream import IN_PIXELS
from rs_seg.values import ClassNames
from rs_seg.values.grid import has_place
from rs_seg.values.tile_plane import ScenePlace, TilePlane

PER_CELL = 1500
"""Polygons of a cell, on average: some hundred kilobytes."""
MARGIN = 0.5
"""Pixels between the first cells and the scene: borders of pixels, which polygons follow, are no
borders of cells, along which no outlines are drawn."""
STEPS = 8
"""Parts of a pixel that places are rounded to."""
LEAST_SIDE = 256
"""Side of the smallest cells, in pixels."""


def write_cells(
    path: Path,
    folder: Path,
    key: str,
    *,
    plane: TilePlane,
    place: ScenePlace,
    names: ClassNames,
    probability: str | None,
) -> dict[str, Any]:
    """Write the polygons of a GeoPackage; what the page needs to know of the cells.

    `probability` is the field that holds it, None where there is none. Memory holds a few thousand
    polygons, and a few dozen megabytes of text.
    """
    window = place.window
    side = choose_side(
        window.height + 2 * MARGIN,
        window.width + 2 * MARGIN,
        polygon_count=count_polygons(path),
        per_cell=PER_CELL,
        least=LEAST_SIDE,
        steps=STEPS,
    )
    writer = CellWriter(folder / key, key)
    first = 0
    for shapes, values in _read(path, plane, place, names, probability):
        pieces = cut_into_cells(shapes, side)
        rings = encode_rings(pieces, side, steps=STEPS)
        places = zip(pieces.numbers.tolist(), pieces.cells.tolist(), rings, strict=True)
        for number, (row, column), own in places:
            if own:
                writer.add((row, column), [first + number, *values[number]], own)
        first += len(shapes)
    writer.close()
    cells = {"side": side, "steps": STEPS, "margin": MARGIN, "cells": list(writer.cells)}
    return {"key": key, **place.describe(), **cells}


def _read(
    path: Path, plane: TilePlane, place: ScenePlace, names: ClassNames, probability: str | None
) -> Iterator[tuple[NDArray[np.object_], list[list[float | int | None]]]]:
    """Polygons in pixels, from the corner of the first cell on, and their values.

    Values are class index, area and probability.
    """
    grid = plane.grid_of(place)
    a, _, left, _, e, top = tuple(grid.affine)[:6]
    scale, corner = np.array([a, e]), np.array([left, top])
    area = "area_m2" if has_place(grid) else IN_PIXELS["area_m2"]
    fields = ["code", area, *([] if probability is None else [probability])]
    for batch in read_polygons(path, fields, crs=plane.crs):
        ends = batch.wkb_offsets.tolist()
        texts = [bytes(batch.wkb[start:end]) for start, end in pairwise(ends)]
        shapes = shapely.from_wkb(np.array(texts, dtype=object))
        moved = shapely.transform(shapes, lambda points: (points - corner) / scale + MARGIN)
        classes = names.decode(np.asarray(batch.columns["code"])).tolist()
        areas = _numbers(batch.columns[area], 2)
        shares: list[float | None] = [None] * len(areas)
        if probability is not None:
            shares = _numbers(batch.columns[probability], 3)
        yield moved, [list(row) for row in zip(classes, areas, shares, strict=True)]


def _numbers(values: Any, digits: int) -> list[float | None]:
    """Rounded numbers; None where one is not known."""
    rounded = np.round(np.asarray(values, dtype=np.float64), digits)
    return [
        value if known else None
        for value, known in zip(rounded.tolist(), np.isfinite(rounded), strict=True)
    ]
