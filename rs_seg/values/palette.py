"""Colours for classes that come without any: people with any colour vision tell them apart."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

MUTED = (
    "#cc6677",
    "#332288",
    "#ddcc77",
    "#117733",
    "#88ccee",
    "#882255",
    "#44aa99",
    "#999933",
    "#aa4499",
)
"""The scheme "muted" (Tol 2021), in its own order."""
GROUND = "#dddddd"
"""What the same scheme has for bad data: it stands behind all others."""
REST = (
    "other",
    "others",
    "background",
    "rest",
    "none",
    "unclassified",
    "outside",
    "everything else",
)
"""Names of classes that hold what no other class does."""
GOLDEN = 0.618033988749895
"""Steps of this share of the circle keep hues apart, however many there are."""
TONES = ((0.55, 0.45), (0.75, 0.45), (0.35, 0.45))
"""Lightness and saturation of further colours, in turn."""


def choose_colors(names: Sequence[str]) -> tuple[str, ...]:
    """A colour as "#rrggbb" for each class: grey for the rest, else the next of the palette.

    The first nine are told apart with any colour vision; further ones differ, but less.
    """
    colors: list[str] = []
    taken = 0
    for name in names:
        if GROUND not in colors and name.strip().casefold() in REST:
            colors.append(GROUND)
            continue
        colors.append(_color(taken))
        taken += 1
    return tuple(colors)


def _color(number: int) -> str:
    if number < len(MUTED):
        return MUTED[number]
    further = number - len(MUTED)
    lightness, saturation = TONES[further % len(TONES)]
    parts = colorsys.hls_to_rgb(further * GOLDEN % 1, lightness, saturation)
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)
