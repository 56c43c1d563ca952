"""One strip of rows of a map: its connected regions, and the pieces of borders that lie in it.

Kernels on plain arrays. Pixels of a strip come with one more row above (the last of the strip
before), so that a strip owns every corner of pixels from its first row on: borders that go on below
end open at the bottom, those that come from above begin open at the top.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined

EAST, SOUTH, WEST, NORTH = 0, 1, 2, 3
"""Directions in the order of the clock, as seen on a map whose first row is on top."""
JUNCTION, TOP, BOTTOM, RING = 0, 1, 2, 3
"""What the end of a piece is: a junction; open to the strip above or below; the other end of the
same piece."""
NODE = np.uint8(16)
"""Marks corners where three or four borders meet; the lower four bits are the borders not yet
traced, by direction."""


@compiled
def label_rows(values: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Numbers (H, W + 2) of the regions of equal `values` (H, W), and how many there are.

    Regions are connected by sides and numbered 1..n by their first pixel; 0 where values are
    negative. There is a column of zeros before the first and one after the last.
    Source: two-pass labelling with union-find (Wu, Otoo and Suzuki 2009).
    """
    height, width = values.shape
    labels = np.zeros((height, width + 2), dtype=np.int32)
    parents = np.empty(height * width + 1, dtype=np.int32)  # its pages are used as labels come
    parents[0] = count = 0
    # First pass: labels as they come; `parents` notes which of them turn out to be one region.
    for row in range(height):
        for column in range(width):
            value = values[row, column]
            if value < 0:
                continue
            left = labels[row, column] if column > 0 and values[row, column - 1] == value else 0
            above = (
                labels[row - 1, column + 1] if row > 0 and values[row - 1, column] == value else 0
            )
            if left != above and left > 0 and above > 0:
                left = unite(parents, left, above)
            elif left == above == 0:
                count += 1
                parents[count] = left = count
            labels[row, column + 1] = above if left == 0 else left
    return labels, _renumber(labels, parents, count)


@compiled
def _renumber(labels: NDArray[np.int32], parents: NDArray[np.int32], count: int) -> int:
    """Replace labels by the numbers of their roots, counted from 1; how many there are."""
    number = 0
    for label in range(1, count + 1):
        if parents[label] == label:
            number += 1
            parents[label] = number
        # A parent is smaller than its label, so it already holds its final number.
        else:
            parents[label] = parents[parents[label]]
    height, width = labels.shape
    for row in range(height):
        for column in range(width):
            labels[row, column] = parents[labels[row, column]]
    return number


@inlined
def unite(parents: NDArray[np.int32], first: int, second: int) -> int:
    """The root of two sets that become one: the smaller of their roots.

    Paths are halved on the way.
    """
    while parents[first] != first:
        parents[first] = parents[parents[first]]
        first = parents[first]
    while parents[second] != second:
        parents[second] = parents[parents[second]]
        second = parents[second]
    root = min(first, second)
    parents[first] = root
    parents[second] = root
    return root


@compiled
def mark_borders(labels: NDArray[np.int32]) -> tuple[NDArray[np.uint8], int, int]:
    """Borders that meet at each corner (H - 1, W + 1): one bit per direction, and NODE.

    `labels` (H, W + 2) are padded. Also upper bounds of the number of pieces of borders and of the
    points inside them.
    """
    height, width = labels.shape
    corners = np.zeros((height - 1, width - 1), dtype=np.uint8)
    pieces, turns = 0, 0
    for row in range(height - 1):
        for column in range(width - 1):
            north_west, north_east = labels[row, column], labels[row, column + 1]
            south_west, south_east = labels[row + 1, column], labels[row + 1, column + 1]
            if north_west == south_east and north_east == south_west and north_west == north_east:
                continue
            north, east = north_west != north_east, north_east != south_east
            south, west = south_west != south_east, north_west != south_west
            bits = east | (south << 1) | (west << 2) | (north << 3)
            degree = east + south + west + north
            if degree > 2:
                bits |= NODE
                pieces += degree
            elif north != south:
                turns += 1
            corners[row, column] = bits
    for column in range(width - 1):
        pieces += 2 * ((corners[0, column] >> NORTH) & 1) + (
            (corners[height - 2, column] >> SOUTH) & 1
        )
    # A ring, which has no junction, turns at least four times.
    return corners, pieces + turns // 4, turns


