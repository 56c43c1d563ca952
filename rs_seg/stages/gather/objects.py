"""The part of gather that puts the objects of all scenes together, scene by scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.scene_index import write_table
from rs_seg.io.qgis import MapLayer, objects_layer
from rs_seg.io.vectors import WRITERS
from rs_seg.io.vectors.reading import count_polygons, read_table
from rs_seg.maps.objects import FIELDS
from rs_seg.progress import track
from rs_seg.scenes.footprints import map_in_threads
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.gather.index import FinishedScene
from rs_seg.stages.gather.polygons import ScenePolygons, chain_scenes
from rs_seg.values.comparison import Comparison

OBJECTS = "objects"
COUNT_COLUMNS = ("scene", "detector", "suppression", "code", "class", "objects")


def gather_objects(
    run: RunConfig,
    files: Manifest,
    scenes: Sequence[FinishedScene],
    *,
    crs: str,
    folder: Path,
) -> dict[str, list[Path]]:
    """Write the objects of all scenes in a CRS (WKT) that all share, a GeoPackage for each method.

    Returns what each file was made from. Ids differ from scene to scene; memory holds a few
    thousand objects.
    """
    made_from = {}
    for method in run.detections:
        (folder / OBJECTS).mkdir(exist_ok=True)
        parts = [_count(files.objects(scene.name, method), scene) for scene in scenes]
        shown = track(parts, total=len(parts), description=f"objects of {'-'.join(method)}")
        stream = chain_scenes(parts, shown, FIELDS, crs=crs, named=False)
        path = objects_path(method)
        WRITERS["geopackage"](replace(stream, outlined=True), folder / path, run.object_legend)
        made_from[path] = [part.path for part in parts]
    return made_from


def best_detection(run: RunConfig, compared: Comparison | None) -> tuple[str, str] | None:
    """The best detector with its suppression, or the first; None where a run has no detector."""
    if not run.detections:
        return None
    objects = None if compared is None else compared.objects
    return run.detections[0] if objects is None else objects.best.method


def count_objects(
    run: RunConfig, files: Manifest, folder: Path
) -> dict[tuple[str, str], dict[str, list[int]]]:
    """Numbers of objects by class, of each method and scene; also written to objects.csv."""
    names = [scene.name for scene in run.scenes]
    counted, rows = {}, []
    for method in run.detections:
        paths = [files.objects(name, method) for name in names]
        count = partial(_count_classes, codes=run.object_names.codes)
        numbers = map_in_threads(count, paths, description=f"numbers of {'-'.join(method)}")
        counted[method] = dict(zip(names, numbers, strict=True))
        rows += [
            (name, *method, own.code, own.name, number)
            for name, of_scene in counted[method].items()
            for own, number in zip(run.object_names, of_scene, strict=True)
        ]
    if rows:
        columns = zip(COUNT_COLUMNS, zip(*rows, strict=True), strict=True)
        write_table(folder / "objects.csv", dict(columns))
    return counted


def _count_classes(path: Path, codes: tuple[int, ...]) -> list[int]:
    table = read_table(path, ["code"], what="objects", stage="select", read_geometry=False)
    found = table.column("code").to_numpy()
    return [int((found == code).sum()) for code in codes]


def objects_path(method: tuple[str, str]) -> str:
    """Where the objects of a detector and a suppression lie, relative to the folder."""
    return f"{OBJECTS}/{'-'.join(method)}.gpkg"


def batch_layers(run: RunConfig, *, crs: str) -> list[MapLayer]:
    """A layer of the objects of all scenes for each method; the first is shown."""
    return [
        objects_layer(
            f"{' + '.join(method)}: objects",
            objects_path(method),
            crs=crs,
            legend=run.object_legend,
            shown=number == 0,
        )
        for number, method in enumerate(run.detections)
    ]


def _count(path: Path, scene: FinishedScene) -> ScenePolygons:
    return ScenePolygons(scene.name, path, count_polygons(path), scene.first_id)
