"""Files of one template that differ by their dates; folders are listed once for all scenes."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePath
from string import Formatter

from rs_seg.values.dates import parse_date

DATE = "date"


@dataclass(frozen=True)
class DatedFile:
    """A file, the text that stands for its date, and the day; None where that is no date."""

    path: Path
    text: str
    day: date | None

    @property
    def order(self) -> tuple[date, str]:
        """What files are sorted by: their days."""
        return self.day or date.max, self.text


class DatedFiles:
    """Finds the files of templates with {date} under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[Path, list[str]] = {}

    def find(self, template: str, values: Mapping[str, str]) -> list[DatedFile]:
        """The files of a template, sorted by path; `values` are those of its other placeholders.

        {date} stands for one character or more without a separator of folders; where it occurs
        twice, it is the same text.

        Raises:
            KeyError: a placeholder has no value.
        """
        matches: list[tuple[Path, str | None]] = [(self.root, None)]
        for part in PurePath(template).parts:
            matches = [
                match
                for folder, text in matches
                for match in self._match(folder, part, values, text)
            ]
        return sorted(
            (DatedFile(path, text, _day(text)) for path, text in matches if text is not None),
            key=lambda file: str(file.path),
        )

    def _match(
        self, folder: Path, part: str, values: Mapping[str, str], text: str | None
    ) -> list[tuple[Path, str | None]]:
        """Entries of a folder that match one part, and the text of the date where it is known."""
        pieces = [
            (literal, name and (name if name == DATE else values[name]), name == DATE)
            for literal, name, _, _ in Formatter().parse(part)
        ]
        if text is not None or not any(dated for _, _, dated in pieces):
            filled = "".join(
                literal + ((text or "") if dated else value or "")
                for literal, value, dated in pieces
            )
            place = folder / filled
            return [(place, text)] if place.exists() else []
        start, pattern, seen = "", "", False
        for literal, value, dated in pieces:
            plain = literal + ("" if dated else value or "")
            pattern += re.escape(plain)
            if not seen:
                start += plain
            if dated:
                pattern += "(?P=date)" if seen else "(?P<date>.+)"
                seen = True
        matching = re.compile(pattern, flags=re.DOTALL)
        found = ((name, matching.fullmatch(name)) for name in self._names(folder, start))
        return [(folder / name, match["date"]) for name, match in found if match is not None]

    def _names(self, folder: Path, start: str) -> list[str]:
        """Names in a folder that begin with a text."""
        if folder not in self._listings:
            try:
                self._listings[folder] = sorted(os.listdir(folder))  # noqa: PTH208  # names suffice
            except OSError:
                self._listings[folder] = []
        names = self._listings[folder]
        position = bisect_left(names, start)
        end = position
        while end < len(names) and names[end].startswith(start):
            end += 1
        return names[position:end]


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
