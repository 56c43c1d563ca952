"""The text of a scene table as rows, with every fault of its form told by line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rs_seg.errors import UserError, UserErrors, nearest_name
from rs_seg.values.texts import restore_text

TYPED_COLUMNS = ("labelled", "role", "simulate", "height", "width", "patches")
"""Columns, besides `scene`, that are more than text for path templates; their cells may be left
out."""
COLUMNS = ("scene", *TYPED_COLUMNS)
"""Columns that mean something to us, however they are written: with capital letters or blanks
around."""
FLAGS = {
    **dict.fromkeys(("true", "yes", "1", "t", "y", "on"), True),
    **dict.fromkeys(("false", "no", "0", "f", "n", "off"), False),
}
"""Texts that are true or false, in capital letters too."""
DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_FAULTS = 10
"""Rows that are listed of one fault."""

Row = dict[str, str]


def parse_scene_rows(
    text: str, *, where: Path, may_be_short: bool = False
) -> tuple[list[str], list[Row]]:
    """Columns and rows of a scene table, without blanks around their cells.

    Cells that a row lacks are empty. A row may lack cells of TYPED_COLUMNS, and with `may_be_short`
    any. Columns that we know have the names of COLUMNS. The apostrophe is taken away that our
    tables have before texts which spreadsheets would take for formulas.

    Raises:
        UserErrors: no column `scene`, a column twice, rows of the wrong length, a value of
            `labelled` that is neither true nor false, or text that is no table.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        read = ((reader.line_num, list(map(_read_cell, cells))) for cells in reader)
        # spreadsheets leave rows of empty cells
        lines = [(line, cells) for line, cells in read if any(cells)]
    except csv.Error as error:
        raise UserError(
            "scene table is not valid CSV",
            where=f"{where}, line {reader.line_num}",
            found=str(error),
            expected="values between commas, those that hold a comma in quotes",
        ) from error
    if not lines:
        return [], []
    columns = [name.lower() if name.lower() in COLUMNS else name for name in lines[0][1]]
    faults = find_column_faults(columns, where=where)
    if faults:
        raise UserErrors(faults)
    needed = len(columns)
    while needed and (may_be_short or columns[needed - 1] in TYPED_COLUMNS):
        needed -= 1
    wrong = [
        (line, len(cells)) for line, cells in lines[1:] if not needed <= len(cells) <= len(columns)
    ]
    if wrong:
        raise UserErrors(_tell_lengths(wrong, columns, where))
    rows = [
        dict(zip(columns, [*cells, *[""] * len(columns)], strict=False)) for _, cells in lines[1:]
    ]
    unclear = [
        (line, row)
        for (line, _), row in zip(lines[1:], rows, strict=True)
        if not _has_clear_label(row)
    ]
    if unclear:
        raise UserErrors(_tell_labels(unclear, where))
    return columns, rows


def parse_flag(text: str) -> bool | None:
    """What a cell says that is true or false; None where it is neither."""
    return FLAGS.get(text.lower())


def trim_cell(cell: str) -> str:
    """The cell without invisible characters around it."""
    return cell.strip().strip("\ufeff").strip()


def _read_cell(cell: str) -> str:
    return trim_cell(restore_text(trim_cell(cell)))


def _has_clear_label(row: Row) -> bool:
    said = row.get("labelled")
    return not said or parse_flag(said) is not None


def find_column_faults(columns: Sequence[str], *, where: Path) -> list[UserError]:
    """Faults of the head of a scene table.

    Nameless columns, as spreadsheets leave them, may repeat.
    """
    if "scene" not in columns:
        return [_no_scene_column(columns, where)]
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    return [
        UserError(
            "scene table has a column twice",
            where=f"{where}, line 1",
            found=f"{name!r} as columns "
            f"{' and '.join(str(index + 1) for index in _indexes(columns, name))}",
            expected="columns of different names",
            remedy="rename or remove one of them",
        )
        for name in twice
    ]


def _indexes(columns: Sequence[str], name: str) -> list[int]:
    return [index for index, column in enumerate(columns) if column == name]


def _no_scene_column(columns: Sequence[str], where: Path) -> UserError:
    head = ",".join(columns)
    for sign, words in DELIMITERS.items():
        if sign in head and "scene" in [part.strip(' "').lower() for part in head.split(sign)]:
            return UserError(
                f"scene table is separated by {words}",
                where=f"{where}, line 1",
                found=head[:200],
                expected="commas between the values",
                remedy="save it as CSV with commas (some spreadsheets write what the language of "
                "the system asks for)",
            )
    near = nearest_name("scene", [name.lower() for name in columns])
    meant = next((name for name in columns if name.lower() == near), None)
    return UserError(
        "scene table lacks a column",
        where=where,
        found=", ".join(columns)[:200],
        expected="scene",
        remedy=f"rename {meant!r} to scene"
        if meant
        else "name the column that holds the names of scenes: scene",
    )


def _tell_lengths(
    wrong: Sequence[tuple[int, int]], columns: Sequence[str], where: Path
) -> list[UserError]:
    told = [
        UserError(
            f"row of the scene table has too {'many' if count > len(columns) else 'few'} values",
            where=f"{where}, line {line}",
            found=f"{count} values",
            expected=f"{len(columns)}, one for each column ({', '.join(columns)})"[:300],
            remedy="put values that hold a comma in quotes"
            if count > len(columns)
            else "add the commas of empty values",
        )
        for line, count in wrong[:MOST_FAULTS]
    ]
    if len(wrong) > MOST_FAULTS:
        told.append(
            UserError(
                f"{len(wrong) - MOST_FAULTS} more rows have the wrong number of values", where=where
            )
        )
    return told


def _tell_labels(unclear: Sequence[tuple[int, Row]], where: Path) -> list[UserError]:
    told = [
        UserError(
            f"nothing says whether the scene {row['scene']!r} is labelled",
            where=f"{where}, line {line}, column labelled",
            found=repr(row["labelled"][:100]),
            expected="true or false (or yes or no, 1 or 0)",
        )
        for line, row in unclear[:MOST_FAULTS]
    ]
    if len(unclear) > MOST_FAULTS:
        told.append(
            UserError(
                f"{len(unclear) - MOST_FAULTS} more rows are neither labelled nor not", where=where
            )
        )
    return told
