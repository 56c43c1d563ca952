"""Spatial blocks: the board of a scene, class counts of its cells, areas of roles without buffers, and the proof."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.areas import merge_rectangles, subtract_rectangles
from rs_seg.values import ClassNames, Window, partition

Role = Literal["train", "validation", "test", "unused"]
ROLES: tuple[Role, Role, Role] = ("train", "validation", "test")
UNUSED = 3
READ_SIZE = 1024
FINEST = 8
"""Most cells along the side of a block."""


@dataclass(frozen=True)
class Board:
    """The blocks of a scene: `size` pixels square, smaller at the far edges, with class counts of `cell` pixel squares.

    `cells` is (rows, columns, K) int64; `cell` divides `size`.
    """

    height: int
    width: int
    size: int
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


def choose_cell(size: int, buffer: int) -> int:
    """The side of the cells in which losses to buffers are estimated: exact where a divisor of both is not too fine."""
    shared = math.gcd(size, buffer) if buffer else size
    if shared * FINEST >= size:
        return shared
    return min(each for each in range(1, size + 1) if size % each == 0 and each * FINEST >= size)


def count_board(
    read: Callable[[Window], NDArray[np.integer]],
    *,
    height: int,
    width: int,
    size: int,
    cell: int,
    class_names: ClassNames,
) -> Board:
    """The board of a scene; `read` gives class codes of windows inside it."""
    classes = len(class_names)
    cells = np.zeros((-(-height // cell), -(-width // cell), classes), dtype=np.int64)
    for window in partition(height, width, size=cell * max(1, READ_SIZE // cell)):
        indices = class_names.decode(read(window))
        rows = (np.arange(window.height) + window.row) // cell
        columns = (np.arange(window.width) + window.column) // cell
        places = (rows[:, None] * cells.shape[1] + columns[None, :]) * classes + indices
        counts = np.bincount(places[indices >= 0], minlength=cells.size)
        cells += counts.reshape(cells.shape)
    return Board(height, width, size, cell, cells)


def cut_areas(board: Board, roles: NDArray[np.uint8], *, buffer: int) -> dict[Role, list[Window]]:
    """Disjoint rectangles of each role with at least `buffer` pixels between roles.

    `roles` (R, C) are indices into ROLES, or UNUSED. Test areas stay whole; validation gives way to test,
    training to both.
    """
    blocks = board.windows
    flat = roles.ravel()
    whole = {
        role: [block for block, own in zip(blocks, flat, strict=True) if own == index]
        for index, role in enumerate(ROLES)
    }
    test = merge_rectangles(whole["test"])
    validation = subtract_rectangles(whole["validation"], [each.expand(buffer) for each in test])
    train = subtract_rectangles(whole["train"], [each.expand(buffer) for each in [*test, *validation]])
    return {"train": train, "validation": validation, "test": test}


def buffer_areas(board: Board, roles: NDArray[np.uint8], areas: Mapping[Role, Sequence[Window]]) -> list[Window]:
    """What was cut away between the roles: blocks with a role outside all areas."""
    used = [block for block, own in zip(board.windows, roles.ravel(), strict=True) if own != UNUSED]
    return subtract_rectangles(used, [each for rectangles in areas.values() for each in rectangles])


def count_classes(
    read: Callable[[Window], NDArray[np.integer]], areas: Sequence[Window], class_names: ClassNames
) -> NDArray[np.int64]:
    """Labelled pixels of each class (K,) in disjoint rectangles."""
    total = np.zeros(len(class_names), dtype=np.int64)
    for area in areas:
        for tile in partition(area.height, area.width, size=READ_SIZE):
            indices = class_names.decode(
                read(Window(area.row + tile.row, area.column + tile.column, tile.height, tile.width))
            )
            total += np.bincount(indices[indices >= 0], minlength=len(class_names))
    return total


def smallest_gap(areas: Mapping[Role, Sequence[Window]]) -> int | None:
    """Fewest pixels between areas of different roles (Chebyshev; 0: they touch), or None where one role is alone.

    Negative where they overlap. Computed from the rectangles alone, independently of how they were made.
    """
    gaps = []
    pairs = [(first, second) for index, first in enumerate(ROLES) for second in ROLES[index + 1 :]]
    for first, second in pairs:
        if areas.get(first) and areas.get(second):
            one, other = _edges(areas[first]), _edges(areas[second])
            rows = np.maximum(one[:, None, 0] - other[None, :, 1], other[None, :, 0] - one[:, None, 1])
            columns = np.maximum(one[:, None, 2] - other[None, :, 3], other[None, :, 2] - one[:, None, 3])
            gaps.append(int(np.maximum(rows, columns).min()))
    return min(gaps, default=None)


def overlap_pixels(areas: Mapping[Role, Sequence[Window]]) -> int:
    """Pixels that two rectangles share, of the same or of different roles."""
    rectangles = [each for role in ROLES for each in areas.get(role, ())]
    shared = 0
    for index, one in enumerate(rectangles):
        for other in rectangles[index + 1 :]:
            common = one.intersect(other)
            shared += common.height * common.width if common is not None else 0
    return shared


def _edges(rectangles: Sequence[Window]) -> NDArray[np.int64]:
    return np.array([(each.row, each.row_end, each.column, each.column_end) for each in rectangles], dtype=np.int64)