@compiled
def trace_strip(
    labels: NDArray[np.int32], first_row: int
) -> tuple[
    NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int32]
]:
    """Pieces of borders in a strip whose first corners are in row `first_row` of the map.

    `labels` are padded.

    Points (P, 2) where pieces turn, without their ends; offsets (N + 1,); ends (N, 2, 2) as first
    and last x and y; what the ends are (N, 2); regions on the left and right (N, 2). Borders from
    or to a neighbouring strip end at the corner on the line between the strips.
    """
    corners, most_pieces, most_points = mark_borders(labels)
    height, width = corners.shape
    points = np.empty((most_points, 2), dtype=np.int32)
    offsets = np.zeros(most_pieces + 1, dtype=np.int64)
    ends = np.empty((most_pieces, 2, 2), dtype=np.int32)
    kinds = np.empty((most_pieces, 2), dtype=np.uint8)
    sides = np.empty((most_pieces, 2), dtype=np.int32)
    store = (labels, corners, points, offsets, ends, kinds, sides)
    # Tracing a border clears its bits. When all pieces with ends are traced, only rings are left.
    pieces = _trace_from_above(store, 0)
    pieces = _trace_junctions(store, pieces)
    for column in range(width):
        if corners[height - 1, column] & (1 << SOUTH):
            pieces = _follow(store, pieces, height, column, NORTH, BOTTOM)
    for row in range(height):
        for column in range(width):
            if corners[row, column] & 15:
                pieces = _follow(store, pieces, row, column, EAST, RING)
    points = points[: offsets[pieces]].copy()
    ends = ends[:pieces].copy()
    points[:, 1] += first_row
    ends[:, :, 1] += first_row
    return points, offsets[: pieces + 1].copy(), ends, kinds[:pieces].copy(), sides[:pieces].copy()


@compiled
def _trace_from_above(store: Any, pieces: int) -> int:
    """Trace what comes from the strip above.

    Where the first corner is a junction, the piece belongs to the strip above, which ends it here.
    """
    corners = store[1]
    for column in range(corners.shape[1]):
        if corners[0, column] & (1 << NORTH):
            corners[0, column] ^= 1 << NORTH
            if not corners[0, column] & NODE:
                pieces = _follow(store, pieces, 0, column, _only_direction(corners[0, column]), TOP)
    return pieces


@compiled
def _trace_junctions(store: Any, pieces: int) -> int:
    """Trace the pieces that begin at junctions."""
    corners = store[1]
    for row in range(len(corners)):
        for column in range(corners.shape[1]):
            if corners[row, column] & NODE:
                for direction in range(4):
                    if corners[row, column] & (1 << direction):
                        pieces = _follow(store, pieces, row, column, direction, JUNCTION)
    return pieces


@inlined
def _follow(store: Any, piece: int, row: int, column: int, direction: int, kind: int) -> int:
    """Trace one piece from a corner in a direction until it ends, marking what was traced.

    The number of pieces.
    """
    labels, corners, points, offsets, ends, kinds, sides = store
    height = len(corners)
    place = offsets[piece]
    first_row, first_column = row, column
    ends[piece, 0, 0], ends[piece, 0, 1], kinds[piece, 0] = column, row, kind
    _note_sides(labels, sides, piece, row, column, direction)
    while True:
        if row < height:
            corners[row, column] &= ~(1 << direction)
        row += (direction == SOUTH) - (direction == NORTH)
        column += (direction == EAST) - (direction == WEST)
        if row == height:  # this corner is the next strip's
            kinds[piece, 1] = BOTTOM
            break
        # The way back is traced with it, so no piece is traced twice.
        corners[row, column] &= ~(1 << ((direction + 2) % 4))
        if corners[row, column] & NODE:
            kinds[piece, 1] = JUNCTION
            break
        if kind == RING and row == first_row and column == first_column:
            kinds[piece, 1] = RING
            break
        following = _only_direction(corners[row, column])
        if following == NORTH and row == 0:
            corners[row, column] &= ~(1 << NORTH)
            kinds[piece, 1] = TOP
            break
        if following != direction:
            points[place, 0], points[place, 1] = column, row
            place += 1
        direction = following
    ends[piece, 1, 0], ends[piece, 1, 1] = column, row
    offsets[piece + 1] = place
    return piece + 1


@inlined
def _only_direction(corner: int) -> int:
    """The one direction that is left at a corner of two borders after one was taken."""
    bits = corner & 15
    return EAST if bits == 1 else SOUTH if bits == 2 else WEST if bits == 4 else NORTH


@inlined
def _note_sides(
    labels: NDArray[np.int32],
    sides: NDArray[np.int32],
    piece: int,
    row: int,
    column: int,
    direction: int,
) -> None:
    """Regions beside the first step of a piece."""
    if direction == EAST:
        sides[piece, 0], sides[piece, 1] = labels[row, column + 1], labels[row + 1, column + 1]
    elif direction == SOUTH:
        sides[piece, 0], sides[piece, 1] = labels[row + 1, column + 1], labels[row + 1, column]
    elif direction == WEST:
        sides[piece, 0], sides[piece, 1] = labels[row + 1, column], labels[row, column]
    else:
        sides[piece, 0], sides[piece, 1] = labels[row, column], labels[row, column + 1]
