"""Windows in areas: where a training window may lie, and how an area is cut up for validation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.values import Window, partition

if TYPE_CHECKING:
    from rs_seg.values.split import Split

Edges = NDArray[np.int64]


def rectangles_of(split: Split, scene: str, role: str) -> list[Window]:
    """The disjoint rectangles of a role ("train", "validation", "test") in a scene, maybe none."""
    return list(split.areas.get(scene, {}).get(role, ()))


def rectangles_by_block(split: Split, scene: str, role: str) -> dict[Window, list[Window]]:
    """The rectangles of a role in a scene, cut along the blocks of the split.

    Blocks that hold any come with their parts. The parts together have every pixel of the role
    exactly once. Where groups were dealt to folds, each stands for a block, by the first of its
    rectangles.
    """
    rectangles = rectangles_of(split, scene, role)
    groups = [group.rectangles for group in split.groups.get(scene, ())]
    if groups:
        return _parts_of_groups(rectangles, groups)
    blocks = [block.window for block in split.blocks if block.scene == scene]
    parts = {block: parts_inside(rectangles, block) for block in blocks}
    held = sum(part.height * part.width for own in parts.values() for part in own)
    assert held == sum(rectangle.height * rectangle.width for rectangle in rectangles), (
        "the blocks partition the scene"
    )
    return {block: own for block, own in parts.items() if own}


def _parts_of_groups(
    rectangles: Sequence[Window], groups: Sequence[Sequence[Window]]
) -> dict[Window, list[Window]]:
    """The parts of the rectangles in each group, by the group's first window.

    What lies outside all groups is one group more.
    """
    parts = [_parts_of_group(rectangles, group) for group in groups]
    inside = [part for own in parts for part in own]
    keys = {min(group): own for group, own in zip(groups, parts, strict=True) if own}
    outside = subtract_rectangles(rectangles, inside)
    return {**keys, min(outside): outside} if outside else keys


def _parts_of_group(rectangles: Sequence[Window], group: Sequence[Window]) -> list[Window]:
    row, column = min(window.row for window in group), min(window.column for window in group)
    end, right = max(window.row_end for window in group), max(window.column_end for window in group)
    box = Window(row, column, end - row, right - column)
    near = [rectangle for rectangle in rectangles if rectangle.intersect(box) is not None]
    return [part for window in group for part in parts_inside(near, window)]


def parts_inside(rectangles: Sequence[Window], block: Window) -> list[Window]:
    """The parts of the rectangles that lie in a block."""
    return [part for rectangle in rectangles if (part := rectangle.intersect(block)) is not None]


def window_positions(rectangles: Sequence[Window], *, size: int) -> list[Window]:
    """All positions (first pixel) at which a square window lies wholly in the rectangles.

    Positions come as disjoint rectangles. Exact, and independent of the number of pixels: works on
    the rectangles' edges only.
    """
    if not rectangles:
        return []
    # Cells between edges are disjoint: a window with all of its area in covered cells fits.
    rows, columns, covered = _compress(rectangles)
    row_edges, column_edges = _position_edges(rows, size), _position_edges(columns, size)
    area = _covered_area(rows, columns, covered, row_edges[:-1], column_edges[:-1], size)
    return [
        Window(
            int(row_edges[row]),
            int(column_edges[column]),
            int(row_edges[row + 1] - row_edges[row]),
            int(column_edges[column + 1] - column_edges[column]),
        )
        for row, column in np.argwhere(area == size * size)
    ]


def draw_windows(
    rectangles: Sequence[Window], *, size: int, count: int, generator: np.random.Generator
) -> list[Window]:
    """Random square windows inside the union of the rectangles, uniform over all positions.

    They have `size` x `size` pixels. Windows may reach across several rectangles that touch, and
    may overlap each other.

    Raises:
        UserError: no position exists.
    """
    positions = window_positions(rectangles, size=size)
    if not positions:
        raise _no_window_fits(rectangles, size)
    numbers = np.array([position.height * position.width for position in positions], dtype=float)
    chosen = generator.choice(len(positions), size=count, p=numbers / numbers.sum())
    draws = generator.random((count, 2))
    return [_pick(positions[index], draw, size) for index, draw in zip(chosen, draws, strict=True)]


def tile_windows(rectangles: Sequence[Window], *, size: int) -> list[Window]:
    """Windows of at most `size` x `size` pixels with every pixel of the rectangles exactly once.

    They are smaller at far edges.

    Raises:
        UserError: there is no rectangle.
    """
    if not rectangles:
        raise _no_window_fits(rectangles, size)
    return [
        Window(rectangle.row + tile.row, rectangle.column + tile.column, tile.height, tile.width)
        for rectangle in rectangles
        for tile in partition(rectangle.height, rectangle.width, size=size)
    ]


def merge_rectangles(rectangles: Sequence[Window]) -> list[Window]:
    """Fewer and larger disjoint rectangles with the same pixels.

    Runs along rows are found first, then equal runs are joined.
    """
    if not rectangles:
        return []
    rows, columns, covered = _compress(rectangles)
    finished: list[Window] = []
    open_runs: dict[tuple[int, int], int] = {}
    for index in range(len(rows) - 1):
        # A run stays open while the next row of cells has the very same one. Every covered cell is
        # in one run of its row, so the rectangles are disjoint.
        runs = set(_runs(covered[index], columns))
        ended = [run for run in open_runs if run not in runs]
        finished += [_rectangle(open_runs.pop(run), int(rows[index]), run) for run in ended]
        for run in runs:
            open_runs.setdefault(run, int(rows[index]))
    finished += [_rectangle(start, int(rows[-1]), run) for run, start in open_runs.items()]
    return sorted(finished)


def subtract_rectangles(rectangles: Sequence[Window], removed: Sequence[Window]) -> list[Window]:
    """The pixels of `rectangles` outside all of `removed`, as disjoint merged rectangles."""
    if not rectangles:
        return []
    rows, columns, _ = _compress([*rectangles, *removed])
    remaining = _cover(rows, columns, rectangles) & ~_cover(rows, columns, removed)
    cells = [
        Window(
            int(rows[i]),
            int(columns[j]),
            int(rows[i + 1] - rows[i]),
            int(columns[j + 1] - columns[j]),
        )
        for i, j in np.argwhere(remaining)
    ]
    return merge_rectangles(cells)


def _compress(rectangles: Sequence[Window]) -> tuple[Edges, Edges, NDArray[np.bool_]]:
    """Sorted row and column edges, and which of the cells between them the rectangles cover."""
    rows = np.unique(
        [edge for rectangle in rectangles for edge in (rectangle.row, rectangle.row_end)]
    )
    columns = np.unique(
        [edge for rectangle in rectangles for edge in (rectangle.column, rectangle.column_end)]
    )
    return rows, columns, _cover(rows, columns, rectangles)


def _cover(rows: Edges, columns: Edges, rectangles: Sequence[Window]) -> NDArray[np.bool_]:
    covered = np.zeros((len(rows) - 1, len(columns) - 1), dtype=bool)
    for rectangle in rectangles:
        top, bottom = np.searchsorted(rows, (rectangle.row, rectangle.row_end))
        left, right = np.searchsorted(columns, (rectangle.column, rectangle.column_end))
        covered[top:bottom, left:right] = True
    return covered


def _position_edges(edges: Edges, size: int) -> Edges:
    """Coordinates between which a window of `size` pixels may move and still fit, or not fit."""
    # A window leaves the cells before an edge at the edge itself, and enters those behind it at
    # edge - size + 1: whether it fits changes nowhere else.
    candidates = np.unique(np.concatenate([edges, edges - size, edges - size + 1]))
    inside: Edges = candidates[(candidates >= edges[0]) & (candidates <= edges[-1])]
    return inside


def _covered_area(
    rows: Edges, columns: Edges, covered: NDArray[np.bool_], tops: Edges, lefts: Edges, size: int
) -> NDArray[np.int64]:
    """Covered pixels of the windows at all pairs of `tops` and `lefts`."""
    # The overlap with a cell is the product of the overlaps along both axes, so matrix products sum
    # over all cells.
    vertical = _overlap_lengths(rows, tops, size)
    horizontal = _overlap_lengths(columns, lefts, size)
    area: NDArray[np.int64] = vertical @ covered.astype(np.int64) @ horizontal.T
    return area


def _overlap_lengths(edges: Edges, starts: Edges, size: int) -> NDArray[np.int64]:
    low = np.maximum(edges[None, :-1], starts[:, None])
    high = np.minimum(edges[None, 1:], starts[:, None] + size)
    lengths: Edges = np.maximum(high - low, 0)
    return lengths


def _pick(positions: Window, draw: NDArray[np.float64], size: int) -> Window:
    row = positions.row + min(int(draw[0] * positions.height), positions.height - 1)
    column = positions.column + min(int(draw[1] * positions.width), positions.width - 1)
    return Window(row, column, size, size)


def _runs(covered: NDArray[np.bool_], columns: Edges) -> list[tuple[int, int]]:
    steps = np.diff(np.concatenate([[0], covered.astype(np.int8), [0]]))
    return [
        (int(columns[start]), int(columns[end]))
        for start, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)
    ]


def _rectangle(row: int, row_end: int, run: tuple[int, int]) -> Window:
    return Window(row, run[0], row_end - row, run[1] - run[0])


def _no_window_fits(rectangles: Sequence[Window], size: int) -> UserError:
    largest = max(rectangles, key=lambda window: min(window.height, window.width), default=None)
    return UserError(
        "no window fits into the area",
        found="no area at all"
        if largest is None
        else f"a largest rectangle of {largest.height} x {largest.width} pixels",
        expected=f"room for a window of {size} x {size} pixels",
        remedy="make train.window or split.buffer smaller, or split.block_size larger",
    )
