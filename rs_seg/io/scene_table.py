"""The scene table as it lies on disk: text by column, in the order of its rows."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.texts import write_csv

Row = dict[str, str]


def read_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Columns and rows of a table; none where there is no file.

    Raises:
        UserError: the file has rows but no column `scene`, or rows of more values than columns.
    """
    if not path.exists():
        return [], []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, restval="")
        rows = list(reader)
        columns = list(reader.fieldnames or [])
    if columns and "scene" not in columns:
        raise UserError("scene table lacks a column", where=path, found=", ".join(columns), expected="scene")
    for number, row in enumerate(rows, start=2):
        if None in row:
            raise UserError(
                "row of the scene table has too many values",
                where=f"{path}, line {number}",
                found=f"{len(row) - 1 + len(row[None])} values",
                expected=f"{len(columns)}, one per column",
                remedy="put values that hold a comma in quotes",
            )
    return columns, rows


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a table, whole or not at all."""
    write_csv(path, columns, ([row.get(column, "") for column in columns] for row in rows))
