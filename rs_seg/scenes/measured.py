"""Values that were measured in an image: dates together, and nothing that stands for missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rs_seg.values.band_groups import BandGroup, presence_band, slot_band
from rs_seg.values.dated_names import find_dated

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measured_values(
    names: Sequence[str], pixels: NDArray[Any], groups: Sequence[BandGroup]
) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Name, name on the first date, and values (N) of each measured band among `pixels` (B, N).

    The dates of a band are taken together, without those on which a pixel has no data; so are the
    pixels of optional sources. Days and what says where a source is are left out.
    """
    place = {name: position for position, name in enumerate(names)}
    dated = find_dated(names)
    of_dates = {name for band in dated.values() for name in (*band.bands, *band.days)}
    optional = {
        band: presence_band(group.source)
        for group in groups
        if group.optional
        for band in group.bands
    }
    for name, band in dated.items():
        values = pixels[[place[slot] for slot in band.bands]]
        clear = pixels[[place[day] for day in band.days]] > 0
        yield name, slot_band(name, 1), values[clear]
    for name in names:
        if name in of_dates or name in optional.values():
            continue
        presence = place.get(optional.get(name, ""))
        values = pixels[place[name]]
        yield name, name, values if presence is None else values[pixels[presence] > 0]
