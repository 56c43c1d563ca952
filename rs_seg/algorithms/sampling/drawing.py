"""Pixels drawn uniformly over the ground of counted strata, without replacement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.sampling.counting import Codes, Entry, Floats

MUCH = 0.5
"""Share of the pixels of a group from which on all of them are listed to draw from: single draws
would meet pixels that are already drawn."""


class Ground(NamedTuple):
    """A piece of a map: codes of its strata (H, W), and square metres of a pixel of each row."""

    strata: Codes
    areas: Floats


class Pixel(NamedTuple):
    """A pixel of a piece, in rows and columns of the piece."""

    piece: int
    row: int
    column: int


Read = Callable[[int], Ground]
"""Reads a piece by its number, again and always alike."""


@dataclass
class _Group:
    """Entries that are drawn from together, and what was drawn from them, in order."""

    entries: Sequence[Entry]
    count: int
    rng: np.random.Generator
    drawn: dict[Pixel, None] = field(default_factory=dict)
    ends: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.ends = np.cumsum([entry.area for entry in self.entries])
        self.count = min(self.count, self.pixels)

    @property
    def pixels(self) -> int:
        return sum(entry.pixels for entry in self.entries)

    @property
    def missing(self) -> int:
        return self.count - len(self.drawn)

    @property
    def is_listed(self) -> bool:
        return self.count > MUCH * self.pixels

    def ask(self) -> list[tuple[Entry, float]]:
        """Entries, and square metres into them, of as many places as are missing."""
        places = self.rng.random(self.missing) * self.ends[-1]
        owners = np.searchsorted(self.ends, places, side="right").clip(max=len(self.ends) - 1)
        starts = np.concatenate([[0.0], self.ends])[owners]
        offsets = (places - starts).tolist()
        return [
            (self.entries[owner], at) for owner, at in zip(owners.tolist(), offsets, strict=True)
        ]


def draw_pixels(
    groups: Mapping[int, Sequence[Entry]],
    counts: Mapping[int, int],
    *,
    seed: Sequence[int],
    read: Read,
) -> dict[int, list[Pixel]]:
    """So many pixels of each group of entries, in the order in which they were drawn.

    A pixel is drawn with a probability that goes by its area, among those that are not drawn yet;
    all pixels where more are asked for. Each piece is read once for each round of draws; nearly
    always one or two are enough. A group's draws depend on its key and the seed, not on the others.
    """
    states = {
        key: _Group(entries, counts[key], np.random.default_rng([*seed, key]))
        for key, entries in groups.items()
        if counts.get(key, 0) and entries
    }
    for state in states.values():
        if state.is_listed:
            _draw_from_list(state, read)
    while any(state.missing for state in states.values()):
        asked = {key: state.ask() for key, state in states.items() if state.missing}
        located = _locate([place for places in asked.values() for place in places], read)
        answers = iter(located)
        for key, places in asked.items():
            for _ in places:
                # A pixel that was drawn before keeps its place; the draw is still missing, and is
                # asked for in the next round.
                states[key].drawn.setdefault(next(answers))
    return {key: list(state.drawn) for key, state in states.items()}


def _locate(places: Sequence[tuple[Entry, float]], read: Read) -> list[Pixel]:
    """The pixels in which places lie; each piece is read once."""
    pixels: list[Pixel] = [Pixel(-1, -1, -1)] * len(places)
    order = sorted(range(len(places)), key=lambda number: places[number][0].piece)
    piece, ground = -1, None
    for number in order:
        entry, offset = places[number]
        if entry.piece != piece or ground is None:
            piece, ground = entry.piece, read(entry.piece)
        row, column = locate_in(ground, entry.stratum, offset)
        pixels[number] = Pixel(piece, row, column)
    return pixels


def locate_in(ground: Ground, stratum: int, offset: float) -> tuple[int, int]:
    """Row and column of the stratum's pixel that lies so many square metres into its ground.

    Ground is counted row by row and from left to right.
    """
    inside = ground.strata == stratum
    counts = inside.sum(axis=1)
    ends = np.cumsum(counts * ground.areas)
    # rounding may lead past the last pixel
    row = min(int(np.searchsorted(ends, offset, side="right")), int(np.flatnonzero(counts)[-1]))
    start = float(ends[row] - counts[row] * ground.areas[row])
    place = min(max(int((offset - start) / ground.areas[row]), 0), int(counts[row]) - 1)
    return row, int(np.flatnonzero(inside[row])[place])


def _draw_from_list(state: _Group, read: Read) -> None:
    """The same draw from a list of all pixels: smallest exponential times first.

    Source: Efraimidis and Spirakis 2006, weighted random sampling with a reservoir.
    """
    pixels: list[Pixel] = []
    areas: list[float] = []
    for entry in state.entries:
        ground = read(entry.piece)
        rows, columns = np.nonzero(ground.strata == entry.stratum)
        places = zip(rows.tolist(), columns.tolist(), strict=True)
        pixels += [Pixel(entry.piece, row, column) for row, column in places]
        areas += ground.areas[rows].tolist()
    times = state.rng.exponential(size=len(pixels)) / np.array(areas)
    for number in np.argsort(times, kind="stable")[: state.count].tolist():
        state.drawn.setdefault(pixels[number])


def shuffle(count: int, *, seed: Sequence[int]) -> NDArray[np.int64]:
    """The numbers from 0 to below `count` in random order (count,)."""
    return np.random.default_rng(list(seed)).permutation(count)
