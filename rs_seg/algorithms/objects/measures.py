"""How large objects are, and which way they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measures:
    """Sizes (N,) in the units of the coordinates, and bearings (N,) in degrees.

    `length` and `width` are the sides of the smallest rectangle around an object, in any direction.
    `bearing` is that of the longer side, clockwise from north, from 0 to below 180.
    """

    area: Floats
    length: Floats
    width: Floats
    bearing: Floats


def measure(shapes: NDArray[Any]) -> Measures:
    """Measures of polygons (N,) in a metric, north-up CRS; those without area have a width of 0.

    The bearing of a square is one of its two. Empty shapes have lengths of 0 and bearing NaN.
    Source of the rectangle: Freeman and Shapira 1975 (shapely's `oriented_envelope`).
    """
    corners = _corners(shapely.oriented_envelope(_to_origin(shapes)))
    sides = corners[:, 1:3] - corners[:, 0:2]
    lengths = np.hypot(sides[..., 0], sides[..., 1])
    longer = lengths.argmax(axis=1)
    along = np.take_along_axis(sides, longer[:, None, None], axis=1)[:, 0]
    bearing = np.degrees(np.arctan2(along[:, 0], along[:, 1])) % 180
    # a direction just west of north is 180 only because of rounding
    bearing[bearing == 180] = 0.0
    bearing[lengths.max(axis=1) == 0] = np.nan
    return Measures(shapely.area(shapes), lengths.max(axis=1), lengths.min(axis=1), bearing)


def rotate_boxes(shapes: NDArray[Any]) -> NDArray[Any]:
    """The smallest rectangles (N,) around shapes, in any direction.

    Shapes without area give lines, points or nothing. Source: Freeman and Shapira 1975 (shapely's
    `oriented_envelope`).
    """
    origins = _origins(shapes)
    return _move(np.asarray(shapely.oriented_envelope(_move(shapes, -origins))), origins)


def _to_origin(shapes: NDArray[Any]) -> NDArray[Any]:
    """Each shape moved to begin at (0, 0).

    The rectangle of a car at a northing of 5,000,000 m loses millimetres to rounding (GEOS 3.14).
    """
    return _move(shapes, -_origins(shapes))


def _origins(shapes: NDArray[Any]) -> Floats:
    """The first point (N, 2) of each shape; (0, 0) of empty ones."""
    points, owners = shapely.get_coordinates(shapes, return_index=True)
    _, first = np.unique(owners, return_index=True)
    origins = np.zeros((len(shapes), 2))
    origins[owners[first]] = points[first]
    return origins


def _move(shapes: NDArray[Any], by: Floats) -> NDArray[Any]:
    """Each shape moved by its own columns and rows (N, 2)."""
    points, owners = shapely.get_coordinates(shapes, return_index=True)
    moved: NDArray[Any] = shapely.set_coordinates(shapes.copy(), points + by[owners])
    return moved


def _corners(rectangles: NDArray[Any]) -> Floats:
    """The first three corners (N, 3, 2) of rectangles, which may have shrunk to lines or points."""
    corners = np.zeros((len(rectangles), 3, 2))
    for index, rectangle in enumerate(rectangles):
        points = shapely.get_coordinates(rectangle)
        # of a line both ends, of a point nothing: the sides that are missing have a length of 0
        for place in range(min(3, len(points))):
            corners[index, place:] = points[place]
    return corners
