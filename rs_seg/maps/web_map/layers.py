"""The layers of a map for a browser: what each shows, and its files of each scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rs_seg.maps.web_map.outlines import write_cells
from rs_seg.maps.web_map.painters import paint_classes, paint_confidence, paint_imagery
from rs_seg.maps.web_map.pyramid import Painter, count_pixels, write_pyramid
from rs_seg.values.legend import Legend
from rs_seg.values.tile_plane import ScenePlace, TilePlane

Advance = Callable[[float], None]
OUTLINED = ("polygons", "objects")
"""Kinds of layers that are polygons, all others are pictures."""
REST = "smaller changes"
"""What the legend calls all classes that it does not list."""


@dataclass(frozen=True)
class Layer:
    """A layer, and its file of each scene that has one.

    `shows` says for each scene what the file is called where it is handed over. `key` is what links
    call the layer by; `of` names the map whose polygons say what lies at a place, "" where it
    belongs to none. `opacity` is that of the start, 0 to 1. Pictures do not draw the class
    `unfilled`. A layer of `change` shows two dates of each scene, the later one of which is another
    scene. Classes of the legend beyond the first `listed` are told of as one.
    """

    kind: Literal["imagery", "classes", "confidence", "polygons", "objects"]
    key: str
    title: str
    files: Mapping[str, Path]
    shows: Mapping[str, str]
    legend: Legend | None = None
    of: str = ""
    shown: bool = False
    opacity: float = 1.0
    unfilled: str | None = None
    change: bool = False
    listed: int | None = None

    @property
    def probability(self) -> str | None:
        """The field of polygons that says how sure they are."""
        if self.change:
            return None
        return "score" if self.kind == "objects" else "prob_mean"


def count_tile_pixels(layers: Sequence[Layer], places: Mapping[str, ScenePlace]) -> int:
    """Pixels of the finest tiles of all pictures."""
    return sum(
        count_pixels(places[scene])
        for layer in layers
        if layer.kind not in OUTLINED
        for scene in layer.files
    )


def write_layer(
    layer: Layer,
    number: int,
    plane: TilePlane,
    places: Mapping[str, ScenePlace],
    folder: Path,
    *,
    advance: Advance,
) -> dict[str, Any]:
    """Write the files of a layer below `folder`; what the page needs to know of it.

    Files of a scene lie in `part_folder`. `advance` is told pixels of tiles.
    """
    order = list(places)
    parts: dict[str, Any] = {}
    for scene, path in layer.files.items():
        key, place = f"{number}/{order.index(scene)}", places[scene]
        parts[str(order.index(scene))] = (
            _write_polygons(layer, path, key, plane, place, folder)
            if layer.kind in OUTLINED
            else _write_tiles(layer, path, key, plane, place, folder, advance=advance)
        )
    return {
        "kind": layer.kind,
        "key": layer.key,
        "title": layer.title,
        "of": layer.of,
        "shown": layer.shown,
        "opacity": layer.opacity,
        "legend": list(_describe_legend(layer)),
        **({"change": True} if layer.change else {}),
        "scenes": parts,
    }


def _describe_legend(layer: Layer) -> Iterator[dict[str, Any]]:
    for number, own in enumerate(() if layer.legend is None else layer.legend):
        listed = layer.listed is None or number < layer.listed
        yield {
            "name": own.shown,
            "color": own.color,
            "filled": own.name != layer.unfilled,
            **({} if listed else {"listed": REST}),
        }


def part_folder(layer: Layer, number: int, scene: int) -> str:
    """Where the files of a layer of a scene lie, by their numbers: names make no paths."""
    return f"{'cells' if layer.kind in OUTLINED else 'tiles'}/{number}/{scene}"


def _write_tiles(
    layer: Layer,
    path: Path,
    key: str,
    plane: TilePlane,
    place: ScenePlace,
    folder: Path,
    *,
    advance: Advance,
) -> dict[str, Any]:
    with _painter(layer, path, plane, place) as painter:
        blanks = write_pyramid(place, painter, folder / "tiles" / key, advance=advance)
    pyramid = {"suffix": painter.suffix, "coarsest": place.coarsest, "blank": blanks}
    return {"key": key, **place.describe(), **pyramid}


def _painter(
    layer: Layer, path: Path, plane: TilePlane, place: ScenePlace
) -> AbstractContextManager[Painter]:
    if layer.kind == "imagery":
        return paint_imagery(path, plane, place)
    if layer.kind == "confidence":
        return paint_confidence(path, plane, place)
    assert layer.legend is not None, "layers of classes have a legend"
    return paint_classes(path, plane, place, layer.legend, unfilled=layer.unfilled)


def _write_polygons(
    layer: Layer, path: Path, key: str, plane: TilePlane, place: ScenePlace, folder: Path
) -> dict[str, Any]:
    assert layer.legend is not None, "layers of polygons have a legend"
    return write_cells(
        path,
        folder / "cells",
        key,
        plane=plane,
        place=place,
        names=layer.legend.class_names,
        probability=layer.probability,
    )
