"""How PROJ brings coordinates from one CRS to another: operation, accuracy, better alternatives."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import AreaOfInterest, TransformerGroup

from rs_seg.io.raw.georeference import apply
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size

Area = tuple[float, float, float, float]
"""West, south, east, north in degrees; west is greater than east across the antimeridian."""

MESH = 33
"""Points along each side of a mesh over a grid that shows where it lies in another CRS."""
WIDEST = 180
"""Degrees from which an extent in longitude says nothing: it may lie on both sides of the
antimeridian."""
NAMED_GRIDS = 3
"""Missing grids that are named in one message."""


@dataclass(frozen=True)
class Operation:
    """A coordinate operation of PROJ.

    `accuracy_m` is None where PROJ does not know it. A `ballpark` operation takes one datum for the
    other, which are metres to hundreds of metres apart. `missing_grids` are files with which PROJ
    would choose a better operation.
    """

    description: str
    accuracy_m: float | None
    ballpark: bool
    missing_grids: tuple[str, ...]

    def __str__(self) -> str:
        if self.ballpark:
            return f"{self.description} (ballpark: accuracy unknown)"
        return self.description + (
            f" (accuracy {self.accuracy_m:g} m)" if self.accuracy_m is not None else ""
        )

    def find_worry(self, pixel_m: float) -> str | None:
        """What people should know of the operation; None where such pixels need nothing better."""
        if self.ballpark:
            why = "takes one datum for the other: places may be off by metres to hundreds of metres"
        elif self.accuracy_m is not None and self.accuracy_m > pixel_m:
            why = f"is exact to {self.accuracy_m:g} m only, more than a pixel of {pixel_m:.3g} m"
        else:
            return None
        return f"the operation {self.description} {why}{self._advice()}"

    def _advice(self) -> str:
        if not self.missing_grids:
            return ""
        grids = ", ".join(self.missing_grids[:NAMED_GRIDS])
        return (
            f"; a better one needs the grid {grids}, which PROJ does not find here: get it with "
            f"`pyproj sync --file {self.missing_grids[0]}`"
        )


def operation_onto(grid: Grid, source: CRS) -> Operation | None:
    """The operation that brings places of a CRS onto a grid; None where it is that of the grid.

    Raises:
        ProjError: there is none.
    """
    target = CRS.from_wkt(crs_of(grid).to_wkt())
    if source.equals(target, ignore_axis_order=True):
        return None
    return describe_operation(source, target, area_of(grid))


def find_datum_warnings(grid: Grid, source: CRS, *, where: object) -> list[str]:
    """What people should know of how a file in another CRS is brought onto a grid.

    Nothing where all is well.
    """
    try:
        operation = operation_onto(grid, source)
    except (ProjError, CRSError):
        return []  # told as a fault by what moves the places
    worry = None if operation is None else operation.find_worry(ground_pixel_size(grid))
    return (
        []
        if worry is None
        else [f"{where}: from {source.name} to {crs_of(grid).proj.name}, {worry}"]
    )


def area_of(grid: Grid) -> Area | None:
    """West, south, east and north of a grid in degrees; None where it has no such bounds."""
    transformer = Transformer.from_crs(crs_of(grid).to_wkt(), "OGC:CRS84", always_xy=True)
    points = np.column_stack(transformer.transform(*mesh_of(grid).T))
    if not np.isfinite(points).all():
        return None
    (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return None if east - west >= WIDEST else (west, south, east, north)


def mesh_of(grid: Grid) -> NDArray[np.float64]:
    """Places (P, 2) all over a grid, in its CRS."""
    columns, rows = np.meshgrid(np.linspace(0, grid.width, MESH), np.linspace(0, grid.height, MESH))
    return np.column_stack(apply(grid.affine, columns.ravel(), rows.ravel()))


@lru_cache(maxsize=64)
def transformer_in(source: CRS, target: CRS, area: Area | None) -> Transformer:
    """The transformer of coordinates (x, y) that is best in an area.

    It gives infinity where there is no result.
    """
    return Transformer.from_crs(source, target, always_xy=True, area_of_interest=_interest(area))


@lru_cache(maxsize=64)
def describe_operation(source: CRS, target: CRS, area: Area | None) -> Operation:
    """The operation that PROJ uses between two CRS in an area.

    Raises:
        ProjError: there is none.
    """
    with warnings.catch_warnings():
        # names one missing grid, which is told better here
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(source, target, always_xy=True, area_of_interest=_interest(area))
    used = _used_operation(source, target, area) or (
        group.transformers[0] if group.transformers else None
    )
    if used is None:
        raise ProjError(f"no operation from {source.name} to {target.name}")
    ballpark = "ballpark" in used.description.lower()
    accuracy = float(used.accuracy) if used.accuracy >= 0 and not ballpark else None
    better = [
        operation
        for operation in group.unavailable_operations
        if accuracy is None or 0 <= operation.accuracy < accuracy
    ]
    better.sort(
        key=lambda operation: operation.accuracy if operation.accuracy >= 0 else float("inf")
    )
    grids = [
        grid.short_name for operation in better for grid in operation.grids if not grid.available
    ]
    return Operation(used.description, accuracy, ballpark, tuple(dict.fromkeys(grids)))


def _interest(area: Area | None) -> AreaOfInterest | None:
    return None if area is None else AreaOfInterest(*area)


def _used_operation(source: CRS, target: CRS, area: Area | None) -> Transformer | None:
    """What is used in the middle of the area: of several candidates PROJ chooses by the place."""
    if area is None:
        return None
    middle = (area[0] + area[2]) / 2, (area[1] + area[3]) / 2
    try:
        to_source = Transformer.from_crs("OGC:CRS84", source, always_xy=True)
        transformer = transformer_in(source, target, area)
        transformer.transform(*to_source.transform(*middle))
        return transformer.get_last_used_operation()
    except ProjError:
        return None
