"""Training windows with the objects near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.io.windows import Place, SceneReaders
from rs_seg.values import Window
from rs_seg.values.window_shapes import WindowShapes

ObjectSample = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_], WindowShapes]


@dataclass(frozen=True)
class SceneObjects:
    """The objects of a scene, in its pixels, which can be looked up by place."""

    objects: WindowShapes

    def near(self, place: Place) -> WindowShapes:
        """The objects whose box meets a window, in its pixels and in the order of the scene.

        Those whose centroid lies outside of what counts there are ignored.
        """
        window = place.window
        edges = (window.column, window.row, window.column_end, window.row_end)
        here = self.objects.take(np.sort(self._tree.query(shapely.box(*edges))))
        if place.counted is not None:
            here = replace(
                here, ignored=here.ignored | ~centroids_inside(here.shapes, [place.counted])
            )
        corner = np.array([window.column, window.row])
        return replace(here, shapes=shapely.transform(here.shapes, lambda points: points - corner))

    def read_centroids(self, window: Window) -> NDArray[np.int64]:
        """Class indices (H, W): those of the objects whose centroid lies in a pixel, else -1.

        Objects that are ignored are left out.
        """
        columns, rows = self._centroids
        rows, columns = rows - window.row, columns - window.column
        inside = (rows >= 0) & (rows < window.height) & (columns >= 0) & (columns < window.width)
        inside &= ~self.objects.ignored
        indices = np.full((window.height, window.width), -1, dtype=np.int64)
        indices[rows[inside], columns[inside]] = self.objects.classes[inside]
        return indices

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.objects.shapes)

    @cached_property
    def _centroids(self) -> NDArray[np.int64]:
        """Column and row of the pixel of each centroid (2, N)."""
        points = shapely.get_coordinates(shapely.centroid(self.objects.shapes))
        pixels: NDArray[np.int64] = np.floor(points).astype(np.int64).T
        return pixels


def centroids_inside(
    shapes: NDArray[np.object_], rectangles: Sequence[Window]
) -> NDArray[np.bool_]:
    """Whether the pixel of the centroid of each shape (N,) lies in one of the rectangles."""
    points = np.floor(shapely.get_coordinates(shapely.centroid(shapes))) + 0.5
    inside = np.zeros(len(shapes), dtype=np.bool_)
    if rectangles:
        areas = [
            shapely.box(area.column, area.row, area.column_end, area.row_end) for area in rectangles
        ]
        tree = shapely.STRtree(np.asarray(shapely.points(points)))
        inside[tree.query(areas, predicate="contains")[1]] = True
    return inside


class ObjectSamples(Sequence[ObjectSample]):
    """Pixels, valid pixels, pixels that count and objects of a list of places, read when asked for.

    `scenes` are the objects of each scene of the readers.
    """

    def __init__(
        self, readers: SceneReaders, scenes: Sequence[SceneObjects], places: Sequence[Place]
    ) -> None:
        self._readers = readers
        self._scenes = scenes
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> ObjectSample:  # type: ignore[override]  # slices are never asked for
        place = self._places[index]
        pixels, valid = self._readers.read_pixels(place)
        return pixels, valid, place.count(valid), self._scenes[place.scene].near(place)
