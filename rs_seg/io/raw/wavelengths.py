"""Bands of a raw raster by wavelength, where the file states it.

ENVI files do, and files with GDAL's domain IMAGERY.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rs_seg.errors import UserError
from rs_seg.values.wavelengths import name_wavelength, parse_span, parse_wavelength

LONGEST_UM = 100.0
"""A wavelength without a unit above this is in nanometres, for no sensor of images sees 100
micrometres."""
NEAR = 5.0
"""Nanometres within which a band is taken however close its neighbours are (detectors overlap)."""
NEAR_ALONE = 20.0
"""Nanometres within which the only band of a file is taken."""
MOST_TOLD = 12

Stated = tuple[float | None, ...]


def read_wavelengths(dataset: Any) -> Stated:
    """Wavelength of each band of an open raster in nanometres; None where the file is silent."""
    return tuple(_read_band(dataset, index) for index in range(1, dataset.count + 1))


def _read_band(dataset: Any, index: int) -> float | None:
    tags = {key.lower(): value for key, value in dataset.tags(index).items()}
    written = _as_number(tags.get("wavelength", ""))
    if written is not None:
        units = str(tags.get("wavelength_units", tags.get("wavelength_unit", ""))).strip().lower()
        micrometres = units.startswith(("micro", "um", "µm", "μm"))
        nanometres = units.startswith(("nano", "nm"))
        if micrometres or nanometres or not units or units == "unknown":
            is_um = micrometres or (not nanometres and written <= LONGEST_UM)
            return written * 1000 if is_um else written
        return None
    central = _as_number(dataset.tags(index, ns="IMAGERY").get("CENTRAL_WAVELENGTH_UM", ""))
    return None if central is None else central * 1000


def _as_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < math.inf else None


def find_nearest(stated: Stated, wanted: Sequence[str], path: Path) -> tuple[int, ...]:
    """Numbers (from 1) of the bands of the wanted wavelengths, each within half the spacing there.

    Raises:
        UserError: there is none, or two wavelengths mean one band; the error lists what there is.
    """
    numbers = tuple(_find_one(stated, name, path) for name in wanted)
    for number in numbers:
        names = [name for name, band in zip(wanted, numbers, strict=True) if band == number]
        if len(names) > 1:
            raise UserError(
                "two wavelengths mean the same band",
                where=path,
                found=f"{' and '.join(names)} are nearest to band {number}",
                expected=f"wavelengths of different bands: {_list(stated)}",
                remedy="name each band once",
            )
    return numbers


def _find_one(stated: Stated, name: str, path: Path) -> int:
    wanted = parse_wavelength(name)
    assert wanted is not None, "wavelengths are parsed before they are looked for"
    known = {number: there for number, there in enumerate(stated, start=1) if there is not None}
    nearest = min(known, key=lambda number: abs(known[number] - wanted))
    gaps = [abs(there - known[nearest]) for number, there in known.items() if number != nearest]
    reach = max(min(gaps) / 2, NEAR) if gaps else NEAR_ALONE
    if abs(known[nearest] - wanted) > reach:
        raise UserError(
            "raster has no band of this wavelength",
            where=path,
            found=f"{name}; the nearest band is {name_wavelength(known[nearest])}",
            expected=f"one of {_list(stated)}, or a wavelength within half of the spacing of one",
            remedy="mend `bands` or `drop_bands` of this source",
        )
    return nearest


def expand_spans(stated: Stated, names: Sequence[str], path: Path) -> tuple[str, ...]:
    """Names with each range of wavelengths replaced by the bands in it, which are named by theirs.

    Raises:
        UserError: the file states no wavelength, or none in a range.
    """
    expanded: list[str] = []
    for name in names:
        if parse_span(name) is None:
            expanded.append(name)
        else:
            inside = _inside(stated, name, path)
            expanded += [
                name_wavelength(wavelength)
                for wavelength in stated
                if wavelength is not None and wavelength in inside
            ]
    return tuple(expanded)


def names_at(stated: Stated, text: str, named: Sequence[tuple[str, int]], path: Path) -> list[str]:
    """The named bands that a wavelength or a range means; or the name itself.

    `named` holds names with band numbers.

    Raises:
        UserError: the file states no such wavelength.
    """
    if any(name == text for name, _ in named):
        return [text]
    if parse_span(text) is not None:
        inside = _inside(stated, text, path)
        return [name for name, number in named if stated[number - 1] in inside]
    if parse_wavelength(text) is None:
        return [text]
    _check_stated(stated, text, path)
    (number,) = find_nearest(stated, [text], path)
    return [name for name, band in named if band == number]


def _inside(stated: Stated, text: str, path: Path) -> set[float]:
    """The wavelengths of the file in a range."""
    _check_stated(stated, text, path)
    span = parse_span(text)
    assert span is not None, "the text is a range"
    inside: set[float] = {
        wavelength
        for wavelength in stated
        if wavelength is not None and span[0] <= wavelength <= span[1]
    }
    if not inside:
        raise UserError(
            "raster has no band in this range of wavelengths",
            where=path,
            found=text,
            expected=f"a range that holds one of {_list(stated)}",
            remedy="mend `bands` or `drop_bands` of this source",
        )
    return inside


def _check_stated(stated: Stated, text: str, path: Path) -> None:
    if all(wavelength is None for wavelength in stated):
        raise UserError(
            "raster does not state the wavelengths of its bands",
            where=path,
            found=f"{text} in the configuration, no wavelength in the file",
            expected="metadata `wavelength` of each band (as ENVI headers have), or "
            "CENTRAL_WAVELENGTH_UM",
            remedy="name the bands under `bands` and `drop_bands` of this source, such as "
            "[B001..B224]",
        )


def _list(stated: Stated) -> str:
    names = [name_wavelength(wavelength) for wavelength in stated if wavelength is not None]
    if len(names) <= MOST_TOLD:
        return ", ".join(names)
    half = MOST_TOLD // 2
    return f"{', '.join(names[:half])}, ..., {', '.join(names[-half:])} ({len(names)} bands)"
