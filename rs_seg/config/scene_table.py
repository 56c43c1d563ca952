"""The scene table as values for the settings of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rs_seg.config.sheet_roles import divide_by_sheets
from rs_seg.config.sheets import are_patches, deal_patches
from rs_seg.errors import UserError
from rs_seg.values.scene_rows import TYPED_COLUMNS, Row, parse_flag, parse_scene_rows
from rs_seg.values.texts import read_text


def read_scenes(path: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that a scene table gives: `scenes`, and for patches how they are split.

    Raises:
        UserError: the file cannot be read, or is no scene table.
    """
    columns, rows = _read_rows(path)
    if not are_patches(columns):
        return {"scenes": [_scene_row(row) for row in rows]}
    labelled = values.get("label") is not None
    sheets = deal_patches(path, columns, rows, labelled=labelled)
    return divide_by_sheets(values, sheets, table=path)


def read_scene_table(path: Path) -> list[dict[str, Any]]:
    """Rows of a scene table (CSV with a header), as values for the setting `scenes`.

    Raises:
        UserError: the file cannot be read, or is no scene table.
    """
    return [_scene_row(row) for row in _read_rows(path)[1]]


def _read_rows(path: Path) -> tuple[list[str], list[Row]]:
    columns, rows = parse_scene_rows(read_text(path, what="scene table"), where=path)
    if not columns:
        raise UserError(
            "scene table is empty", where=path, expected="a CSV file with the column scene"
        )
    return columns, rows


def _scene_row(row: Mapping[str, str]) -> dict[str, Any]:
    known: dict[str, Any] = {"name": row["scene"]}
    known |= {key: row[key] for key in TYPED_COLUMNS if row.get(key)}
    if row.get("labelled"):
        known["labelled"] = parse_flag(row["labelled"])
    fields = {key: value for key, value in row.items() if key not in ("scene", *TYPED_COLUMNS)}
    return {**known, "fields": fields}
