"""Pictures of a raster at all zooms, cut into tiles, made in a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.tile_plane import TILE, ScenePlace
from rs_seg.values.window import Window, partition

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Painter:
    """How a kind of raster becomes pictures.

    `read` gives the pixels of a window of the plane at the finest zoom of the scene; `halve` those
    of the next zoom; `write` makes the file. `blank` is the value of pixels that show nothing: they
    are filled with it, and tiles of nothing else are not written.
    """

    read: Callable[[Window], Pixels]
    halve: Callable[[Pixels], Pixels]
    write: Callable[[Path, Pixels], None]
    blank: Any
    suffix: str


def write_pyramid(
    place: ScenePlace, painter: Painter, folder: Path, *, advance: Callable[[float], None]
) -> list[str]:
    """Write the tiles of a scene as `folder/ZOOM/ROW_COLUMN.SUFFIX`; those that show nothing.

    The list has "ZOOM/ROW_COLUMN" of tiles that are left out, of several in one tile of a smaller
    zoom that tile alone. A tile is made of the four below it, so memory holds four for each zoom.
    `advance` is told pixels of the finest zoom.
    """
    blanks: list[str] = []

    def build(zoom: int, row: int, column: int) -> Pixels | None:
        """The pixels of a tile; None where it is blank."""
        pixels: Pixels | None
        if zoom == place.zoom:
            pixels = painter.read(Window(row * TILE, column * TILE, TILE, TILE))
            advance(TILE * TILE)
        else:
            pixels = _join(
                [
                    build(zoom + 1, 2 * row + down, 2 * column + right)
                    if _overlaps(place, zoom + 1, 2 * row + down, 2 * column + right)
                    else None
                    for down in (0, 1)
                    for right in (0, 1)
                ],
                painter,
            )
        if pixels is None or (pixels == painter.blank).all():
            blanks.append(f"{zoom}/{row}_{column}")
            return None
        path = folder / str(zoom) / f"{row}_{column}.{painter.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        painter.write(path, pixels)
        return pixels

    for row, column in _tiles(place.at(place.coarsest)):
        build(place.coarsest, row, column)
    gone = set(blanks)
    return [name for name in blanks if _parent(name) not in gone]


def count_pixels(place: ScenePlace) -> int:
    """Pixels of the tiles of a scene at its finest zoom."""
    return len(list(_tiles(place.window))) * TILE * TILE


def _tiles(window: Window) -> Iterator[tuple[int, int]]:
    """Row and column of the tiles that hold a pixel of the window."""
    row, column = window.row // TILE, window.column // TILE
    down, across = -(-window.row_end // TILE) - row, -(-window.column_end // TILE) - column
    for tile in partition(down, across, size=1):
        yield row + tile.row, column + tile.column


def _overlaps(place: ScenePlace, zoom: int, row: int, column: int) -> bool:
    tile = Window(row * TILE, column * TILE, TILE, TILE)
    return place.at(zoom).intersect(tile) is not None


def _join(parts: list[Pixels | None], painter: Painter) -> Pixels | None:
    """Four tiles at half their size as one; None where all are blank."""
    given = next((part for part in parts if part is not None), None)
    if given is None:
        return None
    joined = np.full((2 * TILE, 2 * TILE, *given.shape[2:]), painter.blank, dtype=given.dtype)
    for number, part in enumerate(parts):
        if part is not None:
            row, column = divmod(number, 2)
            joined[row * TILE :, column * TILE :][:TILE, :TILE] = part
    return painter.halve(joined)


def _parent(name: str) -> str:
    zoom, place = name.split("/")
    row, column = place.split("_")
    return f"{int(zoom) - 1}/{int(row) // 2}_{int(column) // 2}"
