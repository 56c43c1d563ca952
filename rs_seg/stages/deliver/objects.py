"""The part of deliver that copies objects and lays them out in the QGIS project."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.io.delivery.copying import copy_file
from rs_seg.io.qgis import Group, MapLayer, objects_layer
from rs_seg.scenes.manifest import Manifest
from rs_seg.values.grid import Grid, crs_of
from rs_seg.values.vector_formats import ALWAYS, FORMAT_OF_SUFFIX, VECTOR_FORMATS

KINDS = ["objects" if name == ALWAYS else f"objects_{name}" for name in VECTOR_FORMATS]
"""What objects are called among the files, by format."""


def objects_folder(scene: str, method: tuple[str, str]) -> str:
    """Where objects lie, relative to the delivery."""
    return f"scenes/{scene}/{'-'.join(method)}"


def copy_objects(run: RunConfig, files: Manifest, folder: Path) -> dict[str, list[str]]:
    """Copy objects in all formats; what each copy was made from, both as paths in the folder."""
    made_from = {}
    places = product((scene.name for scene in run.scenes), run.detections)
    for (scene, method), kind in product(places, KINDS):
        if not files.has(kind):
            continue
        path = files.objects(scene, method, kind)
        known = FORMAT_OF_SUFFIX[path.suffix]
        for suffix in (path.suffix, *known.parts, *known.companions):
            name = f"{objects_folder(scene, method)}/{path.stem}{suffix}"
            copy_file(path.with_suffix(suffix), folder / name)
            made_from[name] = [
                *(str(source.as_posix()) for source in run.source_paths(run.scene(scene))),
                f"models/{method[0]}.safetensors",
            ]
    return made_from


def object_groups(run: RunConfig, grids: Mapping[str, Grid]) -> list[Group]:
    """A group for each detector and suppression, with a layer of each scene; the first is shown."""
    return [
        Group(
            f"{' + '.join(method)}: objects",
            [_layer(run, scene, grid, method) for scene, grid in grids.items()],
            expanded=number == 0,
            shown=number == 0,
        )
        for number, method in enumerate(run.detections)
    ]


def _layer(run: RunConfig, scene: str, grid: Grid, method: tuple[str, str]) -> MapLayer:
    return objects_layer(
        f"{scene}: objects",
        f"{objects_folder(scene, method)}/objects.gpkg",
        crs=crs_of(grid).to_wkt(),
        legend=run.object_legend,
        shown=True,
    )
