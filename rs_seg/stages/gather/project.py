"""The part of gather that writes the QGIS project: a few layers, however many scenes there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from affine import Affine

from rs_seg.config import RunConfig
from rs_seg.io.qgis import (
    Group,
    classes_layer,
    confidence_layer,
    polygons_layer,
    scenes_layer,
    write_project,
)
from rs_seg.stages.gather.mosaics import GatheredMap, name_frames
from rs_seg.stages.gather.objects import batch_layers
from rs_seg.values.frame import Frame
from rs_seg.values.grid import Grid

MANY = 100
"""Scenes from which on maps are drawn only on maps of large scale: all of them at once would take
minutes."""
SMALLEST_SCALE = 100_000
MARGIN = 0.02
"""Share of the extent that is seen around it."""


def write_batch_project(
    run: RunConfig,
    maps: Sequence[GatheredMap],
    best: GatheredMap | None,
    frames: Sequence[Frame],
    outlines: Sequence[Any],
    *,
    crs: str,
    packages: bool,
    further: Sequence[Group],
    path: Path,
) -> None:
    """Layers of the project: polygons, mosaics of the maps, outlines of the scenes.

    Polygons stay where they lie, in GeoPackages; mosaics are of classes and confidence.

    Shown are the best map and, below it, the outlines; without maps the objects. QGIS reads
    GeoParquet only where its GDAL was built with it: such polygons are not in the project, and the
    mosaic of the best map is shown instead. `outlines` are in the CRS.
    """
    ordered = sorted(maps, key=lambda each: each is not best)
    scale = SMALLEST_SCALE if len(run.scenes) > MANY else None
    frames_by_name = dict(zip(name_frames(frames), frames, strict=True))
    legends = {each.method: run.refinements[each.method[1]].map_legend(run.legend) for each in maps}
    polygons = [
        polygons_layer(
            f"{each.title}: polygons",
            f"polygons/{each.name}.gpkg",
            crs=crs,
            legend=legends[each.method],
            shown=each is ordered[0],
            unfilled=run.outside_class,
            smallest_scale=scale,
        )
        for each in (ordered if packages else [])
    ]
    classes = [
        classes_layer(
            f"{each.title}: classes{suffix.replace('-', ', ')}",
            f"mosaics/{each.name}{suffix}.vrt",
            frame.grid,
            legend=legends[each.method],
            shown=not packages and each is ordered[0],
            unfilled=run.outside_class,
            smallest_scale=scale,
        )
        for each in ordered
        for suffix, frame in frames_by_name.items()
    ]
    confidences = [
        confidence_layer(
            f"{each.title}: confidence{suffix.replace('-', ', ')}",
            f"mosaics/{each.name}{suffix}-confidence.vrt",
            frame.grid,
        )
        for each in ordered[:1]
        for suffix, frame in frames_by_name.items()
    ]
    objects = batch_layers(run, crs=crs)
    groups = [Group("Objects", objects, expanded=True)] if objects else []
    groups += further
    groups += [Group("Polygons", polygons, expanded=True)] if polygons else []
    if maps:
        groups += [Group("Class mosaics", classes), Group("Confidence mosaics", confidences)]
    groups.append(
        Group(
            "Scenes",
            [scenes_layer("Scenes by status", "index.gpkg", crs=crs, shown=True)],
            expanded=True,
        )
    )
    write_project(path, title=run.title, tree=Group("", groups), view=_view(outlines, crs))


def _view(outlines: Sequence[Any], crs: str) -> Grid:
    """A grid of one pixel that spans all outlines."""
    left, bottom, right, top = shapely.total_bounds([each for each in outlines if each is not None])
    wide, high = (1 + 2 * MARGIN) * (right - left), (1 + 2 * MARGIN) * (top - bottom)
    corner = Affine.translation(left - MARGIN * (right - left), top + MARGIN * (top - bottom))
    return Grid((1, 1), corner * Affine.scale(wide, -high), crs)
