"""Areas and lengths on the ground, computed from borders, each of which is measured once.

They do not depend on the units of the map.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj.crs import CRS

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.ellipsoid import Placement, derivative
from rs_seg.algorithms.vectorizing.ground_integrals import integrate_areas, measure_lengths
from rs_seg.errors import UserError
from rs_seg.values.grid import Grid, crs_of, has_place

Kernel = Callable[..., NDArray[np.float64]]

FEWEST_STEPS, MOST_STEPS = 128, 512
"""Bounds of the steps of the lattice along each axis of the grid."""
LONGEST_STEP = 64
"""Pixels; longer only on grids too large for MOST_STEPS."""
CHUNK = 1 << 18
"""Points that a worker takes at a time."""


@dataclass(frozen=True)
class Ground:
    """The metric of the ground over a grid, at the nodes of a lattice that covers the grid.

    Made by `measure_ground`.
    """

    cumulative: NDArray[np.float64]
    """(rows + 1, columns + 1, 2): square metres per pixel row between the first column and the
    node, and its derivative along the row of the lattice, per step."""
    metric: NDArray[np.float64]
    """(rows + 1, columns + 1, 3): E, F, G in square metres: (c, r) pixels are sqrt(E c c + 2 F c r
    + G r r) metres."""
    steps: NDArray[np.float64]
    """(2,) height and width of a cell of the lattice in pixels."""


def measure_ground(grid: Grid) -> Ground:
    """The metric of the ground over the grid: on the ellipsoid of its own datum, in metres.

    Right in every projection and for geographic coordinates, over the poles and the antimeridian,
    for grids turned, sheared or south-up. Where the map shows no ground (the corners around a full
    disk), the metric is that of the nearest node that shows some; pixels within two nodes of such
    an edge are measured roughly. On pictures without a place a metre is a pixel.

    Raises:
        UserError: The CRS is not of a planet, or the grid shows no ground at all.
    """
    rows, columns = (
        np.linspace(0, size, _count_steps(size) + 1) for size in (grid.height, grid.width)
    )
    steps = np.array([rows[1], columns[1]])
    if not has_place(grid):
        return _measure_pixels(steps, (len(rows), len(columns)))
    geodetic = CRS(crs_of(grid).proj).geodetic_crs
    if geodetic is None:
        raise UserError(
            "areas on the ground cannot be measured",
            found=f"the CRS {crs_of(grid)}, which has no datum",
            expected="a projected or geographic CRS",
            remedy="assign the CRS of the scene, for instance with gdal_edit.py -a_srs",
        )
    place = Placement(grid, geodetic.to_2d())
    nodes = place(columns, rows[:, None])
    by_column = derivative(
        lambda shift: place(columns + shift, rows[:, None]), nodes, 1, steps[1], place.radius
    )
    by_row = derivative(
        lambda shift: place(columns, rows[:, None] + shift[:, None]),
        nodes,
        0,
        steps[0],
        place.radius,
    )
    pairs = ((by_column, by_column), (by_column, by_row), (by_row, by_row))
    metric = np.stack([(first * second).sum(axis=-1) for first, second in pairs], axis=-1)
    density = np.linalg.norm(np.cross(by_column, by_row), axis=-1)
    metric, density = _fill(metric, density)
    return Ground(
        np.stack([_accumulate(density) * steps[1], density * steps[1]], axis=-1), metric, steps
    )


def _measure_pixels(steps: NDArray[np.float64], shape: tuple[int, int]) -> Ground:
    """The metric of a plane whose unit is the pixel."""
    density = np.ones(shape)
    metric = np.broadcast_to([1.0, 0.0, 1.0], (*shape, 3))
    return Ground(
        np.stack([_accumulate(density) * steps[1], density * steps[1]], axis=-1),
        np.array(metric, order="C"),
        steps,
    )


def arc_areas(arcs: Arcs, ground: Ground, *, workers: int = 1) -> NDArray[np.float64]:
    """Square metres (A,) that each arc adds to the region on its left.

    It takes as many from the region on its right. They are integrals along the arcs of one function
    of the place: the areas of the regions of a map add up to that of the map, whatever the arcs
    between them do. The number of workers changes no bit.

    Source: Green's theorem, two-point Gauss quadrature in each cell of the lattice.
    """
    return _along_arcs(integrate_areas, arcs, ground.cumulative, ground.steps, workers)


def arc_lengths(arcs: Arcs, ground: Ground, *, workers: int = 1) -> NDArray[np.float64]:
    """Metres (A,) along each arc on the ground. The number of workers changes no bit."""
    return _along_arcs(measure_lengths, arcs, ground.metric, ground.steps, workers)


def region_sums(
    values: NDArray[np.float64], arcs: Arcs, *, region_count: int, signed: bool
) -> NDArray[np.float64]:
    """Sums (regions + 1,) of the values (A,) of the arcs around each region, 1 to `region_count`.

    Arcs that have a region on their right count negative where `signed`: that gives areas;
    perimeters are not signed. Position 0 holds the sum of the outside: minus the area of the map,
    and the perimeter of it.
    """
    left, right = (np.bincount(arcs.sides[:, side], values, region_count + 1) for side in (0, 1))
    sums: NDArray[Any] = left - right if signed else left + right
    return sums


def _count_steps(size: int) -> int:
    return min(max(-(-size // LONGEST_STEP), FEWEST_STEPS), MOST_STEPS)


def _fill(
    metric: NDArray[np.float64], density: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metric and density where they are finite, elsewhere those of the nearest finite node."""
    missing = ~np.isfinite(density)
    if not missing.any():
        return metric, density
    if missing.all():
        raise UserError(
            "areas on the ground cannot be measured",
            found="a grid whose pixels all lie outside the map of its CRS",
            expected="pixels on the ground",
            remedy="check the geotransform and the CRS of the scene",
        )
    # a fifth of a second of each start, for maps with corners off the earth alone
    from scipy.ndimage import distance_transform_edt

    nearest = tuple(distance_transform_edt(missing, return_distances=False, return_indices=True))
    return metric[nearest], density[nearest]


