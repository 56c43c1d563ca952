"""What the dates in path templates mean to the scene table: a column, or several of one scene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rs_seg.io.raw.dated_files import DATE, DatedFiles
from rs_seg.values.dates import STAR

ANY = "any_text_"
"""What placeholders of stars begin with."""
Values = dict[str, str]


def name_stars(template: str) -> str:
    """A template with {date} whose stars are placeholders; others stay as they are."""
    if f"{{{DATE}}}" not in template:
        return template
    parts = template.split(STAR)
    return parts[0] + "".join(
        f"{{{ANY}{number}}}{part}" for number, part in enumerate(parts[1:], start=1)
    )


def drop_stars(values: Values) -> Values:
    """Values of placeholders without those of stars."""
    return {key: value for key, value in values.items() if not re.fullmatch(rf"{ANY}\d+", key)}


def join_dates(scenes: Sequence[Values]) -> list[Values]:
    """The values of each scene once: without dates, where any scene has several.

    Where each scene has one date, it is a column of the table as any other, but for paths with
    stars, which no column fills in.
    """
    names = [values.get("scene") for values in scenes]
    starless = [drop_stars(values) for values in scenes]
    if len(set(names)) == len(names) and starless == list(scenes):
        return starless
    without = [{key: value for key, value in values.items() if key != DATE} for values in starless]
    return list({tuple(values.items()): values for values in without}.values())


def first_file(root: Path, template: str, row: Values) -> Path:
    """The file of a row of the table; of several dates, that of the first."""
    if f"{{{DATE}}}" not in template or (row.get(DATE) and STAR not in template):
        return root / template.format_map(row)
    files = [file for file in DatedFiles(root).find(template, row) if file.day is not None]
    return min(files, key=lambda file: file.order).path if files else root / template
