"""Which bands of an image come from one source: its dates, and the band that says what is there.

A source with several dates has slots, numbered from 1 in order of time: `red@1`, `nir@1`, ... and
`day_SOURCE@1`, the number of the day, 0 where that date has no data. A source without dates
that scenes may lack has one more band `has_SOURCE`, 1 where it has data and 0 elsewhere. All these
bands hold 0 where there is no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class BandGroup(BaseModel):
    """The bands of one source in an image."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[str, Field(min_length=1)]
    """Name of the source."""
    bands: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of its bands, those of one date where there are several."""
    slots: Annotated[int, Field(ge=0)] = 0
    """Dates that an image has room for; 0: the source has no dates."""
    optional: bool = False
    """Whether scenes may lack the source. A band says where it is; with dates, their days do."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all its bands in an image, in their order."""
        if self.slots:
            return tuple(
                name
                for slot in range(1, self.slots + 1)
                for name in (
                    *(slot_band(band, slot) for band in self.bands),
                    day_band(self.source, slot),
                )
            )
        return (*self.bands, presence_band(self.source)) if self.optional else self.bands

    @property
    def measured(self) -> tuple[str, ...]:
        """Those of `names` that were measured: no days, nor what says where the source is."""
        if self.slots:
            return tuple(
                slot_band(band, slot) for slot in range(1, self.slots + 1) for band in self.bands
            )
        return self.bands

    def with_slots_of(self, bands: Sequence[str]) -> BandGroup:
        """The group with as many dates as an image with these bands has room for, at least one."""
        if not self.slots:
            return self
        slots = 1
        while day_band(self.source, slots + 1) in bands:
            slots += 1
        return self.model_copy(update={"slots": slots})


def slot_band(band: str, slot: int) -> str:
    """Name of a band on the date of a slot, counted from 1."""
    return f"{band}@{slot}"


def day_band(source: str, slot: int) -> str:
    """Name of the band with the day of a slot, 0 where that date has no data."""
    return slot_band(f"day_{source}", slot)


def presence_band(source: str) -> str:
    """Name of the band that is 1 where a source has data, and 0 elsewhere."""
    return f"has_{source}"


def positions_of(groups: Sequence[BandGroup]) -> dict[str, range]:
    """Positions of the bands of each source in an image that has the groups one after the other."""
    places: dict[str, range] = {}
    start = 0
    for group in groups:
        places[group.source] = range(start, start + len(group.names))
        start += len(group.names)
    return places


def names_of(groups: Sequence[BandGroup]) -> list[str]:
    """Names of all bands of an image that has the groups one after the other."""
    return [name for group in groups for name in group.names]


def marks_of(groups: Sequence[BandGroup]) -> dict[str, str]:
    """The band that is 0 where a measured band has no data, by the name of the measured one.

    Bands of sources without dates that every scene has are left out.
    """
    optional = {
        band: presence_band(group.source)
        for group in groups
        if group.optional and not group.slots
        for band in group.bands
    }
    dated = {
        slot_band(band, slot): day_band(group.source, slot)
        for group in groups
        for slot in range(1, group.slots + 1)
        for band in group.bands
    }
    return optional | dated


def group_positions(groups: Sequence[BandGroup], names: Sequence[str]) -> list[list[int]]:
    """Where each group's bands stand among the names of an image, whatever their order.

    Raises:
        ValueError: a band of a group is not there.
    """
    place = {name: position for position, name in enumerate(names)}
    missing = [name for name in names_of(groups) if name not in place]
    if missing:
        raise ValueError(f"the image has no band {missing[0]!r}")
    return [[place[name] for name in group.names] for group in groups]
