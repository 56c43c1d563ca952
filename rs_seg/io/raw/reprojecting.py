"""Label polygons brought into the CRS of a scene's grid."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from rs_seg.errors import UserError
from rs_seg.io.raw.densify import Move, Points, move_polygons
from rs_seg.io.raw.georeference import apply
from rs_seg.io.raw.operations import (
    WIDEST,
    Area,
    area_of,
    describe_operation,
    find_datum_warnings,
    mesh_of,
    transformer_in,
)
from rs_seg.io.raw.vector import PolygonTable
from rs_seg.io.raw.vector_files import list_features
from rs_seg.values.grid import Grid, crs_of

logger = logging.getLogger(__name__)

EDGE_TOLERANCE = 0.1
"""Pixels that a reprojected edge may lie beside its true curve."""
MARGIN = 0.1
"""Share of its extent by which the surroundings of a grid are larger."""


@dataclass(frozen=True)
class Reprojected:
    """Polygons (N,) in the CRS of a grid; empty where one far from the grid has no place there."""

    geometries: NDArray[Any]
    changed: bool
    warnings: tuple[str, ...] = ()


def reproject_polygons(table: PolygonTable, grid: Grid) -> Reprojected:
    """Polygons in the CRS of the grid; edges lie within a tenth of a pixel of their true course.

    Edges are straight in the CRS of the file. The operation and its accuracy are logged.

    Raises:
        UserError: no operation leads to the CRS, or a polygon near the grid has no place in it.
    """
    target = CRS.from_wkt(crs_of(grid).to_wkt())
    if not len(table) or table.crs.equals(target, ignore_axis_order=True):
        return Reprojected(table.geometries, changed=False)
    area = area_of(grid)
    try:
        move = _wrapping(_mover(table.crs, target, area), grid, target)
        operation = describe_operation(table.crs, target, area)
        geometries = _move(table, grid, move, _find_surroundings(grid, target, table.crs, area))
    except (ProjError, CRSError) as error:
        raise _no_place(
            table, np.ones(len(table), dtype=bool), target, " ".join(str(error).split())[:200]
        ) from error
    logger.info(
        "%s: reprojected from %s to %s by %s", table.path, table.crs.name, target.name, operation
    )
    return Reprojected(
        geometries,
        changed=True,
        warnings=tuple(find_datum_warnings(grid, table.crs, where=table.path)),
    )


def _mover(source: CRS, target: CRS, area: Area | None) -> Move:
    transformer = transformer_in(source, target, area)

    def move(points: Points) -> Points:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    return move


def _wrapping(move: Move, grid: Grid, target: CRS) -> Move:
    """The same with longitudes within half a turn of the middle of the grid, so that none jumps.

    The grid is in degrees.
    """
    if not target.is_geographic or target.axis_info[0].unit_name != "degree":
        return move
    middle, _ = apply(grid.affine, grid.width / 2, grid.height / 2)

    def move_and_wrap(points: Points) -> Points:
        moved = move(points)
        with np.errstate(invalid="ignore"):
            moved[:, 0] -= 360 * np.round((moved[:, 0] - middle) / 360)
        return moved

    return move_and_wrap


def _move(table: PolygonTable, grid: Grid, move: Move, surroundings: Any) -> NDArray[Any]:
    """All polygons moved: those near the grid edge by edge, the others by their corners."""
    with np.errstate(invalid="ignore"):
        moved: NDArray[Any] = shapely.transform(table.geometries, move)
    placed = _is_finite(moved)
    near = shapely.intersects(_boxes(moved), _widen(grid.extent.geom.bounds)) & placed
    near |= (
        True if surroundings is None else shapely.intersects(_boxes(table.geometries), surroundings)
    )
    moved[~placed] = shapely.Polygon()
    chosen = np.flatnonzero(near)
    tolerance = EDGE_TOLERANCE * min(abs(grid.resolution.x), abs(grid.resolution.y))
    moved[chosen], torn = _move_near(table.geometries[chosen], move, tolerance, surroundings)
    lost = np.zeros(len(table), dtype=bool)
    lost[chosen[torn]] = True
    if not placed.any() and not near.any():
        lost[:] = True
    if lost.any():
        raise _no_place(table, lost, CRS.from_wkt(crs_of(grid).to_wkt()), table.crs.name)
    return moved


def _move_near(
    polygons: NDArray[Any], move: Move, tolerance: float, surroundings: Any
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Polygons moved edge by edge, and which have no place.

    Of torn ones the part around the grid is tried.
    """
    moved, torn = move_polygons(polygons, move, tolerance)
    for part in () if surroundings is None else (surroundings, _shrink(surroundings)):
        again = np.flatnonzero(torn)
        if len(again):
            moved[again], torn[again] = _move_parts(
                shapely.intersection(polygons[again], part), move, tolerance
            )
    return moved, torn


def _move_parts(
    clipped: NDArray[Any], move: Move, tolerance: float
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """What clipping left of polygons, moved; lines and points where it only touched are dropped."""
    polygons = np.array([_polygons_of(piece) for piece in clipped], dtype=object)
    moved, torn = (
        np.full(len(polygons), shapely.Polygon(), dtype=object),
        np.zeros(len(polygons), dtype=bool),
    )
    left = np.flatnonzero(~shapely.is_empty(polygons))
    if len(left):
        moved[left], torn[left] = move_polygons(polygons[left], move, tolerance)
    return moved, torn


def _polygons_of(geometry: Any) -> Any:
    parts = shapely.get_parts(geometry)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _boxes(geometries: NDArray[Any]) -> NDArray[Any]:
    """Bounding boxes; none where a geometry is empty or not finite."""
    bounds = shapely.bounds(geometries)
    sound = np.isfinite(bounds).all(axis=1)
    boxes = np.full(len(geometries), None, dtype=object)
    boxes[sound] = shapely.box(*bounds[sound].T)
    return boxes


def _is_finite(geometries: NDArray[Any]) -> NDArray[np.bool_]:
    points, owners = shapely.get_coordinates(geometries, return_index=True)
    finite = np.ones(len(geometries), dtype=bool)
    finite[owners[~np.isfinite(points).all(axis=1)]] = False
    return finite


def _widen(bounds: tuple[float, float, float, float], *, margin: float = MARGIN) -> Any:
    left, bottom, right, top = bounds
    wide, high = margin * (right - left), margin * (top - bottom)
    return shapely.box(left - wide, bottom - high, right + wide, top + high)


def _shrink(surroundings: Any) -> Any:
    """The box without nearly all of the margin that `_widen` gave it."""
    left, bottom, right, top = surroundings.bounds
    return _widen((left, bottom, right, top), margin=-0.99 * MARGIN / (1 + 2 * MARGIN))


def _find_surroundings(grid: Grid, target: CRS, source: CRS, area: Area | None) -> Any:
    """A box around the grid in the CRS of the labels, or None where it has no such box."""
    points = _mover(target, source, area)(mesh_of(grid))
    if area is None or not np.isfinite(points).all():
        return None
    (left, bottom), (right, top) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (
        None
        if source.is_geographic and right - left >= WIDEST
        else _widen((left, bottom, right, top))
    )


def _no_place(table: PolygonTable, lost: NDArray[np.bool_], target: CRS, found: str) -> UserError:
    return UserError(
        "polygons cannot be brought into the CRS of the image",
        where=f"{table.path}, features {list_features(table.features[lost])}",
        found=found,
        expected=target.name,
        remedy="check that the CRS of the labels is right (label.override_crs replaces that of "
        "the file)",
    )
