"""Small text files: read as UTF-8 or refused; written whole or not at all, whoever reads or writes them then."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.values.durable import sync_file, sync_folder


def read_text(path: Path, *, what: str) -> str:
    """The text of a file in UTF-8, without its byte order mark and with its own line ends; `what` names it in errors.

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
        raise UserError(f"{what} cannot be read", where=str(path).replace("\0", "\\0"), found=found) from error
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
        found=f"byte {content[position]:#04x} in {near!r}" + (" (a zero byte: UTF-16, or no text at all)" * wide),
        expected="UTF-8",
        remedy='save it with the encoding UTF-8 (in spreadsheets "CSV UTF-8")',
    )


def write_text(path: Path, text: str) -> None:
    """Put the text into its place at once, as UTF-8 and with its own line ends.

    A file that says the same is left alone, so that what depends on it by its time is not made again.
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


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Put a table into its place at once, see `write_text`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
