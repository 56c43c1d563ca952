"""How far tested ground lies from the ground that a model was trained on, in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.footprints import window_polygons
from rs_seg.algorithms.splitting.learned import SEGMENT, Learned
from rs_seg.values import Window
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, whole

TOUCHING = 0.1
"""Part of a pixel up to which areas touch: edges move a little in another CRS."""
WGS84 = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Distances:
    """Metres from each block of a scene to training ground, and whether some lies in the scene."""

    metres: tuple[float, ...]
    in_scene: bool


class TrainingGround:
    """The ground of all scenes that a model was trained on."""

    def __init__(self, learned: Sequence[Learned]) -> None:
        self._grounds = [own for own in learned if own.areas.get("train")]
        self._circles = np.array([_circle(own.grid) for own in self._grounds]).reshape(-1, 3)

    def measure(self, grid: Grid, blocks: Sequence[Sequence[Window]]) -> Distances | None:
        """Distances of blocks, each given by its rectangles; None where nothing was trained.

        The distance is the shortest one between an edge of the block and an edge of training
        ground, 0 where they touch or overlap. It is measured in a plane around the middle of the
        scene in which distances from there are true (azimuthal equidistant), so that it does not
        depend on the CRS; 100 km from there it is right to a ten thousandth. The height of the
        ground is not looked at.
        """
        if not self._grounds or not blocks:
            return None
        frame = _frame(grid)
        trained = [_place(own.grid, own.areas["train"], frame) for own in self._near(grid)]
        places = np.concatenate(trained)
        numbers = np.repeat(np.arange(len(blocks)), [len(parts) for parts in blocks])
        tested = _place(grid, [part for parts in blocks for part in parts], frame)
        tree = shapely.STRtree(places)
        _, lengths = tree.query_nearest(tested, return_distance=True, all_matches=False)
        metres = np.full(len(blocks), np.inf)
        np.minimum.at(metres, numbers, lengths)
        pixel = ground_pixel_size(grid)
        metres[metres < TOUCHING * pixel] = 0
        inside = shapely.buffer(_place(grid, [whole(grid)], frame)[0], -TOUCHING * pixel)
        return Distances(tuple(metres.tolist()), bool(shapely.intersects(places, inside).any()))

    def _near(self, grid: Grid) -> list[Learned]:
        """The scenes that may hold the nearest ground of some block: all others are further.

        Scenes of a batch may be thousands, and of most the circle around them tells enough.
        """
        longitude, latitude, radius = _circle(grid)
        longitudes, latitudes, radii = self._circles.T
        origin = np.full_like(longitudes, longitude), np.full_like(latitudes, latitude)
        _, _, apart = WGS84.inv(*origin, longitudes, latitudes)
        least, greatest = apart - radius - radii, apart + radius + radii
        near = np.flatnonzero(least <= greatest.min())
        return [self._grounds[number] for number in near]


def _middle(grid: Grid) -> tuple[float, float]:
    """Longitude and latitude of the middle of a grid."""
    middle = grid.affine * (grid.width / 2, grid.height / 2)
    degrees = pyproj.Transformer.from_crs(crs_of(grid).proj, "EPSG:4326", always_xy=True)
    longitude, latitude = degrees.transform(*middle)
    return float(longitude), float(latitude)


def _frame(grid: Grid) -> pyproj.CRS:
    longitude, latitude = _middle(grid)
    middle = {"lon_0": longitude, "lat_0": latitude}
    return pyproj.CRS.from_dict({"proj": "aeqd", **middle, "datum": "WGS84", "units": "m"})


def _circle(grid: Grid) -> tuple[float, float, float]:
    """Longitude and latitude of the middle, and metres from there to the furthest corner."""
    outline = shapely.get_coordinates(_place(grid, [whole(grid)], _frame(grid)))
    return (*_middle(grid), float(np.hypot(*outline.T).max(initial=0)))


def _place(grid: Grid, windows: Sequence[Window], frame: pyproj.CRS) -> NDArray[Any]:
    """Outlines of windows in another CRS, with points between corners: straight lines bend."""
    transformer = pyproj.Transformer.from_crs(crs_of(grid).proj, frame, always_xy=True)
    edge = SEGMENT * max(abs(grid.resolution.x), abs(grid.resolution.y))
    outlines = shapely.segmentize(window_polygons(grid, windows), edge)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(*points.T))

    placed: NDArray[Any] = shapely.transform(outlines, move)
    return placed
