"""The part of deliver that makes the map for a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rs_seg.config import RunConfig
from rs_seg.maps.web_map.layers import Layer, part_folder
from rs_seg.maps.web_map.writing import write_web_map
from rs_seg.scenes.manifest import Manifest
from rs_seg.stages.deliver.maps import map_folder, read_grid
from rs_seg.stages.deliver.objects import objects_folder
from rs_seg.stages.deliver.web_changes import change_layers, list_dates
from rs_seg.values.layout import WEB_MAP, MapKey

ABOVE = (("confidence", False), ("classes", True), ("polygons", False), ("polygons", True))
"""Kinds of layers, and whether they show change, that lie above all others, in this order."""
MOST_MAPS = 6
"""Maps that are shown, the best one first; the QGIS project has all."""


def deliver_web_map(
    run: RunConfig,
    files: Manifest,
    best: tuple[str, str] | None,
    folder: Path,
    *,
    imagery: bool,
) -> dict[str, list[str]]:
    """Write map.html and its folder; what each file was made from, by its path in the delivery."""
    methods = sorted(run.maps, key=lambda method: method != best)
    layers = _list_layers(run, files, methods[:MOST_MAPS], best, imagery=imagery)
    grids = {scene.name: read_grid(files.scene(scene.name, "image")) for scene in run.scenes}
    left_out = len(methods[MOST_MAPS:])
    dates = list_dates(run)
    write_web_map(folder / WEB_MAP, layers, grids, dates, title=run.title, left_out=left_out)
    made_from: dict[str, list[str]] = {}
    for number, layer in enumerate(layers):
        for place, scene in enumerate(run.scenes):
            if scene.name in layer.files:
                part = folder / "map" / part_folder(layer, number, place)
                names = (path.relative_to(folder).as_posix() for path in part.rglob("*.*"))
                made_from |= {name: [layer.shows[scene.name]] for name in names}
    return made_from


def _list_layers(
    run: RunConfig,
    files: Manifest,
    methods: list[tuple[str, str]],
    best: tuple[str, str] | None,
    *,
    imagery: bool,
) -> list[Layer]:
    """Layers from the lowest to the topmost; `methods` begin with the best map.

    Shown at first are the imagery and the best map, or the objects of the first detector.
    """
    scenes = [scene.name for scene in run.scenes]
    layers = []
    if imagery:
        images = {scene: files.scene(scene, "image") for scene in scenes}
        places = {scene: f"scenes/{scene}/image.tif" for scene in scenes}
        layers.append(Layer("imagery", "imagery", "Imagery", images, places, shown=True))
    layers += _references(run, files)
    for number, method in reversed(list(enumerate(methods))):
        layers += _map_layers(run, files, method, shown=number == 0 and not run.detections)
    layers += change_layers(run, files, best)
    layers.sort(key=_height)
    for number, method in reversed(list(enumerate(run.detections))):
        title = f"Objects: {' + '.join(method)}"
        paths = {scene: files.objects(scene, method) for scene in scenes}
        places = {scene: f"{objects_folder(scene, method)}/objects.gpkg" for scene in scenes}
        shown, legend = number == 0, run.object_legend
        layers.append(Layer("objects", title, title, paths, places, legend, title, shown=shown))
    return layers


def _height(layer: Layer) -> int:
    """How far above all others a layer lies."""
    kind = (layer.kind, layer.change)
    return ABOVE.index(kind) + 1 if kind in ABOVE else 0


def _references(run: RunConfig, files: Manifest) -> Iterator[Layer]:
    given = {scene.name: files.find("reference", scene.name) for scene in run.scenes}
    paths = {scene: path for scene, path in given.items() if path is not None}
    if paths:
        labels = {scene: run.label_path(run.scene(scene)).as_posix() for scene in paths}
        name = "Reference (labels)"
        unfilled = run.outside_class
        yield Layer("classes", "reference", name, paths, labels, run.legend, unfilled=unfilled)


def _map_layers(
    run: RunConfig, files: Manifest, method: tuple[str, str], *, shown: bool
) -> Iterator[Layer]:
    """Confidence, classes and polygons of a map."""
    title, legend = " + ".join(method), run.refinements[method[1]].map_legend(run.legend)
    keys = {scene.name: MapKey(scene.name, *method) for scene in run.scenes}

    def of(kind: str, name: str) -> tuple[dict[str, Path], dict[str, str]]:
        """Files of the run, and how they are called in the delivery."""
        return (
            {scene: files.map(key, kind) for scene, key in keys.items()},
            {scene: f"{map_folder(key)}/{name}" for scene, key in keys.items()},
        )

    name = f"Confidence: {title}"
    yield Layer("confidence", name, name, *of("confidence", "confidence.tif"), of=title)
    name = f"Map: {title}"
    own = of("classes", "classes.tif")
    yield Layer(
        *("classes", name, name, *own, legend, title),
        shown=shown,
        opacity=0.7,
        unfilled=run.outside_class,
    )
    name = f"Outlines: {title}"
    yield Layer("polygons", name, name, *of("polygons", "polygons.gpkg"), legend, title)
