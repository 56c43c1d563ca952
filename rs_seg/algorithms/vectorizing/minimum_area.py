"""The area below which a polygon is noise, for a configuration that leaves it open."""

from __future__ import annotations

WORTH_DRAWING = 1.0
"""Ground square metres: less than a tree or a car."""
FEWEST_PIXELS, MOST_PIXELS = 9, 100
"""Bounds of the same. Regions of fewer pixels are the noise of any classifier; of very fine pixels
100 are an object that can be seen."""
OUTSIDE_FACTOR = 4
"""How much larger a piece of the ground around objects must be: a gap in them is rarely real."""


def choose_minimum_area(pixel: float, *, outside: bool = False) -> float:
    """Ground square metres of the smallest polygon worth drawing; `pixel` is a side in metres.

    One square metre, but at least 9 and at most 100 pixels; four times as much for the class of the
    ground `outside` all labelled polygons. Two significant digits.
    """
    square = pixel**2
    area = min(max(WORTH_DRAWING, FEWEST_PIXELS * square), MOST_PIXELS * square)
    return float(f"{area * (OUTSIDE_FACTOR if outside else 1):.2g}")
