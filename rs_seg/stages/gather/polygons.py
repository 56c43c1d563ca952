"""The part of gather that puts the polygons of all scenes together, scene by scene."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rs_seg.config import GatherConfig, RunConfig
from rs_seg.io.sidecars import write_polygon_styles
from rs_seg.io.vectors import WRITERS, FieldType, PolygonBatch, PolygonStream
from rs_seg.io.vectors.geoparquet import write_partition
from rs_seg.io.vectors.reading import read_polygons
from rs_seg.maps.polygon_streams import FIELDS
from rs_seg.progress import track

POLYGONS = "polygons"
MOST_IN_ONE_FILE = 5_000_000
"""Polygons of a map up to which they are put into one GeoPackage where the configuration leaves it
open."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScenePolygons:
    """Polygons of a map of one scene: their number, and what is added to their ids.

    With it their ids differ from those of other scenes.
    """

    scene: str
    path: Path
    rows: int
    first_id: int


def choose_format(config: GatherConfig, most: int) -> str:
    """What the polygons of a map are kept in, by the largest number in one map."""
    if config.polygons != "auto":
        return config.polygons
    chosen = "geopackage" if most <= MOST_IN_ONE_FILE else "geoparquet"
    logger.info("gather: up to %d polygons in a map: %s", most, chosen)
    return chosen


def gather_polygons(
    run: RunConfig,
    method: tuple[str, str],
    parts: Sequence[ScenePolygons],
    *,
    crs: str,
    kind: str,
    folder: Path,
) -> dict[str, list[Path]]:
    """Write the polygons of a map with a field `scene`, in a CRS (WKT) that all share.

    Returns what each file was made from.

    Files are named relative to the folder. Memory holds a few thousand polygons, however many there
    are.
    """
    legend, name = run.refinements[method[1]].map_legend(run.legend), "-".join(method)
    fields: dict[str, FieldType] = {
        **FIELDS,
        **{each.name: "float64" for each in run.vectorize.zonal},
    }
    shown = track(parts, total=len(parts), description=f"polygons of {name}")
    (folder / POLYGONS).mkdir(exist_ok=True)
    if kind == "geopackage":
        path = f"{POLYGONS}/{name}.gpkg"
        stream = chain_scenes(parts, shown, fields, crs=crs, unfilled=run.outside_class)
        WRITERS["geopackage"](stream, folder / path, legend)
        return {path: [part.path for part in parts]}
    styled = folder / POLYGONS / f"{name}.parquet"
    write_polygon_styles(styled, legend, unfilled=run.outside_class)
    made_from = {}
    for part in shown:
        stream = chain_scenes([part], [part], fields, crs=crs, named=False)
        written = write_partition(stream, folder / POLYGONS / name, "scene", part.scene)
        made_from[written.relative_to(folder).as_posix()] = [part.path]
    return made_from


def chain_scenes(
    parts: Sequence[ScenePolygons],
    shown: Iterator[ScenePolygons] | Sequence[ScenePolygons],
    fields: dict[str, FieldType],
    *,
    crs: str,
    named: bool = True,
    unfilled: str | None = None,
) -> PolygonStream:
    """Polygons of the scenes one after another.

    `named` with the name of the scene, which is read once; the class `unfilled` is not drawn.
    """

    def batches() -> Iterator[PolygonBatch]:
        for part in shown:
            yield from _read(part, fields, crs=crs, named=named)

    head: dict[str, FieldType] = {"scene": "str"} if named else {}
    rows = sum(part.rows for part in parts)
    return PolygonStream(
        crs=crs,
        rows=rows,
        rings=None,
        points=None,
        fields={**head, **fields},
        batches=batches,
        unfilled=unfilled,
    )


def _read(
    part: ScenePolygons, fields: dict[str, FieldType], *, crs: str, named: bool
) -> Iterator[PolygonBatch]:
    for batch in read_polygons(part.path, list(fields), crs=crs):
        columns: dict[str, Any] = {"scene": [part.scene] * len(batch)} if named else {}
        columns |= batch.columns
        columns["id"] = columns["id"] + part.first_id
        yield PolygonBatch(columns, batch.wkb, batch.wkb_offsets)
