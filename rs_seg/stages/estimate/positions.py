"""The part of estimate that finds out where places lie, and sees that none was moved."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.labelled_places import PlaceTable
from rs_seg.scenes.footprints import WORLD
from rs_seg.stages.estimate.numbers import list_ids, read_pair, read_position
from rs_seg.values.design import Design

Positions = NDArray[np.float64]


def read_positions(
    table: PlaceTable,
    frame: pd.DataFrame,
    order: NDArray[np.intp],
    ids: NDArray[np.int64],
    design: Design,
    furthest: NDArray[np.float64],
) -> Positions:
    """Where places lie (n, 2): their geometries, and where there are none, their field place.

    Longitude and latitude; on pictures without a place column and row from the upper left corner.
    `frame` has the rows of the table in the `order` of `ids` (n,). `furthest` (n,) are the metres
    that a geometry and the field may be apart.

    Raises:
        UserError: a point was dragged away from where it was drawn.
    """
    cells = list(frame["place"]) if "place" in frame else [None] * len(frame)
    read, points, apart = (
        (read_pair, _points_in_pictures, _pixels_apart)
        if design.corners
        else (read_position, _points_on_earth, _metres_apart)
    )
    told = np.array([read(cell) or (np.nan, np.nan) for cell in cells], dtype=np.float64)
    found = points(table, frame, order, design)
    if found is None:
        return told
    found[~np.isfinite(found).all(axis=1)] = np.nan
    _check_unmoved(ids[apart(found, told) > furthest])
    return np.where(np.isnan(found), told, found)


def _points_on_earth(
    table: PlaceTable, _: pd.DataFrame, order: NDArray[np.intp], __: Design
) -> Positions | None:
    if table.points is None or table.crs is None:
        return None
    move = pyproj.Transformer.from_crs(table.crs, WORLD, always_xy=True)
    return np.column_stack(move.transform(*table.points[order].T))


def _points_in_pictures(
    table: PlaceTable, frame: pd.DataFrame, order: NDArray[np.intp], design: Design
) -> Positions | None:
    """Whatever CRS the file claims: a GeoJSON always has one."""
    if table.points is None:
        return None
    corners = design.corners
    begins = np.array([corners[str(scene)] for scene in frame["scene"]])
    return np.asarray((table.points[order] - begins) * (1, -1))


def _metres_apart(points: Positions, told: Positions) -> NDArray[np.float64]:
    """Metres (n,) between points; 0 where one of both is not known."""
    apart: NDArray[np.float64] = np.zeros(len(points))
    known = ~(np.isnan(points) | np.isnan(told)).any(axis=1)
    _, _, apart[known] = pyproj.Geod(ellps="WGS84").inv(*points[known].T, *told[known].T)
    return apart


def _pixels_apart(points: Positions, told: Positions) -> NDArray[np.float64]:
    """The same in pixels, along the side where points are further apart."""
    apart: NDArray[np.float64] = np.nan_to_num(np.abs(points - told).max(axis=1))
    return apart


def _check_unmoved(moved: NDArray[np.int64]) -> None:
    """See that no point was dragged away from where it was drawn.

    Raises:
        UserError: one was.
    """
    if len(moved):
        raise UserError(
            "points were moved away from where they were drawn",
            found=f"{len(moved)} point(s): id {list_ids(moved)}",
            expected="points in the pixels that were drawn, as the field place says",
            remedy="move each back into the outline of its pixel (layer pixels), and see whether "
            "its label is right there: a place that is moved to where it is easier to tell is no "
            "random one",
        )
