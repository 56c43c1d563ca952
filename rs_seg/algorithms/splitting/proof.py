"""What is wrong with the areas of a split, and their gaps, from their rectangles alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from rs_seg.algorithms.splitting.blocks import LEARNT, smallest_gap
from rs_seg.algorithms.splitting.footprints import footprint, share_ground
from rs_seg.values import Window
from rs_seg.values.grid import Grid
from rs_seg.values.split import Areas

AT_ONCE = 256
"""Rectangles that are compared with all others at once: more would take memory, fewer time."""


def find_outside(areas: Areas, *, height: int, width: int) -> tuple[str, Window] | None:
    """The first rectangle that reaches out of a scene, with its role."""
    for role, rectangles in areas.items():
        for window in rectangles:
            if window.clip(height, width) != window:
                return role, window
    return None


def find_overlap(areas: Areas) -> tuple[str, str, Window, Window] | None:
    """The first two rectangles that share a pixel, with their roles, which may be the same."""
    return next(_close_pairs(areas, margin=0), None)


def find_too_close(areas: Areas, *, buffer: int) -> tuple[str, str, Window, Window] | None:
    """The first two rectangles of different roles with fewer than `buffer` pixels between them.

    Test sets may lie as close to each other as they like: nothing is learnt on either side.
    """
    pairs = _close_pairs(areas, margin=buffer)
    return next(
        (pair for pair in pairs if pair[0] != pair[1] and _is_learnt(pair[0], pair[1])), None
    )


def _is_learnt(first: str, second: str) -> bool:
    return first in LEARNT or second in LEARNT


def _close_pairs(areas: Areas, *, margin: int) -> Iterator[tuple[str, str, Window, Window]]:
    """Pairs of rectangles that share a pixel once one of them has grown by `margin` all around."""
    named = [(role, window) for role, rectangles in areas.items() for window in rectangles]
    boxes = _boxes([window for _, window in named])
    # rectangles that only touch share no pixel; corners are whole numbers, so a part of a pixel
    # tells the two apart
    reach = shapely.box(
        *(shapely.bounds(boxes).T + np.array([[1], [1], [-1], [-1]]) * (0.25 - margin))
    )
    for first, second in sorted(
        shapely.STRtree(boxes).query(reach, predicate="intersects").T.tolist()
    ):
        if first < second:
            yield named[first][0], named[second][0], named[first][1], named[second][1]


def _boxes(windows: Sequence[Window]) -> Any:
    edges = np.array(
        [(window.column, window.row, window.column_end, window.row_end) for window in windows],
        dtype=float,
    )
    return shapely.box(*edges.reshape(-1, 4).T)


def measure_gap(areas: Areas) -> int | None:
    """Fewest pixels between areas of different roles, as `smallest_gap`; None for one role."""
    roles = [role for role, rectangles in areas.items() if rectangles]
    # `smallest_gap` asks of roles only whether one is learnt: any two such names will do.
    gaps = [
        smallest_gap({"train": areas[first][start : start + AT_ONCE], "test": areas[second]})
        for number, first in enumerate(roles)
        for second in roles[number + 1 :]
        if _is_learnt(first, second)
        for start in range(0, len(areas[first]), AT_ONCE)
    ]
    return min((gap for gap in gaps if gap is not None), default=None)


def overlapping_pixels(areas: Areas) -> int:
    """Pixels that two rectangles share, of the same or of different roles."""
    pairs = (first.intersect(second) for _, _, first, second in _close_pairs(areas, margin=0))
    return sum(shared.height * shared.width for shared in pairs if shared is not None)


def list_shared_ground(grids: Mapping[str, Grid], areas: Mapping[str, Areas]) -> list[str]:
    """Pairs of scenes whose areas lie on the same ground, in words.

    Where the ground has the same role in both, as with dates of one place, that is said.
    """
    windows = {
        name: [window for own in areas[name].values() for window in own]
        for name in grids
        if name in areas
    }
    footprints = {name: footprint(grids[name], own) for name, own in windows.items() if own}
    shared = share_ground({name: grids[name] for name in footprints}, footprints)
    return [
        pair.describe()
        + (", in the same roles" if _agree(grids, areas, pair.first, pair.second) else "")
        for pair in shared
    ]


def _agree(grids: Mapping[str, Grid], areas: Mapping[str, Areas], first: str, second: str) -> bool:
    """Whether no ground has different roles in two scenes."""
    for role, windows in areas[first].items():
        others = [window for other, own in areas[second].items() if other != role for window in own]
        if windows and others:
            footprints = {
                first: footprint(grids[first], windows),
                second: footprint(grids[second], others),
            }
            if share_ground({name: grids[name] for name in footprints}, footprints):
                return False
    return True
