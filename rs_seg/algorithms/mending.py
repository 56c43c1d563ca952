"""Shapes that GEOS can intersect."""

from __future__ import annotations

from typing import Any

import shapely
from numpy.typing import NDArray


def mend(shapes: NDArray[Any]) -> NDArray[Any]:
    """The same shapes (N,), made valid where an outline crosses itself: GEOS refuses the others.

    Valid ones may come to cross themselves when they are rounded, deformed or moved to another CRS.
    """
    broken = ~shapely.is_valid(shapes)
    if not broken.any():
        return shapes
    mended = shapes.copy()
    mended[broken] = shapely.make_valid(shapes[broken])
    return mended
