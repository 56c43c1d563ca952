"""Checks of what needs sources with dates, or the dates of one taken together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import combinations
from typing import TYPE_CHECKING

from rs_seg.config.classical import Pixelwise
from rs_seg.config.models import ConvolutionalNetwork
from rs_seg.values.band_groups import slot_band
from rs_seg.values.dates import parse_date
from rs_seg.values.series import CALENDAR_YEAR, LEAP_DAY, PAIRS, takes_any_dates

if TYPE_CHECKING:
    from rs_seg.config.data import Source
    from rs_seg.config.models import ModelConfig
    from rs_seg.config.run_facts import RunFacts
    from rs_seg.values import Scene
    from rs_seg.values.band_groups import BandGroup

ALIKE = 31
"""Days between the dates of two scenes that count as the same time of the year: what grows looks
much the same, and few scenes can have nearer ones under clouds."""
YEAR = 365
FEWEST_BANDS = (("saturation", 2), ("hue", 3))
"""Bands that changes of bands against one another need."""


def check_series(run: RunFacts) -> None:
    """Networks that take dates apart need one source with dates, and dates that suit them.

    Raises:
        ValueError: the run has others, or leaves out dates where no source has any.
    """
    dated = {name: source for name, source in run.sources.items() if source.has_dates}
    if run.train.drop_dates and not dated:
        raise ValueError(
            f"train.drop_dates is {run.train.drop_dates:g}, but no source has dates: write "
            "{date} in the path of one, or leave drop_dates out"
        )
    for name, network in run.models.items():
        if not isinstance(network, ConvolutionalNetwork) or not takes_any_dates(vars(network)):
            continue
        what = f"models.{name} ({network.architecture})"
        if len(dated) != 1:
            named = f" ({', '.join(dated)})" if dated else ""
            raise ValueError(
                f"{what} takes the dates of one source, but {len(dated)} of the sources have dates"
                f"{named}: write {{date}} in the path of one source, or choose another architecture"
            )
        ((source, settings),) = dated.items()
        if network.architecture in PAIRS:
            _check_pairs(run, what, source, settings)
        if network.architecture == "tempcnn" and (
            network.dates is None or network.dates.days is None
        ):
            _check_year(run, name, source)


def find_unlike_dates(run: RunFacts) -> list[str]:
    """Sentences on dates of scenes that methods take for the same and that are months apart.

    Networks that stack dates as bands, and formulas that name one (`'nir@2'`), know a date by its
    number in the scene. No fault, since networks see the day of each date too.
    """
    find = cache(partial(_find_unlike, run.scenes))
    models: dict[str, list[str]] = {}
    for name, model in run.models.items():
        for group in run.band_groups:
            slots = _numbered_slots(model, group)
            found = [unlike for slot in slots if (unlike := find(group.source, slot)) is not None]
            if found:
                models.setdefault(max(found)[1], []).append(name)
    return [
        f"{sentence}, but models.{', models.'.join(names)} "
        f"{'take' if len(names) > 1 else 'takes'} them for the same date: give all scenes dates of "
        "the same months, or use networks that see dates one by one (utae, tempcnn, dates: "
        "{pooling: mean}) and formulas over dates such as median"
        for sentence, names in models.items()
    ]


def _numbered_slots(model: ModelConfig, group: BandGroup) -> list[int]:
    """Slots of a source, from 1, that a method knows by their number."""
    slots = range(1, group.slots + 1)
    if isinstance(model, ConvolutionalNetwork):
        return [] if takes_any_dates(vars(model)) else [*slots]
    if not isinstance(model, Pixelwise):
        return []
    formulas = " ".join(model.formulas)
    return [
        slot
        for slot in slots
        if any(f"'{slot_band(band, slot)}'" in formulas for band in group.bands)
    ]


def _find_unlike(scenes: Sequence[Scene], source: str, slot: int) -> tuple[int, str] | None:
    """Days between the two dates of a number that lie furthest apart in the year, and a sentence.

    None where all are alike.
    """
    dates = {
        parse_date(scene.dates[source][slot - 1]): scene.name
        for scene in reversed(scenes)
        if len(scene.dates.get(source, ())) >= slot
    }
    of_days = {date.timetuple().tm_yday: date for date in sorted(dates, reverse=True)}
    apart = {
        pair: min(abs(pair[0] - pair[1]), YEAR - abs(pair[0] - pair[1]))
        for pair in combinations(of_days, 2)
    }
    widest = max(apart, key=lambda pair: apart[pair], default=None)
    if widest is None or apart[widest] <= ALIKE:
        return None
    first, second = sorted(of_days[day] for day in widest)
    return apart[widest], (
        f"date {slot} of sources.{source} is {first} in scene {dates[first]} and {second} in scene "
        f"{dates[second]}, {apart[widest]} days apart in the year"
    )


def _check_pairs(run: RunFacts, what: str, name: str, source: Source) -> None:
    """Each scene has the two dates that a siamese network compares."""
    remedy = "give each scene two dates, or choose a network for any number, such as utae"
    if source.slots not in (None, 2):
        raise ValueError(
            f"{what} compares two dates, but sources.{name} has room for {source.slots}: {remedy}"
        )
    for scene in run.scenes:
        number = len(scene.dates.get(name, ()))
        if number != 2:
            raise ValueError(
                f"{what} compares two dates, but scene {scene.name!r} has {number} of "
                f"sources.{name}: {remedy}"
            )


def _check_year(run: RunFacts, name: str, source: str) -> None:
    """Dates lie in the one year that a network brings them to where nothing else is said."""
    first, last = CALENDAR_YEAR
    days = {day: scene.name for scene in run.scenes for day in scene.days_of(source)}
    if days and max(days) > last + LEAP_DAY:
        wanted = [min(days), max(min(days) + 1, *days)]
        raise ValueError(
            f"models.{name} (tempcnn) sees days {first} to {last}, but scene {days[max(days)]!r} "
            f"has a date of sources.{source} on day {max(days)}, counted from the year of its "
            f"first date: set models.{name}.dates to {{days: {wanted}}}, or to the days that matter"
        )


def check_augmented_bands(run: RunFacts) -> None:
    """Bands that get another light are bands of the run, enough for changes among them.

    Each date has light of its own, unless all are to have the same.

    Raises:
        ValueError: a band is unknown, or a change has no effect anywhere.
    """
    augment = run.train.augment
    named = augment.optical_bands
    unknown = [band for band in named or () if band not in run.bands]
    if unknown:
        raise ValueError(
            f"train.augment.optical_bands names {unknown[0]!r}, but the bands are "
            f"{', '.join(run.bands)}"
        )
    together = [
        [band for band in bands if named is None or band in named] for bands in _lit_together(run)
    ]
    most = max(together, key=len)
    for name, fewest in FEWEST_BANDS:
        if getattr(augment, name) is not None and len(most) < fewest:
            raise ValueError(
                f"train.augment.{name} changes bands against one another, but the bands are "
                f"{', '.join(most)}: it needs {fewest}; leave {name} out"
            )


def _lit_together(run: RunFacts) -> list[list[str]]:
    """The measured bands of each date, and those of all sources without dates; or all in one."""
    groups = run.band_groups
    if run.train.augment.dates == "same":
        return [[band for group in groups for band in group.measured]]
    dates = [
        list(group.measured[start : start + len(group.bands)])
        for group in groups
        if group.slots
        for start in range(0, len(group.measured), len(group.bands))
    ]
    return [*dates, [band for group in groups if not group.slots for band in group.measured]]
