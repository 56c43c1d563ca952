"""Ground of different roles in different scenes that lies closer together than the buffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.blocks import LEARNT
from rs_seg.algorithms.splitting.distances import TOUCHING
from rs_seg.algorithms.splitting.footprints import footprint
from rs_seg.algorithms.splitting.learned import SEGMENT
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, has_place
from rs_seg.values.split import Areas

MERCATOR = "EPSG:3395"
"""A plane in which short ways are as long as on the ground times a scale known at each place."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NearGround:
    """Two scenes with ground of different roles that lies closer than the buffer of one of them."""

    first: str
    first_role: str
    second: str
    second_role: str
    metres: float
    """The shortest way between them; 0 where they touch or overlap."""
    overlap: bool
    """Whether both have the same ground, and not only a common border."""


@dataclass(frozen=True)
class _Outlines:
    """Ground of each scene and role in the Mercator plane, with lengths in its units."""

    owners: list[tuple[str, str]]
    shapes: NDArray[Any]
    scales: Floats
    """Units of the plane by metre, at each ground."""
    pixels: Floats
    """Sides of pixels."""
    buffers: Floats


def find_near_ground(
    grids: Mapping[str, Grid], areas: Mapping[str, Areas], buffers: Mapping[str, int]
) -> list[NearGround]:
    """Pairs of scenes in the order of `areas`; `buffers` are pixels, 0 where a scene has none.

    Looked at are pairs of which one is learnt from, by training or selection. Pictures without a
    place are passed over. Across 180 degrees east nothing is found.
    """
    outlines = _place(grids, areas, buffers)
    if len(outlines.owners) < 2:
        return []
    # what is a buffer apart is far enough, whatever rounding says
    edges = TOUCHING * outlines.pixels
    reach = np.maximum(outlines.buffers - edges, edges)
    tree = shapely.STRtree(outlines.shapes)
    pairs = tree.query(outlines.shapes, predicate="dwithin", distance=reach).T
    near: dict[tuple[int, int], NearGround] = {}
    for first, second in sorted({(min(pair), max(pair)) for pair in pairs.tolist()}):
        if _matters(outlines.owners[first], outlines.owners[second]):
            near[first, second] = _compare(outlines, first, second)
    return list(near.values())


def _matters(first: tuple[str, str], second: tuple[str, str]) -> bool:
    (scene, role), (other_scene, other_role) = first, second
    return scene != other_scene and role != other_role and (role in LEARNT or other_role in LEARNT)


def _compare(outlines: _Outlines, first: int, second: int) -> NearGround:
    one, other = outlines.shapes[first], outlines.shapes[second]
    edge = TOUCHING * min(outlines.pixels[first], outlines.pixels[second])
    length = float(shapely.distance(one, other))
    inside = shapely.intersects(shapely.buffer(one, -edge), shapely.buffer(other, -edge))
    return NearGround(
        *outlines.owners[first],
        *outlines.owners[second],
        metres=0.0 if length < edge else length / float(outlines.scales[first]),
        overlap=bool(inside),
    )


def _place(
    grids: Mapping[str, Grid], areas: Mapping[str, Areas], buffers: Mapping[str, int]
) -> _Outlines:
    """The ground of all scenes; scenes of one CRS are moved together, since there may be many."""
    by_crs: dict[str, list[tuple[str, str, Any]]] = {}
    sides: dict[str, float] = {}
    for scene, own in areas.items():
        if scene not in grids or not has_place(grids[scene]):
            continue
        sides[scene] = ground_pixel_size(grids[scene])
        rows = by_crs.setdefault(str(crs_of(grids[scene]).to_wkt()), [])
        rows += [
            (scene, role, footprint(grids[scene], windows))
            for role, windows in own.items()
            if windows
        ]
    parts = [_move(crs, rows, grids) for crs, rows in by_crs.items() if rows]
    owners = [(scene, role) for rows in by_crs.values() for scene, role, _ in rows]
    shapes = np.concatenate([shape for shape, _ in parts]) if parts else np.array([], dtype=object)
    scales = np.concatenate([scale for _, scale in parts]) if parts else np.array([])
    order = _order(owners, list(areas))
    pixels = scales * np.array([sides[scene] for scene, _ in owners])
    reach = pixels * np.array([buffers.get(scene, 0) for scene, _ in owners])
    return _Outlines(
        [owners[place] for place in order],
        shapes[order],
        scales[order],
        pixels[order],
        reach[order],
    )


def _order(owners: list[tuple[str, str]], scene_names: list[str]) -> list[int]:
    places = {scene: place for place, scene in enumerate(scene_names)}
    return sorted(range(len(owners)), key=lambda number: places[owners[number][0]])


def _move(
    crs: str, rows: list[tuple[str, str, Any]], grids: Mapping[str, Grid]
) -> tuple[NDArray[Any], Floats]:
    """Outlines in the plane, with points between corners, and the scale at each of them.

    What has no place in the plane is empty there.
    """
    longest = [SEGMENT * max(map(abs, grids[scene].resolution.xy)) for scene, _, _ in rows]
    outlines = shapely.segmentize([shape for _, _, shape in rows], longest)
    transformer = pyproj.Transformer.from_crs(crs, MERCATOR, always_xy=True)
    moved = shapely.transform(
        outlines, lambda points: np.column_stack(transformer.transform(*points.T))
    )
    moved[~np.isfinite(shapely.bounds(moved)).all(axis=-1)] = shapely.Polygon()
    back = pyproj.Transformer.from_crs(MERCATOR, "EPSG:4326", always_xy=True)
    # Empty outlines have no bounds; no pair is found with them, so their scale is never used.
    boxes = np.nan_to_num(shapely.bounds(moved))
    longitudes, latitudes = back.transform(
        (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    )
    scales = pyproj.Proj(MERCATOR).get_factors(longitudes, latitudes).meridional_scale
    return moved, np.atleast_1d(np.asarray(scales, dtype=float))
