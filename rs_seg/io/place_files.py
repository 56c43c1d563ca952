"""What a GeoPackage of places says without its geometries: its design, and how far labels got.

The workflow asks before every job, so this module loads no heavy library.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rs_seg.values.design import Design

TO_FILL = ("reference", "confidence", "comment")
"""Fields that people fill in: code of the class, how sure they are, and anything else."""


def read_design_of(path: Path) -> Design | None:
    """The design inside a GeoPackage of places; None where the file has none."""
    row = _ask(path, "SELECT document FROM design")
    return None if row is None else Design.model_validate_json(row)


def has_design(path: Path) -> bool:
    """Whether a file of places says how they were drawn."""
    return _ask(path, "SELECT document FROM design") is not None


def count_labels(path: Path) -> int:
    """How many places of a file have a reference; 0 where there is no such file or field."""
    return int(_ask(path, "SELECT count(reference) FROM points") or 0)


def holds_work(path: Path) -> bool:
    """Whether people have filled in anything in a file of places, or may have.

    A file that cannot be read as such may hold anything, so the answer is yes.
    """
    filled = " OR ".join(f"{name} IS NOT NULL" for name in TO_FILL)
    # the condition is made of our own names
    row = _ask(path, f"SELECT count(*) FROM points WHERE {filled}")  # noqa: S608
    return row is None or int(row) > 0


def _ask(path: Path, query: str) -> str | None:
    """The first value that a query of a file gives; None where it gives none, or cannot be asked.

    It may be of another format, saved without the table, or missing.
    """
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            row = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])
