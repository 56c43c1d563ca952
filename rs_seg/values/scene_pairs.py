"""Pairs of scenes that show one place at two dates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rs_seg.values.scene import Scene

DATE = re.compile(r"(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ].*)?)?)?")


class ScenePair(NamedTuple):
    """Two dates of a place."""

    place: str
    before: str
    """Name of the scene of the earlier date."""
    after: str
    """Name of the scene of the later date."""
    dates: str
    """Both dates as one name of a folder, or the names of the scenes where dates are not told."""


def read_date(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a date as ISO 8601 writes it; 0 for what it leaves out.

    None where the text is no such date.
    """
    parts = DATE.fullmatch(text)
    if parts is None:
        return None
    year, month, day = (int(part or 0) for part in parts.groups())
    return (year, month, day) if month <= 12 and day <= 31 else None


def consecutive_pairs(scenes: Sequence[Scene], *, by: str, date: str) -> list[ScenePair]:
    """Each date of each place with the next one, in the order of places in the table.

    `by` and `date` are columns of the scene table; scenes without a value of `by` are of no pair.
    """
    of_place: dict[str, list[Scene]] = {}
    for scene in scenes:
        if scene.fields.get(by):
            of_place.setdefault(scene.fields[by], []).append(scene)
    return [
        pair_of(before, after, place=place, date=date)
        for place, dated in of_place.items()
        for before, after in pairwise(_by_date(dated, date=date))
    ]


def _by_date(scenes: Sequence[Scene], *, date: str) -> list[Scene]:
    """Scenes by their dates; those whose dates are not told come first, as they stand."""
    return sorted(scenes, key=lambda scene: read_date(scene.fields.get(date, "")) or (0, 0, 0))


def pair_of(before: Scene, after: Scene, *, place: str, date: str) -> ScenePair:
    """The pair of two scenes of a place."""
    named = [scene.fields.get(date) or scene.name for scene in (before, after)]
    return ScenePair(place, before.name, after.name, "_".join(named))


def number_dates(
    scenes: Mapping[str, Scene], places: Mapping[str, str], *, date: str
) -> dict[str, int]:
    """The number of each scene among the dates of its place, from 0; others are left out.

    `places` are names of places by scene; scenes whose dates are not told stay in this order.
    """
    of_place: dict[str, list[Scene]] = {}
    for name, place in places.items():
        of_place.setdefault(place, []).append(scenes[name])
    return {
        scene.name: number
        for dated in of_place.values()
        for number, scene in enumerate(_by_date(dated, date=date))
    }


def title_dates(scenes: Sequence[Scene], *, date: str) -> str:
    """What scenes are called together: their date, the first and the last of several, or names."""
    texts = sorted({scene.fields.get(date) or scene.name for scene in scenes})
    return texts[0] if len(texts) == 1 else f"{texts[0]} … {texts[-1]}"
