"""Colours of classes that people with any kind of colour vision tell apart."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator, Sequence

OUTSIDE = "#d9d6cf"
"""The ground that is of no class that was drawn: a light grey."""
REST = ("other", "others", "background", "rest", "outside", "unclassified")
"""Names of the class of all that was not drawn."""
MEANT = {
    "#0072b2": ("water", "river", "lake", "sea", "ocean", "pond"),
    "#009e73": ("forest", "wood", "woodland", "tree", "trees"),
    "#d55e00": ("building", "buildings", "house", "roof", "urban", "developed"),
    "#bbbbbb": ("road", "roads", "street", "asphalt", "impervious", "sealed"),
    "#f0e442": ("crop", "crops", "cropland", "cultivated", "agriculture", "field"),
    "#999933": ("grass", "grassland", "herbaceous", "meadow", "low", "pasture"),
    "#ddcc77": ("sand", "bare", "barren", "soil", "beach"),
    "#44aa99": ("wetland", "wetlands", "marsh", "swamp"),
}
"""Colours by words in the name of a class."""
COLORS = (
    *("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"),
    *("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255"),
    *("#aa4499", "#bbbbbb", "#ee7733", "#0077bb", "#33bbee", "#ee3377", "#cc3311", "#009988"),
)
"""First the colours of Okabe and Ito (2008), then those of Tol (Colour Schemes, 2021: muted, grey,
vibrant)."""
GOLDEN = 0.618034
"""Share of the circle of hues between two colours that follow one another: none comes twice soon.
"""


def choose_colors(names: Sequence[str], given: Sequence[str] = ()) -> list[str]:
    """One colour as "#rrggbb" for each class, all different.

    `given` are colours of a style, empty where it has none; of two equal ones the first counts.
    """
    colors: list[str] = []
    for name, color in zip(names, [*given, *[""] * len(names)], strict=False):
        colors.append(color if color and color not in colors else _meant(name, colors))
    taken = {color for color in colors if color}
    spare = (color for color in _endless() if color not in taken)
    for place, color in enumerate(colors):
        if not color:
            colors[place] = next(spare)
    return colors


def shade(color: str, number: int) -> str:
    """A colour (number 0), then lighter and darker ones of it in turn, each further away."""
    amount = 1 - 0.55 ** ((number + 1) // 2)
    end = 255 if number % 2 else 0
    channels = [int(color[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(own + (end - own) * amount):02x}" for own in channels)


def color_rest(names: Sequence[str]) -> list[str]:
    """What `choose_colors` takes as given where no class has a colour: grey for the first rest."""
    rest = next((name for name in names if name.casefold() in REST), None)
    return [OUTSIDE if name == rest else "" for name in names]


def _meant(name: str, taken: Sequence[str]) -> str:
    """The colour that a word of the name stands for; empty where none is free."""
    words = set(re.findall(r"[a-z]+", name.lower()))
    matching = (color for color, meant in MEANT.items() if not words.isdisjoint(meant))
    return next((color for color in matching if color not in taken), "")


def _endless() -> Iterator[str]:
    yield from COLORS
    seen, number = set(COLORS), 0
    while True:
        lightness = (0.35, 0.6, 0.8)[number % 3]
        red, green, blue = colorsys.hls_to_rgb(number * GOLDEN % 1, lightness, 0.6)
        color = f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
        number += 1
        if color not in seen:
            seen.add(color)
            yield color
