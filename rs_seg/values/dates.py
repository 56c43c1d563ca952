"""Dates in the names of files, and the number of a day in a series of images."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise

FORMATS = {
    r"\d{8}": "%Y%m%d",
    r"\d{4}-\d{2}-\d{2}": "%Y-%m-%d",
    r"\d{4}_\d{2}_\d{2}": "%Y_%m_%d",
    r"\d{4}-\d{2}": "%Y-%m",
    r"\d{4}_\d{2}": "%Y_%m",
    r"\d{7}": "%Y%j",
}
"""How a date may be written, and the format of Python; of a month its first day is meant."""
EXPECTED = (
    "a date as yyyymmdd, yyyy-mm-dd, yyyy_mm_dd, yyyy-mm, yyyy_mm or yyyyddd (day of the year)"
)


STAR = "*"
"""What stands for any text in a path with dates."""


def parse_date(written_date: str) -> date:
    """The day that a text of a file name says; what follows after a star does not count.

    Raises:
        ValueError: it is no date.
    """
    text = written_date.partition(STAR)[0]
    for pattern, written in FORMATS.items():
        if re.fullmatch(pattern, text, flags=re.ASCII):
            try:
                day = datetime.strptime(text, written).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                break
            if day.strftime(written) == text:  # day 366 of a short year is read as the next day
                return day
    raise ValueError(f"{text!r} is no date; expected {EXPECTED}")


ANY_DATE = (*FORMATS, ".+")
"""Patterns of what may stand for a date in a name, any text last."""


def match_dated(patterns: Sequence[re.Pattern[str]], name: str) -> re.Match[str] | None:
    """The match of a name by the first pattern whose group `date` says a day, else by the last.

    `patterns` are alike but for this group, which is one of ANY_DATE in each.
    """
    for pattern in patterns:
        match = pattern.fullmatch(name) if "date" in pattern.groupindex else None
        if match is not None and says_day(match["date"]):
            return match
    return patterns[-1].fullmatch(name)


def says_day(text: str) -> bool:
    """Whether a text is a date."""
    try:
        parse_date(text)
    except ValueError:
        return False
    return True


def check_order(texts: Sequence[str], of: str) -> None:
    """Dates are in order of time, and no day is there twice; `of` says whose they are.

    Raises:
        ValueError: they are not, or a text is no date.
    """
    days = [parse_date(text) for text in texts]
    for (text, day), (later, later_day) in pairwise(zip(texts, days, strict=True)):
        if day >= later_day:
            raise ValueError(
                f"dates of {of}: {later} follows {text}; give each day once, in order of time"
            )


def fill_date(template: str, written_date: str) -> str:
    """A path template with the date, and with the texts after it in place of its stars."""
    text, *stars = written_date.split(STAR)
    for star in stars:
        template = template.replace(STAR, star.replace("{", "{{").replace("}", "}}"), 1)
    return template.replace("{date}", text.replace("{", "{{").replace("}", "}}"))


def day_number(day: date, first_year: int) -> int:
    """The number of a day from 1 January (1) of the first year; later years go on."""
    return day.toordinal() - date(first_year, 1, 1).toordinal() + 1


def number_days(texts: Iterable[str], all_texts: Iterable[str]) -> list[int]:
    """Numbers of days, counted from the year of the first of all dates."""
    first = min((parse_date(text) for text in all_texts), default=None)
    return [] if first is None else [day_number(parse_date(text), first.year) for text in texts]
