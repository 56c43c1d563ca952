"""How imagery, class maps and confidence become pictures of tiles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rs_seg.algorithms.reporting.halving import halve_categories, halve_picture, halve_shares
from rs_seg.algorithms.reporting.pictures import (
    Picture,
    color_shares,
    percentile_ranges,
    stretch_bands,
)
from rs_seg.io.thumbnails import read_thumbnail
from rs_seg.io.tile_pictures import read_on, write_drawing, write_photograph
from rs_seg.maps.web_map.pyramid import Painter, Pixels
from rs_seg.values.grid import Grid
from rs_seg.values.legend import Legend
from rs_seg.values.probabilities import NODATA
from rs_seg.values.tile_plane import ScenePlace, TilePlane
from rs_seg.values.window import Window

RAMP = "viridis"
THUMBNAIL = 1024
"""Longer side of the copy of a scene that contrasts are taken from, in pixels."""


@contextmanager
def paint_imagery(path: Path, plane: TilePlane, place: ScenePlace) -> Iterator[Painter]:
    """A colour composite, stretched from the 2nd to the 98th percentile of a small copy."""
    small = read_thumbnail(path, size=THUMBNAIL, composite=True, resampling="average")
    ranges = percentile_ranges(small.pixels, small.valid)
    with read_on(path, _grid(plane, place), resampling="bilinear", masked=True) as reader:

        def read(window: Window) -> Picture:
            pixels, valid = reader.read(_inside(place, window), small.bands)
            picture = stretch_bands(pixels, valid, ranges=ranges)
            picture[~valid] = 0
            return picture

        yield Painter(read, halve_picture, write_photograph, 0, "webp")


@contextmanager
def paint_classes(
    path: Path, plane: TilePlane, place: ScenePlace, legend: Legend, *, unfilled: str | None = None
) -> Iterator[Painter]:
    """Classes in the colours of the legend; the class `unfilled` is transparent."""
    names, blank = legend.class_names, len(legend)
    colors = [*((*known.rgb, 255 * (known.name != unfilled)) for known in legend), (0, 0, 0, 0)]
    with read_on(path, _grid(plane, place), resampling="nearest") as reader:

        def read(window: Window) -> Pixels:
            codes, valid = reader.read(_inside(place, window), [1])
            indices = names.decode(codes[0])
            return np.where(valid & (indices >= 0), indices, blank).astype(np.uint16)

        def write(path: Path, indices: Pixels) -> None:
            write_drawing(path, indices, colors)

        yield Painter(read, halve_categories, write, blank, "png")


@contextmanager
def paint_confidence(path: Path, plane: TilePlane, place: ScenePlace) -> Iterator[Painter]:
    """Shares in a ramp of colours."""
    with read_on(path, _grid(plane, place), resampling="nearest") as reader:

        def read(window: Window) -> Pixels:
            shares, valid = reader.read(_inside(place, window), [1])
            return np.where(valid, shares[0], np.uint8(NODATA))

        def write(path: Path, shares: Pixels) -> None:
            write_photograph(path, color_shares(shares, ramp=RAMP))

        yield Painter(read, halve_shares, write, NODATA, "webp")


def ramp_colors(count: int = 9) -> list[str]:
    """Colours of the ramp from 0 to 1, as "#rrggbb"."""
    shares = np.linspace(0, 254, count).round().astype(np.uint8)
    table = color_shares(shares[None], ramp=RAMP)[0, :, :3]
    return ["#" + "".join(f"{channel:02x}" for channel in color) for color in table.tolist()]


def _grid(plane: TilePlane, place: ScenePlace) -> Grid:
    return plane.grid_of(place)


def _inside(place: ScenePlace, window: Window) -> Window:
    """A window of the plane as it is counted from the scene's first pixel."""
    return window.relative_to(place.window)
