"""Which scenes of a run can be read as one raster, so that polygons run on across their borders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rs_seg.values.grid import Grid, crop, crs_of
from rs_seg.values.mosaic import Member, Mosaic
from rs_seg.values.window import Window

TOLERANCE = 0.01
"""How far apart corners of pixels may lie that are taken for the same, in pixels."""
UNIT_CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
"""Row and column of the corners of a grid of one pixel."""


def plan_mosaics(grids: Sequence[Grid]) -> list[Mosaic]:
    """The fewest rasters that hold all scenes, each made of scenes that fit and are connected.

    Two scenes fit where they have the same CRS and their pixels the same corners: those of a scene
    lie within 0.01 pixel of those of the lattice that the first scene of its kind spans. Scenes
    that fit are connected where they overlap or have a piece of border in common, or through
    others; a corner in common does not connect. So regions of pixels that touch by their sides
    never go from one mosaic to another, and a mosaic is not a wide emptiness.

    Mosaics stand in the order of their first scenes. The grid of a mosaic is that of its first
    scene, extended by whole rows and columns; the mosaic of a scene alone has the grid of the
    scene, bit for bit. Every scene is in one mosaic.
    """
    lattices, boxes = _place_on_lattices(grids)
    groups = np.zeros(len(grids), dtype=np.int64)
    for lattice in range(lattices.max(initial=-1) + 1):
        scenes = np.flatnonzero(lattices == lattice)
        groups[scenes] = scenes[_first_connected(boxes[scenes])]
    order = np.argsort(groups, kind="stable")
    _, starts = np.unique(groups[order], return_index=True)
    return [
        _assemble(grids, boxes, scenes) for scenes in np.split(order, starts[1:]) if scenes.size
    ]


def _place_on_lattices(grids: Sequence[Grid]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lattice (N,) of each scene, and its box (N, 4) on that lattice.

    A box is the first row and column, and the row and column after the last.
    """
    systems = _number_systems(grids)
    sizes = np.array([grid.shape for grid in grids], dtype=np.int64).reshape(-1, 2)
    corners = np.array([_corners(grid) for grid in grids], dtype=np.float64).reshape(-1, 4, 2)
    lattices = np.full(len(grids), -1, dtype=np.int64)
    boxes = np.zeros((len(grids), 4), dtype=np.int64)
    for scene, grid in enumerate(grids):
        if lattices[scene] >= 0:
            continue
        near = np.flatnonzero((lattices < 0) & (systems == systems[scene]))
        near = near[_distances(grid, corners[near, :1])[1] <= TOLERANCE]
        first, off = _distances(grid, corners[near], sizes[near])
        fitting = off <= TOLERANCE
        lattices[near[fitting]] = lattices.max() + 1
        boxes[near[fitting]] = np.concatenate([first, first + sizes[near]], axis=1)[fitting]
    return lattices, boxes


def _distances(
    lattice: Grid, corners: NDArray[np.float64], sizes: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest row and column (N, 2) of the first corners of scenes, and their misfit (N,).

    The misfit is the greatest distance of the corners from the lattice, in pixels.

    `corners` (N, 4, 2) as `_corners` gives them, with sizes (N, 2); or (N, 1, 2), the first ones
    only.
    """
    x, y = ~lattice.affine * (corners[..., 0], corners[..., 1])
    first = np.rint(np.stack([y[:, 0], x[:, 0]], axis=1))
    steps = np.zeros((len(corners), 1, 2)) if sizes is None else sizes[:, None] * UNIT_CORNERS
    wanted = first[:, None] + steps
    off = np.hypot(y - wanted[..., 0], x - wanted[..., 1]).max(axis=1, initial=0)
    return first.astype(np.int64), off


def _number_systems(grids: Sequence[Grid]) -> NDArray[np.int64]:
    """Number (N,) of each grid's CRS; CRS that are the same in other words have the same number."""
    known = list({str(crs_of(grid)): crs_of(grid) for grid in grids}.items())
    numbers = {
        text: next(index for index, (_, known_crs) in enumerate(known) if crs == known_crs)
        for text, crs in known
    }
    return np.array([numbers[str(crs_of(grid))] for grid in grids], dtype=np.int64)


def _corners(grid: Grid) -> list[tuple[float, float]]:
    return [
        grid.affine * (column * grid.width, row * grid.height)
        for row, column in UNIT_CORNERS.tolist()
    ]


def _first_connected(boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index (N,) of the first box that each box is connected with; itself if it comes first."""
    if len(boxes) == 1:  # scenes each on a lattice of their own are many, and a tree takes its time
        return np.zeros(1, dtype=np.int64)
    distinct, positions = np.unique(boxes, axis=0, return_inverse=True)
    rows, columns, row_ends, column_ends = distinct.T
    shapes = shapely.box(columns, rows, column_ends, row_ends)
    first, second = shapely.STRtree(shapes).query(shapes)
    high = np.minimum(row_ends[first], row_ends[second]) - np.maximum(rows[first], rows[second])
    wide = np.minimum(column_ends[first], column_ends[second]) - np.maximum(
        columns[first], columns[second]
    )
    joined = high + wide > 0  # both are 0 at a corner in common
    edges = (np.ones(np.count_nonzero(joined), dtype=np.int8), (first[joined], second[joined]))
    _, labels = connected_components(
        coo_array(edges, shape=(len(distinct), len(distinct))), directed=False
    )
    _, firsts, inverse = np.unique(labels[positions], return_index=True, return_inverse=True)
    first_of: NDArray[np.int64] = firsts[inverse]
    return first_of


def _assemble(grids: Sequence[Grid], boxes: NDArray[np.int64], scenes: NDArray[np.int64]) -> Mosaic:
    own = boxes[scenes]
    row, column = (int(value) for value in own[:, :2].min(axis=0))
    row_end, column_end = (int(value) for value in own[:, 2:].max(axis=0))
    span = Window(row - int(own[0, 0]), column - int(own[0, 1]), row_end - row, column_end - column)
    members = tuple(
        Member(
            int(scene),
            Window(
                int(box[0]) - row, int(box[1]) - column, int(box[2] - box[0]), int(box[3] - box[1])
            ),
        )
        for scene, box in zip(scenes, own, strict=True)
    )
    return Mosaic(crop(grids[int(scenes[0])], span), members)
