"""Small text files that are whole or absent, whoever reads or writes them at the same time."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from rs_seg.values.durable import sync_file, sync_folder


def write_text(path: Path, text: str) -> None:
    """Put the text into its place at once, as UTF-8 and with its own line ends.

    A file that says the same is left alone, so that what depends on it by its time is not made again.
    """
    content = text.encode()
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    sync_file(partial)
    partial.replace(path)
    sync_folder(path.parent)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Put a table into its place at once, see `write_text`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
