"""What labels hold: pixels and areas of classes, ground in polygons of different classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.inspection.uniting import areal_parts, cut_small, unite_in_cells
from rs_seg.algorithms.labelling.ground_area import ground_areas
from rs_seg.algorithms.labelling.pixels import PixelCodes
from rs_seg.algorithms.mending import mend
from rs_seg.values import ClassNames, partition
from rs_seg.values.grid import Grid
from rs_seg.values.inspection import LabelledClass

WINDOW = 1024
SLIVER = 1e-6
"""Part of a pixel up to which shared ground is rounding."""


def describe_polygons(
    polygons: NDArray[Any], codes: Sequence[int], class_names: ClassNames, grid: Grid
) -> dict[str, Any]:
    """Features, ground area and overlap of classes: arguments of `LabelFacts`.

    Polygons are in the CRS of the grid.
    """
    areas = class_areas(polygons, codes, grid)
    counts = {
        named_class.code: int(np.count_nonzero(np.asarray(codes) == named_class.code))
        for named_class in class_names
    }
    return {
        "features": len(polygons),
        "overlap_m2": overlap_area(polygons, codes, grid),
        "classes": tuple(
            LabelledClass(
                code=named_class.code,
                name=named_class.name,
                features=counts[named_class.code],
                area_m2=areas.get(named_class.code, 0.0),
            )
            for named_class in class_names
        ),
    }


def describe_pixels(
    codes: PixelCodes, class_names: ClassNames, grid: Grid
) -> tuple[LabelledClass, ...]:
    """Pixels of the grid in each class, for the record.

    `codes.strangers` is complete afterwards.
    """
    counts = np.zeros(len(class_names), dtype=np.int64)
    for window in partition(grid.height, grid.width, size=WINDOW):
        found_codes = codes.read(window)
        indices = class_names.decode(np.where(found_codes >= 0, found_codes, class_names.nodata))
        counts += np.bincount(indices[indices >= 0], minlength=len(class_names))
    rows = zip(class_names, counts.tolist(), strict=True)
    return tuple(
        LabelledClass(code=named_class.code, name=named_class.name, pixels=count)
        for named_class, count in rows
    )


def class_areas(polygons: NDArray[Any], codes: Sequence[int], grid: Grid) -> dict[int, float]:
    """Square metres on the ground of the polygons of each code, inside the grid.

    Polygons are in the CRS of the grid.
    """
    clipped = shapely.intersection(mend(polygons), shapely.box(*grid.extent.boundingbox))
    areas = ground_areas(_to_pixels(clipped, grid), grid)
    own = np.asarray(codes)
    return {int(code): float(areas[own == code].sum()) for code in np.unique(own)}


def overlap_area(polygons: NDArray[Any], codes: Sequence[int], grid: Grid) -> float:
    """Square metres of the ground that lies in polygons of different codes, counted once.

    Inside the grid or not.
    """
    sound, owners = cut_small(mend(polygons))
    own = np.asarray(codes)[owners]
    first, second = shapely.STRtree(sound).query(sound, predicate="intersects")
    pairs = (first < second) & (own[first] != own[second])
    if not pairs.any():
        return 0.0
    shared = areal_parts(shapely.intersection(sound[first[pairs]], sound[second[pairs]]))
    # cuts and CRS round coordinates: what touches then shares slivers
    united = _to_pixels(unite_in_cells(shared[shapely.area(shared) > SLIVER * _pixel(grid)]), grid)
    return float(ground_areas(united, grid).sum())


def _pixel(grid: Grid) -> float:
    """Area of a pixel, in units of the CRS."""
    return abs(float(grid.affine.determinant))


def _to_pixels(polygons: NDArray[Any], grid: Grid) -> NDArray[Any]:
    inverse = ~grid.affine

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        columns, rows = inverse * (points[:, 0], points[:, 1])
        return np.column_stack([columns, rows])

    moved: NDArray[Any] = shapely.transform(polygons, move)
    return moved
