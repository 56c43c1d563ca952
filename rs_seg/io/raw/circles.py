"""Points of label files as circles on the ground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from rs_seg.errors import UserError
from rs_seg.io.raw.mending import FARTHEST

CORNERS = 32
"""Corners of a circle."""
FILLING = float(np.sqrt(2 * np.pi / CORNERS / np.sin(2 * np.pi / CORNERS)))
"""Radius of the corners by that of the circle, with which both have the same area."""


def circle_points(
    geometries: NDArray[Any], crs: CRS, radius: float, path: Path
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Geometries (M,) in which circles stand for points, and their places (M,) in those given.

    Circles have a `radius` in metres on the ellipsoid. Each point of a multipoint is one of its
    own; other geometries stay as they are. On pictures without a place a metre is a pixel.

    Raises:
        UserError: there are no points, or the CRS is not on a planet.
    """
    kinds = shapely.get_type_id(geometries)
    several = (kinds == shapely.GeometryType.MULTIPOINT) & ~shapely.is_empty(geometries)
    if not (several | (kinds == shapely.GeometryType.POINT)).any():
        raise _no_points(geometries, path)
    places = np.repeat(
        np.arange(len(geometries)), np.where(several, shapely.get_num_geometries(geometries), 1)
    )
    shapes = geometries[places]
    shapes[several[places]] = shapely.get_parts(geometries[several])
    # points that are no places stay points, and are told as such
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    points &= (np.abs(shapely.get_x(shapes)) <= FARTHEST) & (
        np.abs(shapely.get_y(shapes)) <= FARTHEST
    )
    shapes[points] = _draw_circles(shapely.get_coordinates(shapes[points]), crs, radius, path)
    return shapes, places


def _draw_circles(
    centres: NDArray[np.float64], crs: CRS, radius: float, path: Path
) -> NDArray[Any]:
    """Circles (N,) around centres (N, 2) in a CRS, drawn along geodesics, or on a picture."""
    if crs.is_engineering:
        angles = np.arange(CORNERS) * (2 * np.pi / CORNERS)
        rim = radius * FILLING * np.column_stack([np.cos(angles), np.sin(angles)])
        return np.asarray(shapely.polygons(centres[:, None] + rim))
    geodetic, geod = crs.geodetic_crs, crs.get_geod()
    if geodetic is None or geod is None:
        raise UserError(
            "points cannot become circles",
            where=path,
            found=f"the CRS {crs.name}, which has no ellipsoid to measure metres on",
            expected="a projected or geographic CRS",
            remedy="state the CRS of the file: label.override_crs",
        )
    to_degrees = Transformer.from_crs(crs, geodetic, always_xy=True)
    longitudes, latitudes = (
        np.repeat(degrees, CORNERS) for degrees in to_degrees.transform(*centres.T)
    )
    # counterclockwise; azimuths run clockwise
    azimuths = np.tile(-np.arange(CORNERS) * (360 / CORNERS), len(centres))
    distances = np.full(len(azimuths), radius * FILLING)
    east, north, _ = geod.fwd(longitudes, latitudes, azimuths, distances)
    # around the centre, so that a circle over the antimeridian is whole
    east = east - 360 * np.round((east - longitudes) / 360)
    corners = np.column_stack(to_degrees.transform(east, north, direction="INVERSE"))
    circles: Any = shapely.polygons(corners.reshape(-1, CORNERS, 2))
    return np.asarray(circles)


def _no_points(geometries: NDArray[Any], path: Path) -> UserError:
    kinds = sorted({str(shape.geom_type) for shape in geometries if shape is not None})
    return UserError(
        "label.radius is set, but the labels are no points",
        where=path,
        found=f"features of type {', '.join(kinds) or 'none'}",
        expected="points, which become circles of that radius",
        remedy="remove radius, or give the file of points as path",
    )
