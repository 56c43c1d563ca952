"""Pictures without a place, laid side by side on one plane, since they share no ground."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rs_seg.values.window import Window

GAP, BREADTH = 0.02, 1.2
"""The gap as a share of the longest side, and how much wider than high all together are."""


def lay_side_by_side(sizes: Mapping[str, tuple[int, int]]) -> dict[str, Window]:
    """Where each picture lies: rows of pictures, in their order, that do not touch.

    Sizes are rows and columns; all together are about as wide as they are high.
    """
    gap = max(8, round(GAP * max(max(size) for size in sizes.values())))
    area = sum((height + gap) * (width + gap) for height, width in sizes.values())
    breadth = max(math.sqrt(area) * BREADTH, *(width for _, width in sizes.values()), 1.0)
    windows: dict[str, Window] = {}
    row = column = deepest = 0
    for name, (height, width) in sizes.items():
        if column and column + width > breadth:
            row, column, deepest = row + deepest + gap, 0, 0
        windows[name] = Window(row, column, height, width)
        column, deepest = column + width + gap, max(deepest, height)
    return windows
