"""Corners of lines moved to where the straight lines meet that fit the borders best."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.simplifying.douglas_peucker import Measure, square_from_piece
from rs_seg.algorithms.vectorizing.simplifying.moving import is_move_clear
from rs_seg.algorithms.vectorizing.simplifying.segment_index import (
    Corners,
    SegmentIndex,
    index_segments,
)

Deal = Callable[[Callable[[tuple[int, int]], None]], None]
STEPS = 64
"""Corners are put on multiples of this part of a pixel, so that sides are told exactly."""
STAYING = 0.1
"""Weight of the way that a corner moves, beside that of its distances from two lines: where lines
are nearly parallel, their crossing says little about where the corner is."""
COLORS = 3
"""Corners of one colour move at once: neighbours have different ones, and three do for a ring."""


class Lines(NamedTuple):
    """Arcs with fewer points, and the borders that they stand for."""

    points: NDArray[np.float64]
    """(P, 2) of the borders before."""
    places: NDArray[np.int64]
    """(K,) of the corners among those points."""
    offsets: NDArray[np.int64]
    """(A + 1,) the corners of each arc."""
    rings: NDArray[np.bool_]
    """(A,) closed without a junction: the first corner, which is the last, moves too."""
    fixed: NDArray[np.bool_]
    """(A,)."""


def adjust(lines: Lines, measure: Measure, deal: Deal) -> NDArray[np.float64]:
    """Corners (K, 2) at the places where the lines meet that fit their parts of the borders.

    A corner moves only if the points of the borders beside it stay within the distance of its
    lines, and the corner within the distance of where it was; and if nothing is in its way
    (`is_move_clear`).

    Source: Selinger (2003), section 2.3.1.
    """
    positions = lines.points[lines.places]
    corners = Corners(
        positions,
        np.full(len(positions), -1, dtype=np.int32),
        np.full(len(positions), -1, dtype=np.int32),
        positions.copy(),
        np.zeros(len(positions), dtype=bool),
    )
    colors = np.full(len(positions), -1, dtype=np.int8)
    deal(lambda chunk: _aim(lines, corners, colors, chunk, measure))
    for color in range(COLORS):
        chosen = colors == color
        if chosen.any():
            _move(lines, corners, chosen, measure, deal)
    return positions


def _move(
    lines: Lines,
    corners: Corners,
    chosen: NDArray[np.bool_],
    measure: Measure,
    deal: Deal,
) -> None:
    """Move those of the chosen corners that may, all at once."""
    moving = corners._replace(moving=chosen)
    index = index_segments(moving)
    clear = np.zeros(len(chosen), dtype=bool)
    deal(lambda chunk: _judge(lines, moving, index, chunk, measure, clear))
    corners.points[clear] = corners.targets[clear]
    # A ring ends where it begins.
    ends = lines.offsets[1:][lines.rings] - 1
    corners.points[ends] = corners.points[lines.offsets[:-1][lines.rings]]


@compiled
def _aim(
    lines: Lines,
    corners: Corners,
    colors: NDArray[np.int8],
    chunk: tuple[int, int],
    measure: Measure,
) -> None:
    """Link the corners of arcs, write where each should move to, and colour those that should."""
    fits = np.empty((2, 4))
    for arc in range(chunk[0], chunk[1]):
        start, last = lines.offsets[arc], lines.offsets[arc + 1] - 1
        for corner in range(start, last):
            corners.following[corner], corners.previous[corner + 1] = corner + 1, corner
        ring = lines.rings[arc]
        if ring:
            # The last point of a ring is its first again: lines go past it, and it never moves on
            # its own.
            corners.following[last - 1], corners.previous[start] = start, last - 1
            corners.previous[last] = -1
        if lines.fixed[arc]:
            continue
        for corner in range(start if ring else start + 1, last):
            before = corners.previous[corner]
            _fit(lines, before, not ring and before == start, False, measure, fits[0])
            _fit(lines, corner, False, not ring and corner + 1 == last, measure, fits[1])
            if _aim_at(corners, corner, fits, measure):
                # Neighbours alternate between two colours. Only in a ring with an odd number of
                # corners does the last one meet its own colour. Ends of other arcs are junctions,
                # which stay.
                odd_end = ring and corner == last - 1 and (last - start) % 2 == 1
                colors[corner] = 2 if odd_end else (corner - start) % 2


@inlined
def _fit(
    lines: Lines, line: int, first: bool, last: bool, measure: Measure, fit: NDArray[np.float64]
) -> None:
    """Write a point on, and the normal of, the straight line that fits a part of a border best.

    It goes through the first or the last point of the part where that one stays.
    """
    begin, end = lines.places[line], lines.places[line + 1]
    anchor = end if last else begin
    anchor_x, anchor_y = lines.points[anchor, 0], lines.points[anchor, 1]
    total, right, below, across, mixed, down = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    x = (lines.points[begin, 0] - anchor_x) * measure.width
    y = (lines.points[begin, 1] - anchor_y) * measure.height
    for point in range(begin + 1, end + 1):
        next_x = (lines.points[point, 0] - anchor_x) * measure.width
        next_y = (lines.points[point, 1] - anchor_y) * measure.height
        length = np.hypot(next_x - x, next_y - y)
        # Exact integrals along the piece: the border itself is fitted, not its points, which lie
        # closer where it has more corners.
        total += length
        right += length * (x + next_x) / 2
        below += length * (y + next_y) / 2
        across += length * (x * x + x * next_x + next_x * next_x) / 3
        mixed += length * (2 * x * y + x * next_y + next_x * y + 2 * next_x * next_y) / 6
        down += length * (y * y + y * next_y + next_y * next_y) / 3
        x, y = next_x, next_y
    mean_x, mean_y = 0.0, 0.0
    if not (first or last):
        mean_x, mean_y = right / total, below / total
        across, mixed, down = (
            across - right * mean_x,
            mixed - right * mean_y,
            down - below * mean_y,
        )
    # The direction of the greatest spread. Where none is greater, it is that of the columns.
    angle = np.arctan2(2 * mixed, across - down) / 2
    fit[0], fit[1] = mean_x + anchor_x * measure.width, mean_y + anchor_y * measure.height
    fit[2], fit[3] = -np.sin(angle), np.cos(angle)


@inlined
def _aim_at(corners: Corners, corner: int, fits: NDArray[np.float64], measure: Measure) -> bool:
    """Write the best place of a corner between two lines; whether it is another than now."""
    x = corners.points[corner, 0] * measure.width
    y = corners.points[corner, 1] * measure.height
    across, mixed, down, right, below = STAYING, 0.0, STAYING, 0.0, 0.0
    for side in range(2):
        normal_x, normal_y = fits[side, 2], fits[side, 3]
        distance = (fits[side, 0] - x) * normal_x + (fits[side, 1] - y) * normal_y
        across += normal_x * normal_x
        mixed += normal_x * normal_y
        down += normal_y * normal_y
        right += distance * normal_x
        below += distance * normal_y
    # STAYING keeps it above 0 where the two lines are parallel.
    determinant = across * down - mixed * mixed
    move_x = (right * down - below * mixed) / determinant
    move_y = (below * across - right * mixed) / determinant
    square = move_x * move_x + move_y * move_y
    if square > measure.square:
        share = np.sqrt(measure.square / square)
        move_x, move_y = move_x * share, move_y * share
    moved_x = np.round((x + move_x) / measure.width * STEPS) / STEPS
    moved_y = np.round((y + move_y) / measure.height * STEPS) / STEPS
    corners.targets[corner, 0], corners.targets[corner, 1] = moved_x, moved_y
    return bool(moved_x != corners.points[corner, 0] or moved_y != corners.points[corner, 1])


@compiled
def _judge(
    lines: Lines,
    corners: Corners,
    index: SegmentIndex,
    chunk: tuple[int, int],
    measure: Measure,
    clear: NDArray[np.bool_],
) -> None:
    """Mark the corners of arcs that may move."""
    room = np.empty((3, 2))
    for corner in range(lines.offsets[chunk[0]], lines.offsets[chunk[1]]):
        if corners.moving[corner]:
            clear[corner] = _stays_near(lines, corners, corner, measure) and is_move_clear(
                corners, index, corner, room
            )


@inlined
def _stays_near(lines: Lines, corners: Corners, corner: int, measure: Measure) -> bool:
    """Whether the points on both sides of a corner are within the distance of its new lines."""
    x, y = corners.targets[corner, 0], corners.targets[corner, 1]
    for side in range(2):
        line = corners.previous[corner] if side == 0 else corner
        other = line if side == 0 else corners.following[corner]
        across = (corners.points[other, 0] - x) * measure.width
        down = (corners.points[other, 1] - y) * measure.height
        length = across * across + down * down
        for point in range(lines.places[line], lines.places[line + 1] + 1):
            right = (lines.points[point, 0] - x) * measure.width
            below = (lines.points[point, 1] - y) * measure.height
            if square_from_piece(right, below, across, down, length) > measure.square:
                return False
    return True
