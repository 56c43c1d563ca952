"""Which bands a picture shows."""

from __future__ import annotations

from collections.abc import Sequence


def composite_bands(bands: Sequence[str]) -> list[int]:
    """Positions of the bands shown as red, green and blue.

    Those so named, else nir, red, green, else the first three.

    One position, shown as grey, where there are fewer than three bands.
    """
    names = [band.lower() for band in bands]
    for wanted in (("red", "green", "blue"), ("nir", "red", "green")):
        if all(name in names for name in wanted):
            return [names.index(name) for name in wanted]
    return [0, 1, 2] if len(bands) >= 3 else [0]
