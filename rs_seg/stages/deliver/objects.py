"""The part of deliver that copies objects and lays them out in the QGIS project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.qgis import Group, MapLayer, objects_layer
from rs_seg.scenes.manifest import Manifest
from rs_seg.values.grid import Grid, crs_of_files
from rs_seg.values.vector_formats import ALWAYS, VECTOR_FORMATS

KINDS = ["objects" if name == ALWAYS else f"objects_{name}" for name in VECTOR_FORMATS]
"""What objects are called among the files, by format."""


def objects_folder(scene: str, method: tuple[str, str]) -> str:
    """Where objects lie, relative to the delivery."""
    return f"scenes/{scene}/{'-'.join(method)}"


def _map_of(scene: str, method: tuple[str, str]) -> str:
    """Where the map that objects divide lies: maps and objects have folders of one kind."""
    return f"{objects_folder(scene, method)}/classes.tif"


def merged_objects_folder(method: tuple[str, str]) -> str:
    """Where the objects of all scenes as one layer lie, relative to the delivery."""
    return f"merged/{'-'.join(method)}"


def list_objects(
    run: RunConfig, files: Manifest, model_of: Mapping[str, str]
) -> Iterator[tuple[Path, str, list[str]]]:
    """Files of objects in all formats, where they go, and what they were made from."""
    for scene, method in product(run.scenes, run.detections):
        images = [path.as_posix() for path in run.source_paths(scene)]
        divided = [] if run.object_map is None else [_map_of(scene.name, run.object_map)]
        for kind in KINDS:
            if files.has(kind):
                path = files.objects(scene.name, method, kind)
                members = run.detector_members[method[0]]
                models = [model_of[name] for name in members]
                sources = [*images, *models, *divided]
                yield path, objects_folder(scene.name, method), sources
    for method in run.detections:
        of_scenes = [f"{objects_folder(scene.name, method)}/objects.gpkg" for scene in run.scenes]
        for kind in KINDS:
            if files.has(f"merged_{kind}"):
                path = files.method(method, f"merged_{kind}")
                yield path, merged_objects_folder(method), of_scenes


def object_groups(run: RunConfig, files: Manifest, grids: Mapping[str, Grid]) -> list[Group]:
    """A group for each detector and suppression, of which the first is shown.

    It has a layer of each scene; where there is one of all scenes, that one is shown instead.
    """
    merged = files.has("merged_objects")
    return [
        Group(
            f"{' + '.join(method)}: objects",
            [
                *(_merged_layers(run, grids, method) if merged else ()),
                *(
                    _layer(run, scene, grid, method, shown=not merged)
                    for scene, grid in grids.items()
                ),
            ],
            expanded=number == 0,
            shown=number == 0,
        )
        for number, method in enumerate(run.detections)
    ]


def _merged_layers(
    run: RunConfig, grids: Mapping[str, Grid], method: tuple[str, str]
) -> Iterator[MapLayer]:
    """The objects of all scenes, in the CRS of the first."""
    yield objects_layer(
        "All scenes: objects",
        f"{merged_objects_folder(method)}/objects.gpkg",
        crs=crs_of_files(next(iter(grids.values()))),
        legend=run.object_legend,
        shown=True,
    )


def _layer(
    run: RunConfig, scene: str, grid: Grid, method: tuple[str, str], *, shown: bool
) -> MapLayer:
    return objects_layer(
        f"{scene}: objects",
        f"{objects_folder(scene, method)}/objects.gpkg",
        crs=crs_of_files(grid),
        legend=run.object_legend,
        shown=shown,
    )
