"""How far tested ground lies from the ground that a model was trained on, in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.footprints import window_polygons
from rs_seg.algorithms.splitting.learned import SEGMENT, Learned
from rs_seg.values import Window, partition
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, has_place, whole

TOUCHING = 0.1
"""Part of a pixel up to which areas touch: edges move a little in another CRS."""
PIECES = 16
"""Pieces of the longer side of a scene; of a scene that is partly off the Earth, some lie on it."""
Circle = tuple[float, float, float]
"""Longitude and latitude of the middle of a scene, and metres from there to its furthest corner."""
WGS84 = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Distances:
    """Metres from each block of a scene to training ground, and whether some lies in the scene."""

    metres: tuple[float | None, ...]
    """None for blocks that have no place on Earth: the rim of what a satellite far away sees."""
    in_scene: bool


class TrainingGround:
    """The ground of all scenes that a model was trained on."""

    def __init__(self, learned: Sequence[Learned]) -> None:
        trained = [own for own in learned if own.areas.get("train")]
        placed = [own for own in trained if has_place(own.grid)]
        pairs = [(own, circle) for own in placed if (circle := _circle(own.grid)) is not None]
        self._pictures = [own for own in trained if not has_place(own.grid)]
        self._grounds = [own for own, _ in pairs]
        self._circles = np.array([circle for _, circle in pairs]).reshape(-1, 3)

    def measure(self, grid: Grid, blocks: Sequence[Sequence[Window]]) -> Distances | None:
        """Distances of blocks, each given by its rectangles; None where nothing was trained.

        The distance is the shortest one between an edge of the block and an edge of training
        ground, 0 where they touch or overlap. It is measured in a plane around the middle of the
        scene in which distances from there are true (azimuthal equidistant), so that it does not
        depend on the CRS; 100 km from there it is right to a ten thousandth. The height of the
        ground is not looked at. On pictures without a place distances are in pixels, and unknown
        where no ground of the picture was trained on.
        """
        plane = self._plane_of(grid)
        if plane is None or not blocks:
            return None
        near, frame = plane
        if not near:
            return Distances((None,) * len(blocks), in_scene=False)
        places = np.concatenate([_place(own.grid, own.areas["train"], frame) for own in near])
        numbers = np.repeat(np.arange(len(blocks)), [len(parts) for parts in blocks])
        tested = _place(grid, [part for parts in blocks for part in parts], frame)
        tree = shapely.STRtree(places)
        (nearest, _), lengths = tree.query_nearest(tested, return_distance=True, all_matches=False)
        metres = np.full(len(blocks), np.inf)
        np.minimum.at(metres, numbers[nearest], lengths)
        pixel = ground_pixel_size(grid)
        metres[metres < TOUCHING * pixel] = 0
        known = tuple(own if np.isfinite(own) else None for own in metres.tolist())
        side = -(-max(grid.height, grid.width) // PIECES)
        pieces = _place(grid, list(partition(grid.height, grid.width, size=side)), frame)
        inside = shapely.buffer(pieces, -TOUCHING * pixel)  # or neighbours that touch would count
        return Distances(known, bool(tree.query(inside, predicate="intersects").size))

    def _plane_of(self, grid: Grid) -> tuple[list[Learned], str | None] | None:
        """The ground that may be nearest, and the plane to measure in; None for no ground at all.

        The plane of a picture without a place is its own, and only its own ground lies there.
        """
        if not has_place(grid):
            own = [own for own in self._pictures if own.grid.crs == grid.crs]
            return (own, None) if self._pictures else None
        circle = _circle(grid)
        if circle is None or not self._grounds:
            return None
        return self._near(circle), _frame(circle)

    def _near(self, circle: Circle) -> list[Learned]:
        """The scenes that may hold the nearest ground of some block: all others are further.

        Scenes of a batch may be thousands, and of most the circle around them tells enough.
        """
        longitudes, latitudes, radii = self._circles.T
        longitude, latitude, radius = (np.full_like(radii, value) for value in circle)
        _, _, apart = WGS84.inv(longitude, latitude, longitudes, latitudes)
        least, greatest = apart - radius - radii, apart + radius + radii
        near = np.flatnonzero(least <= greatest.min())
        return [self._grounds[number] for number in near]


def _circle(grid: Grid) -> Circle | None:
    """The circle around a grid; None where its middle has no place on Earth."""
    corners = shapely.get_coordinates(window_polygons(grid, [whole(grid)]))
    points = np.vstack([grid.affine * (grid.width / 2, grid.height / 2), corners])
    longitudes, latitudes = _transformer(_name(grid), "EPSG:4326").transform(*points.T)
    if not np.isfinite([longitudes[0], latitudes[0]]).all():
        return None
    if not np.isfinite([longitudes, latitudes]).all():
        # A corner is off the Earth: no scene is passed over because of its distance.
        return float(longitudes[0]), float(latitudes[0]), float("inf")
    middles = np.full_like(longitudes, longitudes[0]), np.full_like(latitudes, latitudes[0])
    _, _, lengths = WGS84.inv(*middles, longitudes, latitudes)
    return float(longitudes[0]), float(latitudes[0]), float(lengths.max())


def _frame(circle: Circle) -> str:
    """The plane around the middle of a circle in which distances from there are true."""
    longitude, latitude, _ = circle
    return f"+proj=aeqd +lon_0={longitude:.12f} +lat_0={latitude:.12f} +datum=WGS84 +units=m"


def _name(grid: Grid) -> str:
    return str(crs_of(grid).to_wkt())


@lru_cache(maxsize=64)
def _transformer(own: str, other: str) -> pyproj.Transformer:
    """The transformer between two CRS, remembered: making it takes longer than a scene does."""
    return pyproj.Transformer.from_crs(own, other, always_xy=True)


def _place(grid: Grid, windows: Sequence[Window], frame: str | None) -> NDArray[Any]:
    """Outlines of windows in another CRS, with points between corners: straight lines bend.

    None for those that have no place there. Without a frame they are in the CRS of the grid.
    """
    if frame is None:
        return np.asarray(window_polygons(grid, windows))
    transformer = _transformer(_name(grid), frame)
    edge = SEGMENT * max(abs(grid.resolution.x), abs(grid.resolution.y))
    outlines = shapely.segmentize(window_polygons(grid, windows), edge)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(*points.T))

    placed: NDArray[Any] = np.array(shapely.transform(outlines, move), dtype=object)
    placed[~np.isfinite(shapely.bounds(placed)).all(axis=-1)] = None
    return placed
