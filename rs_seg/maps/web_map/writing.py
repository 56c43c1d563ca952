"""A map for a browser: the page, and the folder beside it with tiles, polygons and scripts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rs_seg.io.web_page import write_page
from rs_seg.maps.web_map.layers import Layer, count_tile_pixels, write_layer
from rs_seg.maps.web_map.painters import ramp_colors
from rs_seg.maps.web_map.plane import WEB_MERCATOR, plan_plane
from rs_seg.progress import track_pixels
from rs_seg.scenes.footprints import name_crs
from rs_seg.values.grid import Grid, crs_of, ground_pixel_size, has_place
from rs_seg.values.tile_plane import ScenePlace, TilePlane
from rs_seg.values.window import Window

NEAR = 0.25
"""The page opens on all scenes where they fill at least this share of the area around them, else on
the first one."""


@dataclass(frozen=True)
class Dates:
    """The dates that a page chooses from: `titles`, and the number of that of a scene, from 0.

    Scenes without a number are always shown.
    """

    titles: Sequence[str] = ()
    of_scenes: Mapping[str, int] = field(default_factory=dict)


NO_DATES = Dates()


def write_web_map(
    page: Path,
    layers: Sequence[Layer],
    grids: Mapping[str, Grid],
    dates: Dates = NO_DATES,
    *,
    title: str,
    left_out: int,
) -> None:
    """Write `page`, which opens in a browser without a network, and its folder of the same stem.

    `layers` go from the lowest to the topmost; `left_out` maps are not among them. Equal inputs
    give equal bytes.
    """
    folder = page.with_suffix("")
    plane, places = plan_plane(grids)
    total = count_tile_pixels(layers, places)
    with track_pixels(max(total, 1), description="map for a browser") as advance:
        described = [
            write_layer(layer, number, plane, places, folder, advance=advance)
            for number, layer in enumerate(layers)
        ]
    content = {
        "title": title,
        "leftOut": left_out,
        "ramp": ramp_colors(),
        "plane": _describe_plane(plane, grids),
        "scenes": [
            {
                "name": scene,
                "bounds": _box(plane, place),
                **({"date": dates.of_scenes[scene]} if scene in dates.of_scenes else {}),
            }
            for scene, place in places.items()
        ],
        "dates": list(dates.titles),
        "opensOnAll": _are_near(plane, places),
        "layers": described,
    }
    write_page(page, folder, title=title, content=content)


def _describe_plane(plane: TilePlane, grids: Mapping[str, Grid]) -> dict[str, Any]:
    """Corner and pixels of the plane, and how long a unit is on the ground."""
    pixel = plane.grid(plane.finest, Window(0, 0, 1, 1))
    mercator = crs_of(pixel) == WEB_MERCATOR
    middle = next(iter(grids.values()))
    side = math.sqrt(abs(middle.affine.determinant))
    placed = has_place(middle)
    unit = 1.0 if mercator or not placed else ground_pixel_size(middle) / side
    return {
        "name": name_crs(pixel),
        "left": plane.left,
        "top": plane.top,
        "pixel": plane.pixel,
        "finest": plane.finest,
        "mercator": mercator,
        **({} if placed else {"pixels": True}),
        "metresPerUnit": unit,
    }


def _box(plane: TilePlane, place: ScenePlace) -> list[float]:
    """Least x and y, greatest x and y of a scene."""
    box = plane.grid(place.zoom, place.window).extent.boundingbox
    return [box.left, box.bottom, box.right, box.top]


def _are_near(plane: TilePlane, places: Mapping[str, ScenePlace]) -> bool:
    boxes = [_box(plane, place) for place in places.values()]
    covered = sum((right - left) * (top - bottom) for left, bottom, right, top in boxes)
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    around = (max(rights) - min(lefts)) * (max(tops) - min(bottoms))
    return bool(covered >= NEAR * around)
