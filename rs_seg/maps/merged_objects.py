"""The part of merge_objects that reads the objects of all scenes into one CRS, with new ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.mending import mend
from rs_seg.algorithms.objects.uniting import PlacedObjects
from rs_seg.io.vectors import PolygonStream
from rs_seg.io.vectors.reading import read_table
from rs_seg.maps.objects import FIELDS, stream_rows
from rs_seg.values.grid import Grid, crs_of


@dataclass(frozen=True)
class ObjectRows:
    """Polygons (N,) of all scenes in one CRS (WKT), their attributes (N,), and scenes by number."""

    polygons: NDArray[Any]
    columns: dict[str, NDArray[Any]]
    scenes: NDArray[np.int64]
    crs: str

    @property
    def placed(self) -> PlacedObjects:
        """What the objects of several scenes are compared by.

        A mask that touches itself may cross itself by rounding once it is brought into another CRS.
        """
        return PlacedObjects(
            mend(self.polygons),
            self.columns["score"],
            self.columns["code"].astype(np.int64),
            self.columns["cut"] > 0,
            self.scenes,
        )

    def take(self, chosen: NDArray[Any]) -> ObjectRows:
        """The objects that an index or a mask names."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return ObjectRows(self.polygons[chosen], columns, self.scenes[chosen], self.crs)

    def with_scores(self, scores: NDArray[np.float64]) -> ObjectRows:
        """The same objects with other scores (N,)."""
        return ObjectRows(self.polygons, {**self.columns, "score": scores}, self.scenes, self.crs)

    def stream(self) -> PolygonStream:
        """The objects on their way to files."""
        return stream_rows(shapely.orient_polygons(self.polygons), self.columns, crs=self.crs)


def read_scenes(paths: Sequence[Path], grids: Sequence[Grid]) -> ObjectRows:
    """The objects of all scenes in the CRS of the first, scene by scene.

    `id` is that of the file, counted on from scene to scene by their pixels.

    Raises:
        UserError: a file is no GeoPackage of objects.
    """
    crs = crs_of(grids[0]).to_wkt()
    polygons, columns = [], []
    base = 0
    for path, grid in zip(paths, grids, strict=True):
        table = read_table(path, list(FIELDS), what="objects", stage="select")
        shapes = shapely.from_wkb(table.column(table.num_columns - 1).to_numpy())
        polygons.append(_move(shapes, grid, crs))
        own = {name: table.column(name).to_numpy() for name in FIELDS}
        columns.append({**own, "id": own["id"] + base})
        base += grid.height * grid.width
    joined = {name: np.concatenate([own[name] for own in columns]) for name in FIELDS}
    return ObjectRows(
        np.concatenate(polygons),
        {**joined, "id": _separate(joined["id"])},
        np.repeat(np.arange(len(paths)), [len(own["id"]) for own in columns]),
        crs,
    )


def _separate(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least numbers (N,) that ascend and are no smaller than these.

    A scene whose last pixels hold several objects has ids beyond its number of pixels.
    """
    steps = np.arange(len(ids))
    return np.maximum.accumulate(ids - steps) + steps


def _move(shapes: NDArray[Any], grid: Grid, crs: str) -> NDArray[Any]:
    """Shapes in the CRS of their scene, brought into another (WKT)."""
    source = crs_of(grid)
    if source.proj == pyproj.CRS.from_user_input(crs):
        return np.asarray(shapes, dtype=object)
    transformer = pyproj.Transformer.from_crs(source.proj, crs, always_xy=True)
    moved = shapely.transform(
        shapes, lambda points: np.column_stack(transformer.transform(*points.T))
    )
    return np.asarray(moved, dtype=object)
