"""The part of `split` that knows which ground belongs together: polygons or whole scenes."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from rs_seg.algorithms.labelling.rasterize import PolygonCodes
from rs_seg.algorithms.splitting.areas import merge_rectangles
from rs_seg.algorithms.splitting.blocks import count_classes
from rs_seg.errors import UserError
from rs_seg.io.raw.labels import LabelPolygons, read_label_polygons
from rs_seg.scenes.labels import attribute_reading
from rs_seg.stages.split.roles import attribute_text
from rs_seg.values import ClassNames, Scene, Window, partition
from rs_seg.values.grid import whole

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rs_seg.config import GroupsConfig
    from rs_seg.io.raster import RasterReader

MOST_PIXELS = 1_000_000
"""Pixels of polygons of a scene that are taken one by one; of more, squares that lie in one group
wholly are taken."""
WINDOW = 1024
NOTHING, SEVERAL = -1, -2
Places = Mapping[str, Mapping[str, list[Window]]]
"""Disjoint rectangles by scene and name of the group."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GroundGroups:
    """The groups with labelled pixels, their places in each scene, and pixels (G, K) by class."""

    names: tuple[str, ...]
    places: Places
    counts: NDArray[np.int64]
    of_scenes: bool
    """Whether they are scenes, whose ground is cut into blocks as ever."""


def read_groups(
    config: GroupsConfig,
    scenes: Sequence[Scene],
    paths: Sequence[Path],
    readers: Mapping[str, RasterReader],
    class_names: ClassNames,
) -> GroundGroups:
    """The groups of the scenes to divide.

    `paths` are files of polygons, one of each scene, or none.

    Raises:
        UserError: a file cannot be read, or a scene has no labelled pixel in any group.
    """
    places: dict[str, dict[str, list[Window]]] = {}
    counts: dict[str, NDArray[np.int64]] = {}
    for number, scene in enumerate(scenes):
        reader = readers[scene.name]
        if config.by == "scene":
            own = {
                scene.fields[config.column] if config.column else scene.name: [whole(reader.grid)]
            }
        else:
            own = read_polygon_groups(config, paths[number], reader)
        held = {
            name: count_classes(reader.read_codes, windows, class_names)
            for name, windows in own.items()
        }
        places[scene.name] = {name: windows for name, windows in own.items() if held[name].any()}
        for name in places[scene.name]:
            counts[name] = counts.get(name, 0) + held[name]
        _check_labelled(scene.name, places, reader)
    return GroundGroups(tuple(counts), places, np.array([*counts.values()]), config.by == "scene")


def read_polygon_groups(
    config: GroupsConfig, path: Path, reader: RasterReader
) -> dict[str, list[Window]]:
    """The rectangles of each group of polygons on the grid of a scene.

    A pixel is of the last polygon over its centre.

    Raises:
        UserError: the file cannot be read, or no polygon meets the scene.
    """
    polygons = read_label_polygons(path, attribute_reading(config), reader.grid)
    for warning in polygons.warnings:
        logger.warning("%s", warning)
    if polygons.stray is not None:
        raise polygons.stray
    by_polygon = [_name(config, polygons, place) for place in range(len(polygons.geometries))]
    used = np.array([name is not None for name in by_polygon])
    if not used.all():
        logger.warning(
            "%s: %d polygons have no value in %r and are not used",
            path,
            int((~used).sum()),
            config.column,
        )
    names = list(dict.fromkeys(name for name in by_polygon if name is not None))
    numbers = {name: number for number, name in enumerate(names)}
    codes = [numbers[name] for name in by_polygon if name is not None]
    geometries = polygons.geometries[used]
    pixels = float(shapely.area(geometries).sum()) / abs(reader.grid.affine.determinant)
    side = max(1, math.ceil(math.sqrt(pixels / MOST_PIXELS)))
    painted = PolygonCodes(geometries, codes, reader.grid, outside=None, counts_overlap=False)
    runs: dict[str, list[Window]] = {name: [] for name in names}
    for code, run in _read_runs(painted, reader.height, reader.width, side):
        runs[names[code]].append(run)
    return {name: merge_rectangles(own) for name, own in runs.items() if own}


def _name(config: GroupsConfig, polygons: LabelPolygons, place: int) -> str | None:
    """The name of the group of a polygon; None where its attribute has no value."""
    if config.column is None:
        return f"{polygons.path.name} {polygons.features[place] + 1}"
    return attribute_text(polygons.values[place])


def _read_runs(
    painted: PolygonCodes, height: int, width: int, side: int
) -> Iterator[tuple[int, Window]]:
    """Runs of squares along rows that lie in one group wholly: its code, and the pixels."""
    for window in partition(height, width, size=side * max(1, WINDOW // side)):
        codes = painted.read(window)
        if side > 1:
            codes = _squares(codes, side)
        padded = np.pad(codes, ((0, 0), (1, 1)), constant_values=NOTHING)
        rows, starts = np.nonzero(np.diff(padded, axis=1))
        # what follows a change lasts until the next one, and nothing follows the last change of a
        # row
        held = padded[rows, starts + 1]
        for place in np.flatnonzero(held >= 0).tolist():
            row, start, end = rows[place] * side, starts[place] * side, starts[place + 1] * side
            size = min(side, window.height - row), min(end, window.width) - start
            yield (
                int(held[place]),
                Window(window.row + int(row), window.column + int(start), *map(int, size)),
            )


def _squares(codes: NDArray[np.int32], side: int) -> NDArray[np.int32]:
    starts = [np.arange(0, length, side) for length in codes.shape]
    low, high = (
        reduce(reduce(codes, starts[0], axis=0), starts[1], axis=1)
        for reduce in (np.minimum.reduceat, np.maximum.reduceat)
    )
    squares: NDArray[np.int32] = np.where(low == high, low, SEVERAL)
    return squares


def _check_labelled(name: str, places: Places, reader: RasterReader) -> None:
    if not places[name]:
        raise UserError(
            "no group of a scene has labelled pixels",
            where=f"scene {name}",
            found=f"only nodata in {reader.path} where its groups are",
            expected="labels on valid imagery in one group at least",
            remedy="set labelled to false for it in the scene table, or give it a role there",
        )
