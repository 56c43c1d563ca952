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

from rs_seg.values.dates import ANY_DATE, STAR, match_dated, parse_date, says_day

DATE = "date"


@dataclass(frozen=True)
class DatedFile:
    """A file, the text that stands for its date, and the day; None where that is no date."""

    path: Path
    text: str
    """The date, and after a star what stands for each star of the template."""
    day: date | None

    @property
    def order(self) -> tuple[date, str]:
        """What files are sorted by: their days."""
        return self.day or date.max, self.text


@dataclass(frozen=True)
class _Match:
    """A file or folder that the first parts of a template lead to."""

    path: Path
    date: str | None = None
    stars: tuple[str, ...] = ()

    def enter(self, name: str, found: re.Match[str]) -> _Match:
        """The match of one more part."""
        texts = found.groupdict()
        day = texts.pop(DATE, None)
        return _Match(self.path / name, self.date or day, (*self.stars, *texts.values()))


class DatedFiles:
    """Finds the files of templates with {date} under a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._listings: dict[Path, list[str]] = {}

    def find(self, template: str, values: Mapping[str, str]) -> list[DatedFile]:
        """The files of a template, sorted by path; `values` are those of its other placeholders.

        {date} stands for a date where the rest of the name then fits, else for one character or
        more without a separator of folders; where it occurs twice, it is the same text. A star
        stands for any text without such a separator, as short as it can be. Where `values` have a
        date, all files are of it.

        Raises:
            KeyError: a placeholder has no value.
        """
        matches = [_Match(self.root, values.get(DATE))]
        for part in PurePath(template).parts:
            matches = [found for match in matches for found in self._follow(match, part, values)]
        files = (
            DatedFile(match.path, STAR.join((match.date, *match.stars)), _day(match.date))
            for match in matches
            if match.date is not None
        )
        return sorted(files, key=lambda file: str(file.path))

    def _follow(self, match: _Match, part: str, values: Mapping[str, str]) -> list[_Match]:
        """Entries of a folder that match one more part of the template."""
        known = values if match.date is None else {**values, DATE: match.date}
        patterns = [_pattern(part, known, date=date) for date in ANY_DATE]
        if not patterns[0].groups:
            plain = part.format_map(known)
            there = (match.path / plain).exists()
            return [_Match(match.path / plain, match.date, match.stars)] if there else []
        start = _start(part, known)
        found = ((name, match_dated(patterns, name)) for name in self._names(match.path, start))
        return [match.enter(name, own) for name, own in found if own is not None]

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


def _pattern(part: str, values: Mapping[str, str], *, date: str) -> re.Pattern[str]:
    """One part of a template: {date}, where it has no value, and stars are groups.

    `date` is the pattern of a date.
    """
    pattern, stars, dated = "", 0, False
    for literal, name, _, _ in Formatter().parse(part):
        first, *rest = literal.split(STAR)
        pattern += re.escape(first)
        for text in rest:
            pattern += rf"(?P<star{stars}>[^*]*?){re.escape(text)}"
            stars += 1
        if name == DATE and name not in values:
            pattern += f"(?P={DATE})" if dated else f"(?P<{DATE}>{date})"
            dated = True
        elif name is not None:
            pattern += re.escape(values[name])
    return re.compile(pattern, flags=re.DOTALL)


def _start(part: str, values: Mapping[str, str]) -> str:
    """What all names begin with that match a part."""
    start = ""
    for literal, name, _, _ in Formatter().parse(part):
        start += literal.partition(STAR)[0]
        if STAR in literal or name is None or name not in values:
            break
        start += values[name]
    return start


def _day(text: str) -> date | None:
    return parse_date(text) if says_day(text) else None
