"""Polygons that tile a class map without gaps or overlaps: shared borders are found once and belong to both sides."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from skimage.measure import label

Polygons = NDArray[Any]
"""An object array of shapely polygons."""
NOWHERE = 0
"""Region number of pixels without a class."""


def label_regions(indices: NDArray[np.integer]) -> NDArray[np.int32]:
    """Region numbers (H, W): 1, 2, ... in the order of each region's first pixel; 0 where the index is negative.

    Pixels are ordered row by row. A region is a set of pixels of one class connected by their sides; pixels that touch
    at a corner only are apart.
    """
    known = np.where(indices < 0, -1, indices).astype(np.int32)
    regions: NDArray[np.int64] = label(known, background=-1, connectivity=1)  # type: ignore[no-untyped-call]  # scikit-image has no types
    return regions.astype(np.int32)


def polygonize(regions: NDArray[np.integer]) -> Polygons:
    """Outlines of regions 1, 2, ... in that order, in pixel coordinates (x = column, y = row; 0, 0 the first corner).

    Together they form a valid coverage of the pixels with a region: every shared border has the same vertices on both
    sides, points where borders meet included, and no others on straight stretches. Areas are pixel counts exactly.
    `regions` are those of `label_regions`.
    """
    pieces = shapely.get_parts(shapely.polygonize(_border_lines(regions)))
    inside = shapely.point_on_surface(pieces)
    columns, rows = np.floor(shapely.get_x(inside)).astype(int), np.floor(shapely.get_y(inside)).astype(int)
    numbers = regions[rows, columns]
    pieces = pieces[numbers != NOWHERE]
    order = np.argsort(numbers[numbers != NOWHERE], kind="stable")
    polygons: Polygons = pieces[order]
    assert len(polygons) == regions.max(initial=0), "every region has one outline"
    return polygons


def simplify(polygons: Polygons, *, tolerance: float) -> Polygons:
    """The same coverage with fewer vertices: shared borders move together, the outer border stays; 0 changes nothing.

    No polygon vanishes, and the sum of areas is kept. `tolerance` is a length in the units of the polygons: vertices go
    that span triangles smaller than its square.

    Source: Visvalingam and Whyatt 1993, on coverage edges (GEOS CoverageSimplifier).
    """
    if tolerance == 0 or len(polygons) == 0:
        return polygons
    simplified: Polygons = shapely.coverage_simplify(polygons, tolerance, simplify_boundary=False)
    return simplified


def region_values(regions: NDArray[np.integer], values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The value of regions 1, 2, ..., of pixel `values` (H, W) that are the same all over each region."""
    of_region = np.zeros(int(regions.max(initial=0)) + 1, dtype=values.dtype)
    of_region[regions] = values
    return of_region[1:]


def region_means(regions: NDArray[np.integer], values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean of pixel `values` (H, W) over each of the regions 1, 2, ...; NaN values are left out."""
    known = ~np.isnan(values) & (regions != NOWHERE)
    size = int(regions.max(initial=0)) + 1
    counts = np.bincount(regions[known], minlength=size)[1:]
    sums = np.bincount(regions[known], weights=values[known], minlength=size)[1:]
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(size - 1, np.nan), where=counts > 0)
    return means


def _border_lines(regions: NDArray[np.integer]) -> Polygons:
    """Straight lines along all borders, cut where borders turn, meet or touch."""
    padded = np.pad(regions, 1, constant_values=NOWHERE)
    horizontal = padded[:-1, 1:-1] != padded[1:, 1:-1]
    vertical = padded[1:-1, :-1] != padded[1:-1, 1:]
    left, right = np.pad(horizontal, ((0, 0), (1, 0))), np.pad(horizontal, ((0, 0), (0, 1)))
    above, below = np.pad(vertical, ((1, 0), (0, 0))), np.pad(vertical, ((0, 1), (0, 0)))
    passed = (left & right & ~above & ~below) | (above & below & ~left & ~right)
    ends = [
        np.stack([np.argwhere(right & ~passed), np.argwhere(left & ~passed)], axis=1)[:, :, ::-1],
        np.stack([np.argwhere((below & ~passed).T), np.argwhere((above & ~passed).T)], axis=1),
    ]
    return np.asarray(shapely.linestrings(np.concatenate(ends).astype(float)))
