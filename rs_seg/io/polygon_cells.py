"""Polygons as scripts that a page loads cell by cell, where it can open no other file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

HELD_BYTES = 32_000_000
"""Text that is held before it goes to the files."""


class CellWriter:
    """Scripts `folder/ROW_COLUMN.js`, each a call of `webMapCell` with the pieces of a cell.

    A piece is a list: number of the polygon, class index, area in square metres, probability, and
    rings as `encode_rings` gives them. `key` stands before the cell's name in the call.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self.cells: dict[str, int] = {}
        """Pieces of each cell, by its name."""
        self._folder, self._key = folder, key
        self._encode = json.JSONEncoder(separators=(",", ":")).encode
        self._held: dict[str, list[str]] = {}
        self._bytes = 0

    def add(
        self, cell: tuple[int, int], values: Sequence[float | None], rings: Sequence[Sequence[int]]
    ) -> None:
        """Add a piece to a cell (row, column)."""
        name, piece = f"{cell[0]}_{cell[1]}", self._encode([*values, rings])
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
