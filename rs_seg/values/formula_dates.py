"""What formulas may do with the dates of a source: one value is made of all, of one source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rs_seg.values.band_groups import slot_band
from rs_seg.values.formula import (
    BandName,
    Formula,
    FormulaError,
    dates_of,
)


def check_undated(text: str, formula: Formula) -> None:
    """See that a formula has one value for a pixel, not one for each date.

    Raises:
        FormulaError: it has several.
    """
    dated = min(dates_of(formula), key=lambda band: band.name, default=None)
    if dated is not None:
        of_one_date = BandName(slot_band(dated.name, 1))
        raise FormulaError(
            f"{text!r} has a value for each date of {dated.source}; make one of them, such as "
            f"median({text}), or name a date, such as {of_one_date}"
        )


def find_dates_fault(function: str, argument: Formula) -> str | None:
    """Why a function of all dates cannot take an argument; None where it can."""
    sources = sorted({band.source for band in dates_of(argument)})
    if not sources:
        return (
            f"{function} looks at all dates of a band, but {argument} has one value; give it a "
            "formula of bands of a source with {date} in its path"
        )
    if len(sources) > 1:
        return (
            f"{function} looks at dates of one source, but {argument} is of "
            f"{' and '.join(sources)}, which have dates of their own"
        )
    return None


def find_bounds_fault(function: str, argument: Formula, size: int) -> str | None:
    """Why grey levels of several dates cannot be left to training; None of one date."""
    if not dates_of(argument):
        return None
    return (
        f"{function} of several dates needs the bounds of its grey levels, such as "
        f"{function}({argument}, {size}, 0, 1)"
    )


def measured_names(names: Mapping[str, Formula]) -> list[str]:
    """Names of the bands among `names` that are no days of dates."""
    bands = [formula for formula in names.values() if isinstance(formula, BandName)]
    days = {band.day for band in bands}
    return [band.name for band in bands if band.name not in days]


def days_of(bands: Iterable[str], names: Mapping[str, Formula]) -> tuple[str, ...]:
    """The days of those of `bands` that are of one date, each once; `names` are of all bands."""
    known = (names[band] for band in bands)
    days = (formula.day for formula in known if isinstance(formula, BandName) and formula.day)
    return tuple(dict.fromkeys(days))
