"""Which bands a picture shows."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.values.band_groups import slot_band
from rs_seg.values.dated_names import find_dated


def composite_bands(bands: Sequence[str], slot: int = 1) -> list[int]:
    """Positions of the bands shown as red, green and blue.

    Those so named, else nir, red, green, else the first three.

    Of bands with dates, those of the slot count. Days are not shown. One position, shown as grey,
    where there are fewer than three bands.
    """
    names = [band.removesuffix(slot_band("", slot)).lower() for band in bands]
    for wanted in (("red", "green", "blue"), ("nir", "red", "green")):
        if all(name in names for name in wanted):
            return [names.index(name) for name in wanted]
    dated = find_dated(bands)
    days = {day for band in dated.values() for day in band.days}
    others = {name for band in dated.values() for name in band.bands} - {
        name for band in dated.values() for name in band.bands[slot - 1 : slot]
    }
    shown = [place for place, name in enumerate(bands) if name not in days | others]
    return shown[:3] if len(shown) >= 3 else shown[:1] or [0]


def shown_days(bands: Sequence[str]) -> list[int]:
    """Positions of the bands with the days of the source that a composite shows, by slots.

    None where it has no dates.
    """
    shown = bands[composite_bands(bands)[0]]
    dated = find_dated(bands).get(shown.removesuffix(slot_band("", 1)))
    return [] if dated is None else [list(bands).index(day) for day in dated.days]