def _accumulate(density: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrals (rows, columns) of the density along rows of nodes, in steps: exact for cubics."""
    inner = (13 * (density[:, 1:-2] + density[:, 2:-1]) - density[:, :-3] - density[:, 3:]) / 24
    first = density[:, :4] @ np.array([9, 19, -5, 1]) / 24
    last = density[:, -4:] @ np.array([1, -5, 19, 9]) / 24
    pieces = np.column_stack([np.zeros(len(density)), first, inner, last])
    integrals: NDArray[np.float64] = np.cumsum(pieces, axis=1)
    return integrals


def _along_arcs(
    kernel: Kernel, arcs: Arcs, table: NDArray[np.float64], steps: NDArray[np.float64], workers: int
) -> NDArray[np.float64]:
    """Results (A,) of the kernel for each arc.

    Arcs are dealt to the workers in chunks of about CHUNK points.
    """
    ends = np.searchsorted(arcs.offsets, np.arange(0, arcs.offsets[-1], CHUNK))
    bounds = np.unique(np.append(ends, len(arcs)))

    def run(chunk: tuple[np.int64, np.int64]) -> NDArray[np.float64]:
        offsets = arcs.offsets[chunk[0] : chunk[1] + 1]
        # A copy of one type and layout, whatever the points are: one compilation of the kernel.
        points: NDArray[Any] = np.array(
            arcs.points[offsets[0] : offsets[-1]], dtype=np.float64, order="C"
        )
        return kernel(points, offsets - offsets[0], table, steps)

    with ThreadPoolExecutor(workers, thread_name_prefix="ground") as pool:
        parts = list(pool.map(run, pairwise(bounds)))
    return np.concatenate([np.empty(0), *parts])
