"""The area below which a polygon is no more than noise, where the configuration leaves it open."""

from __future__ import annotations

FEWEST_PIXELS, MOST_PIXELS = 9, 100
SMALLEST = 1.0
"""Ground square metres."""


def choose_minimum_area(pixel: float) -> float:
    """Ground square metres of the smallest polygon worth drawing; `pixel` is a side in metres.

    One square metre, but at least 9 and at most 100 pixels; two significant digits.
    """
    square = pixel**2
    area = min(max(SMALLEST, FEWEST_PIXELS * square), MOST_PIXELS * square)
    return float(f"{area:.2g}")
