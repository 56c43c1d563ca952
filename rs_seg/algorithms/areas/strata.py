"""Strata of a design: which there are, and how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError

Floats = NDArray[np.float64]
Label = int | str
"""A class or a stratum: its code or its name."""


@dataclass(frozen=True)
class Strata:
    """Names or codes of H strata, their sizes (H,), and the units in each (H,) that can be drawn.

    Sizes are areas in any unit, or pixels; they are the weights of the strata, from the map as it
    was sampled. `units` are for the finite population correction, which is left out where they are
    None. Nodata is no stratum. Build it with `of`, which joins by name.
    """

    names: tuple[Label, ...]
    sizes: Floats
    units: Floats | None = None

    def __post_init__(self) -> None:
        assert len(self.names) == len(set(self.names)) == len(self.sizes)
        assert self.units is None or len(self.units) == len(self.sizes)

    @classmethod
    def of(
        cls, sizes: Mapping[Label, float], *, units: Mapping[Label, float] | None = None
    ) -> Strata:
        """Strata with sizes and, where known, units by name; those of size 0 are left out.

        Raises:
            UserError: A size that is no number of at least 0, no stratum at all, or a stratum
                without its number of units.
        """
        _check_sizes(sizes)
        names = tuple(name for name, size in sizes.items() if size > 0)
        if units is not None:
            missing = [name for name in names if not units.get(name, 0) >= 1]
            if missing:
                raise UserError("strata without a number of units", found=missing)
        return cls(
            names,
            np.array([sizes[name] for name in names], dtype=float),
            None if units is None else np.array([units[name] for name in names], dtype=float),
        )

    @property
    def weights(self) -> Floats:
        """Shares W_h of the whole."""
        return np.asarray(self.sizes / self.sizes.sum())

    def index(self) -> dict[Label, int]:
        """The place of each stratum."""
        return {name: place for place, name in enumerate(self.names)}

    def merge(self, into: Mapping[Label, Label]) -> Strata:
        """The strata with each one named in `into` added to another.

        Raises:
            UserError: A name that is no stratum, or a stratum that is to be both merged and kept.
        """
        known = set(self.names)
        unknown = [name for name in (*into, *into.values()) if name not in known]
        if unknown:
            raise UserError("no such stratum", found=unknown, expected=list(self.names))
        chained = [name for name in into.values() if name in into]
        if chained:
            raise UserError("a stratum that others are merged into is merged itself", found=chained)
        owners = [into.get(name, name) for name in self.names]
        names = tuple(dict.fromkeys(owners))
        place = np.array([names.index(owner) for owner in owners])
        units = None if self.units is None else _sum_by(place, self.units)
        return Strata(names, _sum_by(place, self.sizes), units)


def _sum_by(place: NDArray[np.intp], values: Floats) -> Floats:
    return np.asarray(np.bincount(place, weights=values), dtype=float)


def _check_sizes(sizes: Mapping[Label, float]) -> None:
    wrong = {name: size for name, size in sizes.items() if not 0 <= size < np.inf}
    if wrong:
        raise UserError("sizes of strata are numbers of at least 0", found=wrong)
    if not any(size > 0 for size in sizes.values()):
        raise UserError("no stratum has any area", found=dict(sizes))


class SizeCounter:
    """Pixels and area of each code, summed over parts of a class raster.

    Memory does not grow with the raster. Pixels of value `nodata` are never counted.
    """

    def __init__(self, *, nodata: int | None) -> None:
        self._nodata = nodata
        self._pixels: dict[int, int] = {}
        self._areas: dict[int, float] = {}

    def feed(
        self,
        codes: NDArray[np.integer],
        *,
        pixel_area: float | Floats = 1.0,
        valid: NDArray[np.bool_] | None = None,
    ) -> None:
        """Adds codes (rows, columns); `pixel_area` is one number, or one of each row (rows, 1).

        On a grid of degrees it is the area on the ground, which differs from row to row. Pixels
        that are not `valid` are left out, like those of nodata.
        """
        counted = np.ones(codes.shape, dtype=bool) if valid is None else valid.copy()
        if self._nodata is not None:
            counted &= codes != self._nodata
        areas = np.broadcast_to(np.asarray(pixel_area, dtype=float), codes.shape)[counted]
        values, places = np.unique(codes[counted], return_inverse=True)
        pixels = np.bincount(places, minlength=len(values))
        sums = np.bincount(places, weights=areas, minlength=len(values))
        for code, count, area in zip(values.tolist(), pixels.tolist(), sums.tolist(), strict=True):
            self._pixels[code] = self._pixels.get(code, 0) + count
            self._areas[code] = self._areas.get(code, 0.0) + area

    def strata(self) -> Strata:
        """One stratum of each code, in the order of codes: its area, and its pixels as units."""
        codes = sorted(self._pixels)
        return Strata.of(
            {code: self._areas[code] for code in codes},
            units={code: float(self._pixels[code]) for code in codes},
        )
