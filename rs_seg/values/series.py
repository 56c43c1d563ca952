"""Networks that take the dates of a source apart: which there are, and which dates they see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from rs_seg.errors import UserError

SeriesArchitecture = Literal["utae", "tempcnn", "fc_siam_conc", "fc_siam_diff"]
"""Networks that do nothing else."""
SERIES: tuple[str, ...] = get_args(SeriesArchitecture)
PAIRS = ("fc_siam_conc", "fc_siam_diff")
"""Those that compare two dates."""

CALENDAR_YEAR = (1, 365)
"""First and last of the days that dates are brought to, where nothing is said."""
LEAP_DAY = 1
"""Days that a leap year has more."""


def takes_any_dates(network: Mapping[str, Any]) -> bool:
    """Whether settings of a network, those of a model file too, take dates apart."""
    return network.get("dates") is not None or network.get("architecture") in SERIES


def check_pair(number: int, *, where: object = None) -> None:
    """Refuse another number of dates than the two that a siamese network compares.

    Raises:
        UserError: there are more or fewer.
    """
    if number != 2:
        raise UserError(
            "a siamese network compares two dates",
            where=where,
            found=f"{number}",
            expected="scenes with two dates each",
            remedy="give each scene two dates, or choose a network for any number, such as utae",
        )


def days_seen(network: Mapping[str, Any]) -> tuple[int, int] | None:
    """First and last day that a network brings dates to; None: it takes days as they are."""
    if network.get("architecture") != "tempcnn":
        return None
    stated = (network.get("dates") or {}).get("days")
    if stated is None:
        return CALENDAR_YEAR[0], CALENDAR_YEAR[1] + LEAP_DAY
    return stated[0], stated[1]


def tell_unseen(
    network: Mapping[str, Any], days: Sequence[int], *, where: object = None
) -> str | None:
    """A sentence on the days of a scene that a network does not see, by its settings.

    None where it sees all of them.

    Raises:
        UserError: it sees none of them.
    """
    seen = days_seen(network)
    unseen = [] if seen is None else [day for day in days if not seen[0] <= day <= seen[1]]
    if seen is None or not unseen:
        return None
    if len(unseen) == len(days):
        raise UserError(
            "the network sees none of the dates",
            where=where,
            found=f"dates on {_list_days(days)}, counted from 1 January of the year of the first",
            expected=f"days {seen[0]} to {seen[1]}, which the model was trained on",
            remedy="map scenes of the same season, or train a model with other dates.days",
        )
    return (
        f"the network brings dates to days {seen[0]} to {seen[1]} and hardly sees those on "
        f"{_list_days(unseen)}"
    )


def _list_days(days: Sequence[int]) -> str:
    return f"{'day' if len(days) == 1 else 'days'} {', '.join(map(str, days))}"
