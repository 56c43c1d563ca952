"""Which names formulas may use for the bands of an image: all bands, and dated ones without date.

An image with dates has the bands of each slot in a row, closed by the day of that slot: red@1,
nir@1, day_s2@1, red@2 and so on. `red` then stands for red@1, red@2, ... in order of time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rs_seg.values.band_groups import slot_band
from rs_seg.values.formula import (
    BandName,
    Dated,
    Formula,
    FormulaError,
    bands_of,
    dated_bands,
)
from rs_seg.values.formula_parser import parse_formula

SLOTTED = re.compile(r"(?P<band>.+)@(?P<slot>[1-9]\d*)", flags=re.DOTALL)
DAY = "day_"


def name_bands(bands: Sequence[str]) -> dict[str, Formula]:
    """What each name stands for: a band, or all dates of a band.

    A band whose own name is that of a dated one goes before it.
    """
    days = {
        slot_band(band, slot): slot_band(f"{DAY}{source}", slot)
        for band, slot, source in _find_slots(bands)
    }
    plain: dict[str, Formula] = {band: BandName(band, days.get(band)) for band in bands}
    return {**find_dated(bands), **plain}


def bands_for_image(
    features: Sequence[str], bands: Sequence[str], image_bands: Sequence[str]
) -> tuple[str, ...]:
    """Bands of an image that a model of these bands looks at.

    They are its own, but for formulas of all dates, which take those that the image has: it may
    have more of them or fewer than the images of the training.
    """
    names = name_bands(bands)
    formulas = [parse_formula(text, names) for text in features]
    if not any(map(dated_bands, formulas)):
        return tuple(bands)
    names = name_bands(image_bands)
    try:
        formulas = [parse_formula(text, names) for text in features]
    except FormulaError:
        return tuple(bands)  # the image lacks some
    used = frozenset().union(*map(bands_of, formulas))
    return tuple(band for band in image_bands if band in used)


def find_dated(bands: Sequence[str]) -> dict[str, Dated]:
    """The dated bands of an image by their names without a slot.

    `bands` are in the order of the image; some may be left out.
    """
    sources: dict[str, str] = {}
    slots: dict[str, list[int]] = {}
    for band, slot, source in _find_slots(bands):
        sources.setdefault(band, source)
        slots.setdefault(band, []).append(slot)
    return {
        band: Dated(band, sources[band], len(numbers))
        for band, numbers in slots.items()
        if numbers == list(range(1, len(numbers) + 1))
    }


def _find_slots(bands: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """Band without date, slot and source of each dated band whose day is there."""
    waiting: list[tuple[str, int]] = []
    for name in bands:
        match = SLOTTED.fullmatch(name)
        if match is None:
            continue
        band, slot = match["band"], int(match["slot"])
        same_date = [pair for pair in waiting if pair[1] == slot]
        if not (band.startswith(DAY) and same_date):
            # Bands of another slot that still wait have no day: they are not dated.
            waiting = [*same_date, (band, slot)]
            continue
        for dated, _ in same_date:
            yield dated, slot, band.removeprefix(DAY)
        waiting = []
