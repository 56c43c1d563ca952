"""Pictures without a place on Earth: their names say which label belongs to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import shapely

from rs_seg.cli.initialising.label_rasters import LABEL_WORDS
from rs_seg.cli.initialising.naming import GENERIC
from rs_seg.cli.initialising.rasters import RasterFacts


def place_pictures(pictures: Sequence[RasterFacts]) -> list[RasterFacts]:
    """The pictures with a ground for each scene, beside one another on a plane of our own.

    A picture and its label have names that differ by words for labels or images alone.
    """
    places: dict[tuple[str, ...], int] = {}
    keys = [_name_without_kind(facts) for facts in pictures]
    return [
        replace(facts, ground=_square(places.setdefault(key, len(places))))
        for facts, key in zip(pictures, keys, strict=True)
    ]


def _name_without_kind(facts: RasterFacts) -> tuple[str, ...]:
    words = [word.lower() for word in facts.tokens]
    telling = [word for word in words if word not in GENERIC and not LABEL_WORDS.fullmatch(word)]
    return tuple(telling or words)


def _square(number: int) -> shapely.Polygon:
    return shapely.box(2 * number, 0, 2 * number + 1, 1)
