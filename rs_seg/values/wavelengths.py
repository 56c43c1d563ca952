"""Wavelengths as people write them: 665nm, 0.665um, and ranges such as 400nm..700nm."""

from __future__ import annotations

import re

from rs_seg.values.names import shorten

NANOMETRES = {"nm": 1.0, "um": 1000.0, "µm": 1000.0, "μm": 1000.0}
WAVELENGTH = re.compile(
    rf"(\d+(?:\.\d+)?) ?({'|'.join(NANOMETRES)})", flags=re.ASCII | re.IGNORECASE
)
DOTS = ".."


def parse_wavelength(text: str) -> float | None:
    """Nanometres, or None where the text is no wavelength."""
    match = WAVELENGTH.fullmatch(text.strip())
    return None if match is None else float(match[1]) * NANOMETRES[match[2].lower()]


def parse_span(text: str) -> tuple[float, float] | None:
    """Both ends of a range in nanometres, or None where the text is no range of wavelengths.

    Raises:
        ValueError: the range falls.
    """
    first, dots, last = text.partition(DOTS)
    low, high = parse_wavelength(first), parse_wavelength(last)
    if not dots or low is None or high is None:
        return None
    if low > high:
        raise ValueError(
            f"{shorten(text)} falls; expected {shorten(f'{last.strip()}{DOTS}{first.strip()}')}"
        )
    return low, high


def name_wavelength(nanometres: float) -> str:
    """The name of a band by its wavelength."""
    return f"{round(nanometres, 3):.9g}nm"
