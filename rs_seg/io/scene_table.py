"""The scene table as it lies on disk: text by column, in the order of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.values.scene_rows import Row, parse_scene_rows
from rs_seg.values.texts import read_text, write_csv


def read_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Columns and rows of a table; none where there is no file.

    Raises:
        UserErrors: see `parse_scene_rows`; rows may have fewer values than columns.
    """
    if not path.exists():
        return [], []
    return parse_scene_rows(read_text(path, what="scene table"), where=path, may_be_short=True)


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a table, whole or not at all."""
    write_csv(path, columns, ([row.get(column, "") for column in columns] for row in rows))
