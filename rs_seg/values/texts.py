"""Small text files: read as UTF-8 or refused, written whole or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rs_seg.errors import UserError
from rs_seg.values.durable import sync_file, sync_folder

FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # spreadsheets take wide signs too
"""The beginning of what a spreadsheet takes for a formula, or of what stands in a table for such a
text."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-](inf|nan)")
NARROW_SPACE = "\u202f"
"""Separates thousands, and a number from its unit."""


def read_text(path: Path, *, what: str) -> str:
    """The text of a file in UTF-8, without its byte order mark.

    Line ends are its own; `what` names it in errors.

    Raises:
        UserError: the file cannot be read, or is no text in UTF-8.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, what, content, error.start) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        found = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"{what} cannot be read", where=str(path).replace("\0", "\\0"), found=found
        ) from error
    if "\0" in text:
        raise _not_utf8(path, what, content, content.index(b"\0"))
    return text


def _not_utf8(path: Path, what: str, content: bytes, position: int) -> UserError:
    line = content.count(b"\n", 0, position) + 1
    near = content[max(0, position - 12) : position + 12].decode("cp1252", errors="replace")
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[position] == 0
    return UserError(
        f"{what} is not text in UTF-8",
        where=f"{path}, line {line}",
        found=f"byte {content[position]:#04x} in {near!r}"
        + (" (a zero byte: UTF-16, or no text at all)" * wide),
        expected="UTF-8",
        remedy='save it with the encoding UTF-8 (in spreadsheets "CSV UTF-8")',
    )


def write_text(path: Path, text: str) -> None:
    """Put the text into its place at once, as UTF-8 and with its own line ends.

    A file that says the same is left alone, so that what depends on it by its time is not made
    again.
    """
    content = text.encode()
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        sync_file(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)  # a full disk has no room for what nobody reads
        raise
    sync_folder(path.parent)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put a table into its place at once, see `write_text`; None is an empty cell."""
    write_text(path, csv_text(columns, rows))


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as text between commas, in which no cell is a formula to a spreadsheet.

    `restore_text` gives the cells back.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_defuse(name) for name in columns])
    writer.writerows([_defuse(cell) for cell in row] for row in rows)
    return text.getvalue()


def _defuse(cell: Any) -> Any:
    """The cell, behind an apostrophe where a spreadsheet would change it.

    It would take it for a formula, or take an apostrophe away.
    """
    if not isinstance(cell, str):
        return cell
    # csv (Python 3.11) quotes no lone \r, which ends a row to those who read it
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text


def group_digits(value: float, digits: int = 0) -> str:
    """The number with `digits` decimals, its thousands apart by narrow spaces."""
    return f"{value:,.{digits}f}".replace(",", NARROW_SPACE)


def restore_text(cell: str) -> str:
    """The text that a cell of our tables stands for."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
