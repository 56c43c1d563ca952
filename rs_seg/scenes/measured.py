"""Values that were measured in an image: dates together, and nothing that stands for missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rs_seg.algorithms.classical.dates import percentile
from rs_seg.values.band_groups import BandGroup, slot_band
from rs_seg.values.dated_names import find_dated

if TYPE_CHECKING:
    from numpy.typing import NDArray


def typical_values(group: BandGroup, pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Measured bands (M, H, W) of those of a group (B, H, W): of dates the median of clear ones.

    0 where the source has no data.
    """
    measured = len(group.bands)
    if not group.slots:
        return pixels[:measured].astype(np.float32)
    slots = pixels.reshape(group.slots, measured + 1, *pixels.shape[1:])
    clear = slots[:, -1] > 0
    typical = np.zeros((measured, *pixels.shape[1:]), dtype=np.float32)
    for band in range(measured):  # one after the other, for the sake of memory
        dated = np.where(clear, slots[:, band], np.nan).astype(np.float64)
        np.copyto(typical[band], percentile(dated, 50), where=clear.any(axis=0), casting="unsafe")
    return typical


def measured_values(
    names: Sequence[str], pixels: NDArray[Any], marks: Mapping[str, str]
) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Name, name on the first date, and values (N) of each measured band among `pixels` (B, N).

    The dates of a band are taken together where all are there with their days. Pixels that a date
    or an optional source (`marks_of`) has no data for are left out, and so are days themselves and
    what says where a source is.
    """
    place = {name: position for position, name in enumerate(names)}
    dated = find_dated(names)
    of_dates = {name for band in dated.values() for name in (*band.bands, *band.days)}
    for name, band in dated.items():
        values = pixels[[place[slot] for slot in band.bands]]
        clear = pixels[[place[day] for day in band.days]] > 0
        yield name, slot_band(name, 1), values[clear]
    for name in names:
        if name not in of_dates and name not in marks.values():
            values, mark = pixels[place[name]], place.get(marks.get(name, ""))
            yield name, name, values if mark is None else values[pixels[mark] > 0]
