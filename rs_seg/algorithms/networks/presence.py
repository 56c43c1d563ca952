"""Which bands of an image say where others are, and what normalises each, for any number of dates.

Bands of days and of the presence of optional sources are no measurements: they pass through a
normalisation as they are, and the bands that they tell of are 0 where there is nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from rs_seg.errors import UserError
from rs_seg.values.band_groups import (
    BandGroup,
    day_band,
    group_positions,
    marks_of,
    names_of,
    slot_band,
)
from rs_seg.values.series import takes_any_dates

PRESENT = 1e-3
"""A pixel has a source or date where the band that tells of it is above this: days are whole
numbers from 1, or parts of a year."""
YEAR = 365.0
INTERVAL = 30.0
"""Days between two dates, where pixels are made up."""

Moments = tuple[list[float], list[float]]
"""Means and standard deviations of bands."""


def groups_of(network: Mapping[str, Any]) -> tuple[BandGroup, ...]:
    """The groups of bands in settings of a network, those of a model file too; most have none.

    Raises:
        UserError: they are not what the configuration holds.
    """
    try:
        return tuple(map(BandGroup.model_validate, network.get("groups") or ()))
    except (ValidationError, TypeError) as error:
        raise wrong_description("no usable groups of bands") from error


def wrong_description(found: str) -> UserError:
    """The fault of a model file whose settings of the network cannot be used."""
    return UserError(
        "the description of the network is wrong",
        where="model file, network",
        found=found,
        expected="what the train stage writes",
        remedy="copy the model file again, or train the model",
    )


def day_unit(network: Mapping[str, Any]) -> float:
    """Days that networks with these settings see as 1: a year where days are bands as any others.

    Networks that take dates apart, or have an encoder for each source, see whole days.
    """
    apart = takes_any_dates(network) or network.get("fuse") is not None
    return 1.0 if apart else YEAR


def fit_groups(groups: Sequence[BandGroup], band_count: int) -> tuple[BandGroup, ...]:
    """The groups of an image that has so many bands: the one source with dates may have others.

    The groups themselves where they have so many, or where not exactly one source has dates.
    """
    names = sum(len(group.names) for group in groups)
    dated = [group for group in groups if group.slots]
    if names == band_count or len(dated) != 1:
        return tuple(groups)
    (group,) = dated
    others = names - len(group.names)
    slots = (band_count - others) // (len(group.bands) + 1)
    fitted = group.model_copy(update={"slots": slots})
    return tuple(fitted if own is group else own for own in groups)


def telling_bands(groups: Sequence[BandGroup]) -> dict[str, str]:
    """By band, the name of the band that says where it is; bands that are everywhere are left out.

    Bands that tell of others tell of themselves too.
    """
    marks = marks_of(groups)
    return marks | {mark: mark for mark in marks.values()}


def telling_positions(groups: Sequence[BandGroup], names: Sequence[str]) -> list[int | None]:
    """By position of a band, that of the band which says where it is; None: it is everywhere."""
    telling = telling_bands(groups)
    place = {name: position for position, name in enumerate(names)}
    return [place[telling[name]] if name in telling else None for name in names]


def fixed_positions(groups: Sequence[BandGroup], names: Sequence[str]) -> list[int]:
    """Positions of the bands that measure nothing: days, and presence of sources."""
    fixed = set(telling_bands(groups).values())
    return [position for position, name in enumerate(names) if name in fixed]


def shared_moments(
    mean: Sequence[float],
    std: Sequence[float],
    groups: Sequence[BandGroup],
    *,
    day_unit: float = 1.0,
) -> Moments:
    """Moments of bands, the same for a band on all dates, and 0 and 1 of what measures nothing.

    Days are divided by `day_unit`.

    Images have the groups one after the other. Dates count alike, but for those that no pixel has,
    whose band has no spread.
    """
    means, spreads = list(mean), list(std)
    names = names_of(groups)
    place = {name: position for position, name in enumerate(names)}
    for group in groups:
        for band in group.bands if group.slots else ():
            places = [place[slot_band(band, slot)] for slot in range(1, group.slots + 1)]
            pooled_mean, pooled_std = _pool([(mean[own], std[own]) for own in places])
            for own in places:
                means[own], spreads[own] = pooled_mean, pooled_std
    days = {day_band(group.source, slot + 1) for group in groups for slot in range(group.slots)}
    for position in fixed_positions(groups, names):
        means[position], spreads[position] = 0.0, day_unit if names[position] in days else 1.0
    return means, spreads


def positions_of_moments(groups: Sequence[BandGroup], band_count: int) -> list[int]:
    """For each band of an image with so many, the position of its moments among those of `groups`.

    A date that the groups have no room for has the moments of the first one.
    """
    names = names_of(groups)
    known = set(names)
    fitted = fit_groups(groups, band_count)
    stand_ins = [own if own in known else f"{own.rpartition('@')[0]}@1" for own in names_of(fitted)]
    return [names.index(own) for own in stand_ins]


def plausible_days(groups: Sequence[BandGroup]) -> dict[int, float]:
    """By position of a band that tells of others, a value that it could have."""
    values: dict[int, float] = {}
    names = names_of(groups)
    for group, places in zip(groups, group_positions(groups, names), strict=True):
        step = len(group.bands) + 1
        for slot in range(group.slots):
            values[places[step * slot + step - 1]] = 1.0 + INTERVAL * slot
        if group.optional and not group.slots:
            values[places[-1]] = 1.0
    return values


def _pool(moments: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard deviation of equal parts with these."""
    seen = [(mean, std) for mean, std in moments if std > 0] or list(moments)
    mean = math.fsum(own for own, _ in seen) / len(seen)
    square = math.fsum(std**2 + own**2 for own, std in seen) / len(seen)
    return mean, math.sqrt(max(square - mean**2, 0.0))
