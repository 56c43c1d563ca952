"""Spatial blocks: the board of a scene, class counts of its cells, areas of roles, their gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.areas import merge_rectangles, parts_inside, subtract_rectangles
from rs_seg.values import ClassNames, Window, partition
from rs_seg.values.roles import ROLES

LEARNT = ("train", "validation")
"""Roles of ground that training or the choice of a model sees."""
UNUSED = 3
READ_SIZE = 1024
FINEST = 8
"""Most cells along the side of a block."""
Areas = Mapping[str, Sequence[Window]]
"""Rectangles of a scene by role."""


@dataclass(frozen=True)
class Board:
    """The blocks of a scene, with class counts of cells.

    Blocks are squares of `size` pixels, smaller at the far edges; cells are squares of `cell`
    pixels. `cells` is (rows, columns, K) int64; `cell` divides `size`. `buffer` is the number of
    pixels that areas of different roles keep apart.
    """

    height: int
    width: int
    size: int
    buffer: int
    cell: int
    cells: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of blocks."""
        return -(-self.height // self.size), -(-self.width // self.size)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Labelled pixels of each class in each block (R, C, K)."""
        step = self.size // self.cell
        rows, columns = self.shape
        padded = np.zeros((rows * step, columns * step, self.cells.shape[2]), dtype=np.int64)
        padded[: self.cells.shape[0], : self.cells.shape[1]] = self.cells
        counts: NDArray[np.int64] = padded.reshape(rows, step, columns, step, -1).sum(axis=(1, 3))
        return counts

    @property
    def windows(self) -> list[Window]:
        """Pixels of the blocks, row by row."""
        return list(partition(self.height, self.width, size=self.size))


@dataclass(frozen=True)
class CompactBoard:
    """A board without the rows and columns of blocks far from labelled ones.

    It remembers where the others were.
    """

    board: Board
    shape: tuple[int, int]
    """Rows and columns of blocks of the whole board."""
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    def spread(self, numbers: NDArray[np.uint8], *, elsewhere: int = 0) -> NDArray[np.uint8]:
        """Numbers of the blocks of the compact board, such as their folds, on the whole one."""
        whole = np.full(self.shape, elsewhere, dtype=numbers.dtype)
        whole[np.ix_(self.rows, self.columns)] = numbers
        return whole


def compact(board: Board) -> CompactBoard:
    """The board in which gaps between labelled blocks are no wider than a buffer.

    Of sparse labels few blocks are left. Blocks closer than the buffer stay as far apart as they
    are, all others stay further apart than it.
    """
    labelled = board.counts.sum(axis=-1) > 0
    widest = -(-board.buffer // board.size) + 1
    rows, columns = (_close_gaps(labelled.any(axis=axis), widest) for axis in (1, 0))
    step = board.size // board.cell
    cells = board.cells[_cells_of(rows, step, board.cells.shape[0])][
        :, _cells_of(columns, step, board.cells.shape[1])
    ]
    height, width = (count * board.cell for count in cells.shape[:2])
    return CompactBoard(
        replace(board, height=height, width=width, cells=cells), board.shape, rows, columns
    )


def _close_gaps(used: NDArray[np.bool_], widest: int) -> NDArray[np.int64]:
    """Places of what is used and of the first `widest` of each run of unused ones between."""
    places = np.arange(len(used))
    # Blocks since the last used one; those before the first used one are farther than `widest`.
    since = places - np.maximum.accumulate(np.where(used, places, -len(used) - widest))
    before_last = places <= np.flatnonzero(used).max(initial=-1)
    return np.flatnonzero((since <= widest) & before_last)


def _cells_of(blocks: NDArray[np.int64], step: int, count: int) -> NDArray[np.int64]:
    cells = (blocks[:, None] * step + np.arange(step)).ravel()
    inside: NDArray[np.int64] = cells[cells < count]
    return inside


def choose_cell(size: int, buffer: int) -> int:
    """The side of the cells in which losses to buffers are estimated.

    The estimate is exact where a common divisor of block and buffer is not too small.
    """
    shared = math.gcd(size, buffer) if buffer else size
    if shared * FINEST >= size:
        return shared
    return min(side for side in range(1, size + 1) if size % side == 0 and side * FINEST >= size)


def count_board(
    read: Callable[[Window], NDArray[np.integer]],
    *,
    height: int,
    width: int,
    size: int,
    buffer: int,
    class_names: ClassNames,
) -> Board:
    """The board of a scene; `read` gives class codes of windows inside it."""
    class_count, cell = len(class_names), choose_cell(size, buffer)
    cells = np.zeros((-(-height // cell), -(-width // cell), class_count), dtype=np.int64)
    for window in partition(height, width, size=cell * max(1, READ_SIZE // cell)):
        indices = class_names.decode(read(window))
        first_row, first_column = window.row // cell, window.column // cell
        inside = cells[
            first_row : -(-window.row_end // cell), first_column : -(-window.column_end // cell)
        ]
        rows, columns = np.arange(window.height) // cell, np.arange(window.width) // cell
        # One number for each pair of cell and class: a single bincount counts all pairs.
        places = (rows[:, None] * inside.shape[1] + columns[None, :]) * class_count + indices
        inside += np.bincount(places[indices >= 0], minlength=inside.size).reshape(inside.shape)
    return Board(height, width, size, buffer, cell, cells)


def areas_of_blocks(board: Board, roles: Sequence[str]) -> dict[str, list[Window]]:
    """The blocks of each role; those of ROLES are always there.

    `roles` are those of the blocks, row by row.
    """
    areas: dict[str, list[Window]] = {role: [] for role in ROLES}
    for block, role in zip(board.windows, roles, strict=True):
        if role != "unused":
            areas.setdefault(role, []).append(block)
    return areas


def name_blocks(board: Board, areas: Areas) -> list[str]:
    """The role that most pixels of each block have, to look at; "unused" where none has one."""
    names = []
    for block in board.windows:
        held = {
            role: sum(part.height * part.width for part in parts_inside(own, block))
            for role, own in areas.items()
        }
        most = max(held, key=lambda role: held[role])
        names.append(most if held[most] else "unused")
    return names


def separate_areas(areas: Areas, *, buffer: int) -> dict[str, list[Window]]:
    """Disjoint rectangles of each role with at least `buffer` pixels between roles.

    The areas of different roles may touch, but share no pixel. Test areas stay whole, all test sets
    being one for this; validation gives way to them, training to all others.
    """
    merged = {role: merge_rectangles(rectangles) for role, rectangles in areas.items()}
    tested = [rectangle for role, own in merged.items() if role not in LEARNT for rectangle in own]
    validation, train = merged.get("validation", []), merged.get("train", [])
    validation = subtract_rectangles(validation, [rectangle.expand(buffer) for rectangle in tested])
    # Only what is left of validation takes ground from training.
    train = subtract_rectangles(
        train, [rectangle.expand(buffer) for rectangle in [*tested, *validation]]
    )
    tests = {role: own for role, own in merged.items() if role not in LEARNT}
    return {"train": train, "validation": validation, **tests}


def find_buffers(areas: Areas, separated: Areas) -> list[Window]:
    """What `separate_areas` cut away: pixels of `areas` that no area of `separated` holds."""
    before = [rectangle for rectangles in areas.values() for rectangle in rectangles]
    return subtract_rectangles(
        before, [rectangle for rectangles in separated.values() for rectangle in rectangles]
    )


def count_classes(
    read: Callable[[Window], NDArray[np.integer]], areas: Sequence[Window], class_names: ClassNames
) -> NDArray[np.int64]:
    """Labelled pixels of each class (K,) in disjoint rectangles."""
    total = np.zeros(len(class_names), dtype=np.int64)
    for area in areas:
        for tile in partition(area.height, area.width, size=READ_SIZE):
            indices = class_names.decode(
                read(
                    Window(area.row + tile.row, area.column + tile.column, tile.height, tile.width)
                )
            )
            total += np.bincount(indices[indices >= 0], minlength=len(class_names))
    return total


def smallest_gap(areas: Areas) -> int | None:
    """Fewest pixels between areas of different roles, or None where one role is alone.

    The distance is Chebyshev's; at 0 they touch. Gaps between test sets do not count: nothing is
    learnt on either side. Negative where areas overlap. Computed from the rectangles alone,
    independently of how they were made.
    """
    gaps = []
    for first, second in combinations(areas, 2):
        if first not in LEARNT and second not in LEARNT:
            continue
        if areas.get(first) and areas.get(second):
            first_edges, second_edges = _edges(areas[first]), _edges(areas[second])
            # Along an axis the gap is the start of one less the end of the other, whichever comes
            # first. Areas are apart where they are along one axis, so the larger gap counts.
            rows = np.maximum(
                first_edges[:, None, 0] - second_edges[None, :, 1],
                second_edges[None, :, 0] - first_edges[:, None, 1],
            )
            columns = np.maximum(
                first_edges[:, None, 2] - second_edges[None, :, 3],
                second_edges[None, :, 2] - first_edges[:, None, 3],
            )
            gaps.append(int(np.maximum(rows, columns).min()))
    return min(gaps, default=None)


def _edges(rectangles: Sequence[Window]) -> NDArray[np.int64]:
    return np.array(
        [
            (rectangle.row, rectangle.row_end, rectangle.column, rectangle.column_end)
            for rectangle in rectangles
        ],
        dtype=np.int64,
    )
