"""Files that match a path template, and the values of its placeholders."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from string import Formatter

from rs_seg.errors import UserError
from rs_seg.values.dates import ANY_DATE, match_dated

EXAMPLES = 3
"""Names that an error shows of what lies in a folder."""

Values = dict[str, str]
"""Text by placeholder."""


def placeholders(template: str) -> list[str]:
    """Names of the placeholders of a template, each once, in their order."""
    return list(dict.fromkeys(name for _, name, _, _ in Formatter().parse(template) if name))


def find_matches(root: Path, template: str, *, setting: str) -> list[Values]:
    """Values of the placeholders of each path under `root` that matches, sorted by path.

    A placeholder stands for one character or more, but for no separator of folders; {date} for a
    date where the rest of the name then fits; one that occurs twice has one value. Only folders
    that match are listed, one after the other. A template without placeholders gives one empty
    match.

    Raises:
        UserError: nothing matches; it names the part of the template that led nowhere, and what
            lies there.
    """
    matches: list[tuple[Path, Values]] = [(Path(root), {})]
    for part in PurePath(template).parts:
        following = [
            match for folder, values in matches for match in _match_part(folder, values, part)
        ]
        if not following:
            raise _nothing_matches(matches[0][0], part, Path(root, template), setting)
        matches = following
    return [values for _, values in sorted(matches, key=lambda match: str(match[0]))]


def _match_part(folder: Path, values: Values, part: str) -> list[tuple[Path, Values]]:
    """Entries of a folder that match one part of a template, with the values they add."""
    if not placeholders(part):
        place = folder / part.format()
        return [(place, values)] if place.exists() else []
    patterns = [re.compile(_pattern(part, values, date=date), flags=re.DOTALL) for date in ANY_DATE]
    matches = ((name, match_dated(patterns, name)) for name in _names_in(folder))
    return [(folder / name, {**values, **match.groupdict()}) for name, match in matches if match]


def _pattern(part: str, values: Values, *, date: str) -> str:
    """The regular expression of one part; placeholders that have a value stand for it.

    `date` is that of {date}.
    """
    text, seen = "", set(values)
    for literal, name, _, _ in Formatter().parse(part):
        text += re.escape(literal)
        if name in values:
            text += re.escape(values[name])
        elif name in seen:
            text += f"(?P={name})"
        elif name:
            text += f"(?P<{name}>{date if name == 'date' else '.+'})"
            seen.add(name)
    return text


def _names_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except NotADirectoryError:
        return []
    except OSError as error:
        raise UserError("folder cannot be listed", where=folder, found=error.strerror) from error


def _nothing_matches(folder: Path, part: str, whole: Path, setting: str) -> UserError:
    """What to say where a part of a template leads nowhere."""
    there = _names_in(folder) if folder.exists() else []
    names = ", ".join(repr(name) for name in there[:EXAMPLES]) + (
        ", ..." if len(there) > EXAMPLES else ""
    )
    return UserError(
        "no file matches the path template",
        where=f"{setting}, {whole}",
        found=f"{names or 'nothing'} in the folder {str(folder)!r}",
        expected=f"names such as {part}",
        remedy="mend data_root or the path in the configuration",
    )
