"""Small images of a public data set as patches of sheets, by way of a scene table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rs_seg.config.scene_table import read_scenes
from rs_seg.config.sheets import SHEET
from rs_seg.values.texts import csv_text, write_text

TABLE = "public_data.csv"
"""The table of patches, below the results."""
OWN = ("scene", "labelled", "role")


def lay_on_sheets(values: Mapping[str, Any], table: Path) -> dict[str, Any]:
    """The settings `scenes`, and perhaps `split`, with sheets that hold the rows as patches.

    The rows are written into the table, which jobs read them from; an equal table is left alone.

    Raises:
        UserError: the patches cannot be dealt to sheets, see `read_scenes`.
    """
    rows = values["scenes"]
    columns = list(dict.fromkeys(column for row in rows for column in row["fields"]))
    cells = (
        [row["name"], str(row["labelled"]).lower(), row.get("role") or "", ""]
        + [row["fields"].get(column, "") for column in columns]
        for row in rows
    )
    table.parent.mkdir(parents=True, exist_ok=True)
    write_text(table, csv_text([*OWN, SHEET, *columns], cells))
    return read_scenes(table, values)
