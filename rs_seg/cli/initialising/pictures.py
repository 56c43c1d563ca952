"""Pictures without a place: which labels are of which picture, told by names and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

import shapely

from rs_seg.cli.initialising.label_rasters import LABEL_WORDS
from rs_seg.cli.initialising.listing import LeftOut
from rs_seg.cli.initialising.naming import GENERIC
from rs_seg.cli.initialising.rasters import RasterFacts, tokens_of

APART, SIDE = 2.0, 1.0
"""Distance and side of the squares that stand for the ground of pictures."""
NO_PICTURE = "labels whose name is that of no picture"
OTHER_SIZE = "labels of another size than their picture"
TURNED = (
    "labels across their picture, which the camera stored turned (EXIF orientation): save it "
    "upright"
)


def lay_apart(
    images: Sequence[RasterFacts], labels: Sequence[RasterFacts], left_out: LeftOut
) -> tuple[list[RasterFacts], list[RasterFacts]]:
    """Pictures on squares of their own, and each raster of labels on that of its picture.

    So files that belong together lie on one ground, as those with a place do. Pictures are of one
    scene where their paths are the same, words such as "image" aside. Labels are of the picture of
    the same name, words such as "label" or "mask" aside; of several, of the one in the nearest
    folder.
    """
    squares: dict[tuple[str, ...], float] = {}
    placed = [
        replace(facts, ground=_square(squares.setdefault(_key(facts.name), len(squares))))
        for facts in images
    ]
    of_key: dict[tuple[str, ...], list[RasterFacts]] = {}
    for facts in placed:
        of_key.setdefault(_key(PurePath(facts.name).name), []).append(facts)
    found = []
    for label in labels:
        named = of_key.get(_key(PurePath(label.name).name), [])
        own = [facts for facts in named if facts.size == label.size]
        if own:
            nearest = max(own, key=lambda facts: _shared_words(facts, label))
            found.append(replace(label, ground=nearest.ground))
        else:
            turned = any(facts.size == label.size[::-1] for facts in named)
            reason = TURNED if turned else OTHER_SIZE if named else NO_PICTURE
            left_out.add(reason, label.name)
    return placed, found


def _square(place: float) -> shapely.Polygon:
    return shapely.box(APART * place, 0, APART * place + SIDE, SIDE)


def _key(name: str) -> tuple[str, ...]:
    """The words of a name or path that say which picture a file is or is of."""
    words = [word.lower() for word in tokens_of(name)]
    telling = (word for word in words if not LABEL_WORDS.fullmatch(word) and word not in GENERIC)
    return tuple(telling) or tuple(words)


def _shared_words(first: RasterFacts, second: RasterFacts) -> int:
    return len({*first.tokens} & {*second.tokens})
