"""Houses of some days, by name, as small squares that do not touch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely

from rs_seg.algorithms.tracking.objects import DatedObjects


def square(place: float, *, row: float = 0.0, side: float = 10.0) -> shapely.Polygon:
    """A square; those of whole numbers as places are apart."""
    return shapely.box(20 * place, row, 20 * place + side, row + side)


def make_tracks(*days: Mapping[int, float], first_day: int = 1) -> DatedObjects:
    """Objects of days one after the other: place by id."""
    rows = [
        (square(place), first_day + number, own)
        for number, day in enumerate(days)
        for own, place in day.items()
    ]
    shapes, numbers, ids = zip(*rows, strict=True) if rows else ([], [], [])
    return DatedObjects(
        np.array(shapes, dtype=object),
        np.array(numbers, dtype=np.int64),
        np.array(ids, dtype=np.int64),
    )
