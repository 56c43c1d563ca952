"""Polygons as scripts that a page loads cell by cell, where it can open no other file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEPS = 8
"""Parts of a pixel that places are rounded to."""
HELD_BYTES = 32_000_000
"""Text that is held before it goes to the files."""


class CellWriter:
    """Scripts `folder/ROW_COLUMN.js`, each a call of `webMapCell` with the pieces of a cell.

    A piece is a list: number of the polygon, class index, area in square metres, probability, and
    rings of x, y and the steps from point to point, in eighths of a pixel from the cell's corner.
    `key` stands before the cell's name in the call.
    """

    def __init__(self, folder: Path, key: str, side: int) -> None:
        self.cells: dict[str, int] = {}
        """Pieces of each cell, by its name."""
        self._folder, self._key, self._side = folder, key, side
        self._held: dict[str, list[str]] = {}
        self._bytes = 0

    def add(
        self,
        row: int,
        column: int,
        values: Sequence[float | None],
        rings: Sequence[NDArray[np.float64]],
    ) -> None:
        """Add a piece with rings of pixels (N, 2); those that shrink to a line are left out."""
        origin = np.array([column, row]) * self._side
        steps = [_encode(ring - origin) for ring in rings]
        piece = json.dumps([*values, [ring for ring in steps if ring]], separators=(",", ":"))
        name = f"{row}_{column}"
        self.cells[name] = self.cells.get(name, 0) + 1
        self._held.setdefault(name, []).append(piece)
        self._bytes += len(piece)
        if self._bytes > HELD_BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is held, and end the scripts."""
        self._flush()
        for name in self.cells:
            with self._path(name).open("a", encoding="utf-8") as file:
                file.write("]);\n")

    def _flush(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, pieces in self._held.items():
            path = self._path(name)
            begin = "" if path.exists() else f'webMapCell("{self._key}/{name}",[\n'
            with path.open("a", encoding="utf-8") as file:
                file.write(begin + "".join(f"{piece},\n" for piece in pieces))
        self._held, self._bytes = {}, 0

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.js"


def _encode(ring: NDArray[np.float64]) -> list[int]:
    """The first point and the steps between points; nothing where fewer than three differ."""
    points = np.rint(ring * STEPS).astype(np.int64)
    points = points[np.any(points != np.roll(points, 1, axis=0), axis=1)]
    if len(points) < 3:
        return []
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    encoded: list[int] = steps.ravel().tolist()
    return encoded
