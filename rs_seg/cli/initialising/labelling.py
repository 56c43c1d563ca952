"""The labels of a run: which files hold them, for which scenes, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import shapely
from shapely.geometry.base import BaseGeometry

from rs_seg.cli.initialising.classes import (
    Classes,
    classes_of_colors,
    classes_of_column,
    classes_of_one,
    classes_of_pixels,
    name_class,
)
from rs_seg.cli.initialising.columns import choose_column, is_named_as_class
from rs_seg.cli.initialising.label_rasters import looks_of_raster, read_values
from rs_seg.cli.initialising.layers import VectorLayer
from rs_seg.cli.initialising.listing import LeftOut
from rs_seg.cli.initialising.naming import SCENE, holds
from rs_seg.cli.initialising.rasters import RasterFacts
from rs_seg.errors import UserError, UserErrors
from rs_seg.io.raw.style_colors import read_style

LabelFile = VectorLayer | RasterFacts
MOST_CODES = 256
"""Values of a raster of classes at full resolution."""
OTHER_LABELS = "other labels, and a run takes one file for a scene"
DENSE = 0.5
"""Share of the labelled scenes from which labels count as dense."""
COARSEST = 10
"""Pixels of a scene along one of its labels: coarser ones are of another scale."""
RADIUS = 0.75
"""Radius around points, in pixels: a circle that holds the centre of a pixel."""
REACH = 0.8
"""Share of a labelled scene within the hull of its labels, below which they may be incomplete."""


@dataclass(frozen=True)
class PlacedScene:
    """The name of a scene, its ground in degrees, and its pixel size in metres."""

    name: str
    ground: BaseGeometry
    pixel_m: float


@dataclass(frozen=True)
class LabelSet:
    """Label files of one kind: by scene, None where a scene has none."""

    files: tuple[LabelFile | None, ...]
    pixel_m: float
    share: float
    """Share of the ground of labelled scenes that is labelled, on average."""
    reach: float
    """The same of the hull of the labels."""

    @property
    def distinct(self) -> list[LabelFile]:
        """Each file once."""
        unique = {id(file): file for file in self.files if file is not None}
        return list(unique.values())

    @property
    def label(self) -> str:
        """How messages call it."""
        first = self.distinct[0]
        layer = first.layer if isinstance(first, VectorLayer) else None
        more = f" and {len(self.distinct) - 1} more" if len(self.distinct) > 1 else ""
        return f"{first.name}{f', layer {layer}' if layer else ''}{more}"


def labels_scene(file: LabelFile, scene: PlacedScene) -> bool:
    """Whether a label file lies on the ground of a scene, in pixels that are not far coarser."""
    if isinstance(file, VectorLayer):
        return file.meets(scene.ground)
    overlaps = shapely.intersection(file.ground, scene.ground).area > 0
    return bool(overlaps and file.pixel_m <= COARSEST * scene.pixel_m)


def find_label_sets(files: Sequence[LabelFile], scenes: Sequence[PlacedScene]) -> list[LabelSet]:
    """Every set of label files that labels a scene.

    Files are of one set where their paths differ by the names of scenes, or where files of one
    folder with the same attributes lie on a scene each.
    """
    named: dict[tuple[str, object], dict[int, LabelFile]] = {}
    others: dict[tuple[object, ...], list[LabelFile]] = {}
    for file in files:
        place = _find_named_scene(file, scenes) if len(scenes) > 1 else None
        if place is None:
            others.setdefault(_likeness(file), []).append(file)
        else:
            pattern = file.name.replace(scenes[place].name, SCENE)
            named.setdefault((pattern, _likeness(file)[1:]), {})[place] = file
    by_scene = _join_folders(named)
    for alike in others.values():
        by_scene += _place_files(alike, scenes)
    return [_make_set(placed, scenes) for placed in by_scene if placed]


def _join_folders(
    named: Mapping[tuple[str, object], dict[int, LabelFile]],
) -> list[dict[int, LabelFile]]:
    """Files by scene, joined where only folders differ (train, test) and no scene has two."""
    joined: dict[object, list[dict[int, LabelFile]]] = {}
    for (pattern, likeness), placed in named.items():
        sets = joined.setdefault((PurePath(pattern).name, likeness), [])
        free = next((other for other in sets if other.keys().isdisjoint(placed)), None)
        if free is None:
            sets.append(dict(placed))
        else:
            free.update(placed)
    return [placed for sets in joined.values() for placed in sets]


def _likeness(file: LabelFile) -> tuple[object, ...]:
    """What label files of several scenes have in common."""
    folder = str(PurePath(file.name).parent)
    if isinstance(file, VectorLayer):
        return folder, file.layer, file.columns, file.is_points
    return folder, file.shape


def _find_named_scene(file: LabelFile, scenes: Sequence[PlacedScene]) -> int | None:
    """The scene whose name the path holds; None where it holds none, or lies elsewhere.

    Of names within one another, the longest counts; of others, none does.
    """
    held = [
        place
        for place, scene in enumerate(scenes)
        if scene.name in file.name and holds(file.name, scene.name)
    ]
    longest = max(held, key=lambda place: len(scenes[place].name), default=None)
    if longest is None or not labels_scene(file, scenes[longest]):
        return None
    alone = all(scenes[place].name in scenes[longest].name for place in held)
    return longest if alone else None


def _place_files(
    alike: Sequence[LabelFile], scenes: Sequence[PlacedScene]
) -> list[dict[int, LabelFile]]:
    """Files that each lie on one scene of their own as one set; else each as a set for all."""
    on = [
        [place for place, scene in enumerate(scenes) if labels_scene(file, scene)] for file in alike
    ]
    alone = [places[0] for places in on if len(places) == 1]
    if len(alike) > 1 and len(alone) == len(alike) == len(set(alone)):
        return [dict(zip(alone, alike, strict=True))]
    return [dict.fromkeys(places, file) for file, places in zip(alike, on, strict=True)]


def _make_set(placed: Mapping[int, LabelFile], scenes: Sequence[PlacedScene]) -> LabelSet:
    shares = [_share(file, scenes[place].ground) for place, file in placed.items()]
    reaches = [_reach(file, scenes[place].ground) for place, file in placed.items()]
    return LabelSet(
        tuple(placed.get(place) for place in range(len(scenes))),
        min(scenes[place].pixel_m for place in placed),
        sum(shares) / len(shares),
        sum(reaches) / len(reaches),
    )


def _share(file: LabelFile, ground: BaseGeometry) -> float:
    if isinstance(file, VectorLayer):
        return file.share_of(ground)
    inside = shapely.intersection(file.ground, ground).area / ground.area
    # pixels of an overview that hold a value are counted as labelled, 0 is mostly none
    return float(inside) * file.labelled_share


def _reach(file: LabelFile, ground: BaseGeometry) -> float:
    if not isinstance(file, VectorLayer):
        return 1.0
    return float(shapely.intersection(file.hull, ground).area / ground.area)


def choose_labels(sets: Sequence[LabelSet], left_out: LeftOut) -> tuple[LabelSet, Classes]:
    """The set that labels most, and its classes; the others are left out and said.

    Raises:
        UserError: none of them has classes.
    """
    read: list[tuple[LabelSet, Classes]] = []
    faults: list[UserError] = []
    for labels in sets:
        try:
            read.append((labels, read_classes(labels)))
        except UserError as error:
            faults.append(error)
            left_out.add(error.what, labels.label)
    if not read:
        raise UserErrors(faults)
    chosen = max(read, key=lambda pair: _worth(*pair))
    for labels, _ in read:
        if labels is not chosen[0]:
            left_out.add(OTHER_LABELS, labels.label)
    return chosen


def _worth(labels: LabelSet, classes: Classes) -> tuple[object, ...]:
    """What makes labels better: scenes, dense ground, classes with names, polygons."""
    first = labels.distinct[0]
    is_vector = isinstance(first, VectorLayer)
    named = "column" in classes.settings and classes.settings["column"] is not None
    named |= not is_vector and not any(name.startswith("class ") for _, name, _ in classes.legend)
    scenes = sum(file is not None for file in labels.files)
    column = str(classes.settings.get("column") or "").lower()
    return (
        scenes,
        labels.share >= DENSE,
        named,
        column.startswith("class"),
        is_vector,
        labels.share,
        -len(first.columns) if isinstance(first, VectorLayer) else 0,
    )


def read_classes(labels: LabelSet) -> Classes:
    """The classes of all files of a set, with the settings that read them.

    Raises:
        UserError: a raster cannot be read, or holds no class.
    """
    first = labels.distinct[0]
    if isinstance(first, VectorLayer):
        return _classes_of_layers(labels, first)
    return _classes_of_rasters(labels, first)


def _classes_of_layers(labels: LabelSet, first: VectorLayer) -> Classes:
    layers = [file for file in labels.distinct if isinstance(file, VectorLayer)]
    style = read_style(first.path, first.layer)
    looks = () if style is None else style.looks
    fullest = max(layers, key=lambda layer: len(layer.frame))
    column = choose_column(fullest.frame, None if style is None else style.attribute)
    if column is None:
        classes = classes_of_one(name_class(first.layer or "", *_names(first.name)), looks)
    else:
        classes = classes_of_column([layer.frame for layer in layers], column, looks)
    settings, remarks = dict(classes.settings), dict(classes.remarks)
    if column is not None and not is_named_as_class(column):
        remarks["column"] = "an attribute of few values, taken for the class"
    if first.layer is not None:
        settings = {"layer": first.layer, **settings}
    if first.is_points:
        settings["radius"] = float(f"{RADIUS * labels.pixel_m:.3g}")
        remarks["radius"] = "metres around each point, less than a pixel"
    if "outside" in settings and labels.reach < REACH:
        remarks["outside"] = (
            f"labels reach over {labels.reach:.0%} of the labelled scenes, and all ground beyond "
            "counts as this class: cut the images to it if it is not"
        )
    return replace(classes, settings=settings, remarks=remarks)


def _names(name: str) -> list[str]:
    """The name of a file, then of its folder: what may say what labels are of."""
    path = PurePath(name)
    return [path.stem, *(part for part in reversed(path.parts[:-1]))]


def _classes_of_rasters(labels: LabelSet, first: RasterFacts) -> Classes:
    in_colors = first.count == 3
    counts, nodata = read_values(first, in_colors=in_colors)
    for other in labels.distinct[1:]:
        assert isinstance(other, RasterFacts), "label files of a set are of one kind"
        more, _ = read_values(other, in_colors=in_colors)
        counts.update(more)
    if not 0 < len(counts) <= MOST_CODES:
        raise UserError(
            "a raster of no classes", where=first.path, found=f"{len(counts)} different values"
        )
    if in_colors:
        style = read_style(first.path)
        return classes_of_colors(sorted(counts), () if style is None else style.looks)
    fallback = name_class(*_names(first.name))
    return classes_of_pixels(counts, looks_of_raster(first), fallback=fallback, nodata=nodata)
