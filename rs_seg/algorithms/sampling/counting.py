"""Pixels and ground of strata, summed over windows of class maps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.errors import UserError

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]
NONE = -1
"""Stands where a pixel is in no stratum."""
CODES = 1 << 16
"""Codes of strata are below this."""
MOST_STRATA = 200
"""A raster with more values than this is taken for one that holds no codes."""
_NEW = -2
"""Stands in the table of places for a stratum that was not met yet."""


class Entry(NamedTuple):
    """What one piece of a map has of one stratum."""

    piece: int
    stratum: int
    """Code."""
    pixels: int
    area: float
    """In square metres."""


class StrataCounter:
    """Pixels and areas of strata and classes, piece by piece.

    Memory grows by one entry for each piece and stratum in it, whatever the number of pixels.
    `entries` are those of pieces and strata, in the order in which they are fed; `shares` the areas
    of pairs of a stratum's code and a class's index.
    """

    def __init__(self, class_count: int) -> None:
        self.entries: list[Entry] = []
        self.shares: defaultdict[tuple[int, int], float] = defaultdict(float)
        self._class_count = class_count
        self._known: list[int] = []
        self._places = np.full(CODES + 1, _NEW, dtype=np.int64)
        # NONE is -1, so its place is the last one of the table: one look-up serves all pixels.
        self._places[NONE] = NONE

    def feed(self, piece: int, strata: Codes, classes: NDArray[np.integer], areas: Floats) -> None:
        """Count a window: codes of strata (H, W), NONE where there are none, indices of classes.

        `areas` (H,) are those of a pixel of each row.

        Raises:
            UserError: there are more strata than a raster of codes has.
        """
        places = self._place(strata)
        cell_count = len(self._known) * self._class_count
        if not cell_count:
            return
        cells = places * self._class_count + classes
        cells[places < 0] = cell_count  # counted with the others and left out of the table
        cells += np.arange(len(strata))[:, None] * (cell_count + 1)
        counts = np.bincount(cells.ravel(), minlength=len(strata) * (cell_count + 1))
        by_row = counts.reshape(len(strata), cell_count + 1)[:, :-1]
        shape = (len(self._known), self._class_count)
        pixels, ground = (
            by_row.sum(axis=0).reshape(shape),
            np.asarray(areas @ by_row).reshape(shape),
        )
        for place in np.flatnonzero(pixels.any(axis=1)).tolist():
            self.add(piece, self._known[place], pixels[place], ground[place])

    def add(self, piece: int, stratum: int, pixels: NDArray[np.integer], ground: Floats) -> None:
        """Add what a piece has of a stratum: pixels and square metres of each class (K,)."""
        self.entries.append(Entry(piece, stratum, int(pixels.sum()), float(ground.sum())))
        for index in np.flatnonzero(pixels).tolist():
            self.shares[stratum, index] += float(ground[index])

    def add_codes(
        self,
        piece: int,
        strata_of: Callable[[NDArray[np.integer]], tuple[Codes, NDArray[np.integer]]],
        pixels: NDArray[np.int64],
        ground: Floats,
    ) -> None:
        """Add what a piece has of each code of the map (256,), as `count_codes` gives it.

        `strata_of` says the strata of codes, NONE where they have none, and indices of classes.
        """
        codes = np.flatnonzero(pixels)
        strata, classes = strata_of(codes)
        for stratum in np.unique(strata[strata >= 0]).tolist():
            own = codes[strata == stratum]
            places = classes[strata == stratum]
            counts = np.bincount(places, pixels[own], self._class_count).astype(np.int64)
            areas = np.bincount(places, ground[own], self._class_count)
            self.add(piece, stratum, counts, areas.astype(np.float64))

    def _place(self, strata: Codes) -> NDArray[np.int64]:
        """Places (H, W) of the strata among those that are known; NONE where there are none."""
        places = self._places[strata]
        new = places == _NEW
        if new.any():
            for code in np.unique(strata[new]).tolist():
                self._places[code] = len(self._known)
                self._known.append(code)
            if len(self._known) > MOST_STRATA:
                raise _too_many()
            places = self._places[strata]
        return places


def count_codes(codes: NDArray[np.uint8], areas: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Pixels and square metres (256,) of each code of a window (H, W) of bytes.

    `areas` (H,) are those of a pixel of each row. The quick way to count a map whose classes are
    the strata.
    """
    pixels, ground = np.zeros(256, dtype=np.int64), np.zeros(256)
    _add_codes(codes, areas, pixels, ground)
    return pixels, ground


@compiled
def _add_codes(
    codes: NDArray[np.uint8], areas: Floats, pixels: NDArray[np.int64], ground: Floats
) -> None:
    # A row is counted in whole numbers and weighed once: adding up areas pixel by pixel would round
    # each time.
    in_row = np.zeros(256, dtype=np.int64)
    for row in range(codes.shape[0]):
        in_row[:] = 0
        for column in range(codes.shape[1]):
            in_row[codes[row, column]] += 1
        for code in range(256):
            if in_row[code]:
                pixels[code] += in_row[code]
                ground[code] += in_row[code] * areas[row]


def _too_many() -> UserError:
    return UserError(
        f"there are more than {MOST_STRATA} strata",
        where="sample.raster",
        found="a raster of many values, such as heights",
        expected="a few regions or classes, one code each",
        remedy="give a raster of codes",
    )
