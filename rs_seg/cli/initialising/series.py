"""Images of one ground whose names differ by a date, as one image of several dates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from pathlib import PurePath

from rs_seg.cli.initialising.grounds import KIND, SAME, share_of_both
from rs_seg.cli.initialising.rasters import DATE_PLACE, TOKEN, RasterFacts, tokens_of
from rs_seg.io.raw.dated_files import DatedFiles
from rs_seg.values.dates import FORMATS, STAR, parse_date, says_day

OLDEST = 1970
"""Year of the oldest date that a name is taken to say."""
ALONE = re.compile(rf"(?<!\d)(?:{'|'.join(FORMATS)})(?!\d)", flags=re.ASCII)
"""A date that is no part of a longer number."""
WITHIN = re.compile(r"(?=(\d{8}|\d{7}))", flags=re.ASCII)
"""What may be a date within a longer number, as in names of Landsat."""


@dataclass(frozen=True)
class CloudFiles:
    """Masks of clouds of a series: path with {date}, names, and whether a date has none."""

    template: str
    names: frozenset[str]
    optional: bool


@dataclass(frozen=True)
class SeriesFacts(RasterFacts):
    """What the first image of a series says; `name` is the path with {date}."""

    clouds: CloudFiles | None = None


def join_series(
    images: Sequence[RasterFacts], labels: Sequence[str], masks: Sequence[str]
) -> list[RasterFacts]:
    """The images, with those of one ground that differ by a date as one.

    An image alone on its ground is one of a single date where others of its shape have several.
    `labels` and `masks` are names of files of labels, and of clouds or quality. Where labels have
    dates of images, the dates stay scenes with labels of their own.
    """
    if not images:
        return []
    first = images[0]
    files = DatedFiles(first.path.parents[len(PurePath(first.name).parts) - 1])
    known = {*(facts.name for facts in images), *labels}
    masks_of = _list_masks(masks)
    of_labels = {day for name in labels for _, day in read_dates(name)}
    series: list[RasterFacts] = []
    shapes: set[tuple[int, str]] = set()
    taken: set[str] = set()
    for template, members in (*_find_series(images), *_list_alone(images)):
        names = {facts.name for facts in members.values()}
        first = members[min(members)]
        fits = len(members) > 1 or first.shape in shapes
        if not fits or names & taken or members.keys() & of_labels:
            continue
        clouds = _find_clouds(template, members, masks_of)
        others = _find_others(files, template, members)
        if others is not None and others - (clouds.names if clouds else set()) <= known:
            facts = {own.name: getattr(first, own.name) for own in fields(RasterFacts)}
            series.append(SeriesFacts(**{**facts, "name": template}, clouds=clouds))
            shapes.add(first.shape)
            taken |= names
    return [*series, *(facts for facts in images if facts.name not in taken)]


def _list_alone(images: Sequence[RasterFacts]) -> Iterator[tuple[str, dict[date, RasterFacts]]]:
    """Each image with a date in its name, as a series of one."""
    for facts in images:
        yield from ((template, {day: facts}) for template, day in read_dates(facts.name))


def read_dates(name: str) -> Iterator[tuple[str, date]]:
    """Each date that a path may say, and the path with {date} in its place."""
    said = {match[0] for match in ALONE.finditer(name) if _is_day(match[0])}
    for text in sorted(said):
        whole = rf"(?<!\d){re.escape(text)}(?!\d)"
        yield re.sub(whole, DATE_PLACE, name), parse_date(text)
    for match in () if said else WITHIN.finditer(name):
        text = match[1] if _is_day(match[1]) else match[1][:7]
        if _is_day(text):
            rest = name[match.start() + len(text) :]
            yield f"{name[: match.start()]}{DATE_PLACE}{rest}", parse_date(text)


def _is_day(text: str) -> bool:
    return says_day(text) and OLDEST <= parse_date(text).year <= datetime.now(tz=UTC).year


def _find_series(
    images: Sequence[RasterFacts],
) -> Iterator[tuple[str, dict[date, RasterFacts]]]:
    """Templates with the files of their days: exact ones first, then those with stars."""
    exact: dict[tuple[object, ...], list[tuple[str, date, RasterFacts]]] = defaultdict(list)
    loose: dict[tuple[object, ...], list[tuple[str, date, RasterFacts]]] = defaultdict(list)
    for facts in images:
        for template, day in read_dates(facts.name):
            exact[template, facts.shape].append((template, day, facts))
            loose[_mask_numbers(template), facts.shape].append((template, day, facts))
    for found in (*exact.values(), *loose.values()):
        members = {day: facts for _, day, facts in found}
        first = found[0][2]
        if len(members) == len(found) > 1 and all(
            share_of_both(first.ground, facts.ground) >= SAME for facts in members.values()
        ):
            yield _star_numbers([template for template, _, _ in found]), members


def _mask_numbers(template: str) -> str:
    """A template with # for the numbers in its words, but for those that name bands."""
    return TOKEN.sub(
        lambda word: word[0] if KIND.fullmatch(word[0].lower()) else re.sub(r"\d+", "#", word[0]),
        template,
    )


def _star_numbers(templates: Sequence[str]) -> str:
    """The template of several that differ in numbers: stars stand for these."""
    numbers = [re.findall(r"\d+", template) for template in templates]
    differing = iter([len({*there}) > 1 for there in zip(*numbers, strict=True)])
    return re.sub(r"\d+", lambda there: STAR if next(differing) else there[0], templates[0])


def _find_others(
    files: DatedFiles, template: str, members: Mapping[date, RasterFacts]
) -> set[str] | None:
    """Files that fit the template of a series, but for what stands for their date.

    None where it leads to other dates than those of the series.
    """
    found = files.find(template, {})
    dated = {file.path for file in found if file.day is not None}
    if dated != {facts.path for facts in members.values()}:
        return None
    return {file.path.relative_to(files.root).as_posix() for file in found if file.day is None}


def _list_masks(masks: Sequence[str]) -> dict[date, list[tuple[str, str]]]:
    """Path with {date}, and name, of each mask by the day that its name says."""
    by_day: dict[date, list[tuple[str, str]]] = defaultdict(list)
    for name in masks:
        for template, day in read_dates(name):
            by_day[day].append((template, name))
    return by_day


def _find_clouds(
    template: str, days: Collection[date], masks: Mapping[date, Sequence[tuple[str, str]]]
) -> CloudFiles | None:
    """The masks of a series that most of its dates have; None where no date has one."""
    words = set(tokens_of(PurePath(template).name))
    of_template: dict[str, list[str]] = defaultdict(list)
    for day in days:
        for mask_template, name in masks.get(day, ()):
            if words <= set(tokens_of(mask_template)):
                of_template[mask_template].append(name)
    if not of_template:
        return None
    best = max(sorted(of_template), key=lambda own: len(of_template[own]))
    names = frozenset(of_template[best])
    return CloudFiles(best, names, optional=len(names) < len(days))
