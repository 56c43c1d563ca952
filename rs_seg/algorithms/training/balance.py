"""Windows drawn around pixels of classes, so that rare classes are seen as often as common ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.splitting.areas import merge_rectangles, tile_windows, window_positions
from rs_seg.algorithms.training.plan import Areas, Planned, plan_epoch
from rs_seg.errors import UserError
from rs_seg.values import Window, partition

CELL = 64
"""Height and width of the cells in which pixels of classes are counted."""
CHUNK = 8 * CELL
ReadIndices = Callable[[int, Window], NDArray[np.int64]]
"""Class indices (H, W) of a scene's window, negative where unlabelled."""


@dataclass(frozen=True)
class ClassPlaces:
    """Where pixels of each class lie that a window inside the training areas can hold.

    `cells` (C, 5) holds scene, row, column, height and width of cells, `counts` (C, K) their pixels
    of each class; cells without a labelled pixel are left out. `positions` are those of the
    windows' first pixels, by scene.
    """

    size: int
    positions: tuple[NDArray[np.int64], ...]
    cells: NDArray[np.int32]
    counts: NDArray[np.uint16]

    @property
    def classes(self) -> NDArray[np.int64]:
        """Indices of the classes that occur."""
        return np.flatnonzero(self.counts.any(axis=0))


def find_classes(areas: Areas, *, size: int, class_count: int, read: ReadIndices) -> ClassPlaces:
    """The places of all classes, counted in one pass.

    Memory grows with the number of cells, not of pixels.
    """
    positions = [window_positions(rectangles, size=size) for rectangles in areas]
    cells, counts = [np.empty((0, 5), np.int32)], [np.empty((0, class_count), np.uint16)]
    for scene, starts in enumerate(positions):
        for chunk in tile_windows(_reached(starts, size), size=CHUNK) if starts else []:
            labelled_cells, numbers = _count_cells(read(scene, chunk), class_count)
            placed = [
                (scene, chunk.row + row, chunk.column + column, *shape)
                for row, column, *shape in labelled_cells
            ]
            cells.append(np.array(placed, np.int32).reshape(-1, 5))
            counts.append(numbers)
    edges = tuple(
        np.array(
            [(window.row, window.column, window.row_end, window.column_end) for window in starts],
            np.int64,
        ).reshape(-1, 4)
        for starts in positions
    )
    return ClassPlaces(size, edges, np.concatenate(cells), np.concatenate(counts))


def plan_balanced_epoch(
    areas: Areas,
    places: ClassPlaces,
    *,
    share: float,
    count: int,
    seed: int,
    epoch: int,
    read: ReadIndices,
) -> Sequence[Planned]:
    """`count` pairs of scene index and window; a `share` of them lie around a pixel of a class.

    The order is random. The class is drawn evenly from those that occur, the pixel evenly from
    those of the class, the window evenly from those inside the training areas that hold the pixel.
    The others are as `plan_epoch` draws them. Pixels are looked up when a window is asked for.
    Depends on the arguments alone.

    Raises:
        UserError: no window fits into any scene, or no pixel of the training areas is labelled.
    """
    around = round(share * count)
    generator = np.random.default_rng((seed, epoch, 1))
    common = plan_epoch(areas, size=places.size, count=count - around, seed=seed, epoch=epoch)
    pixels = _draw_pixels(places, around, generator)
    return BalancedEpoch(
        places, common, pixels, generator.random((around, 3)), generator.permutation(count), read
    )


@dataclass(frozen=True)
class BalancedEpoch(Sequence[Planned]):
    """Windows anywhere and windows around pixels, in the order of `order`."""

    places: ClassPlaces
    common: Sequence[Planned]
    pixels: NDArray[np.int64]
    """Class, cell and number of the pixel among those of its class in the cell (P, 3)."""
    draws: NDArray[np.float64]
    """Three numbers per window around a pixel: its rectangle of positions, row and column."""
    order: NDArray[np.int64]
    read: ReadIndices

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: int) -> Planned:  # type: ignore[override]  # slices are never asked for
        number = int(self.order[index])
        if number < len(self.common):
            return self.common[number]
        number -= len(self.common)
        scene, row, column = self._find_pixel(*self.pixels[number].tolist())
        return scene, _draw_around(
            self.places.positions[scene], row, column, self.places.size, self.draws[number]
        )

    def _find_pixel(self, class_index: int, cell: int, rank: int) -> tuple[int, int, int]:
        scene, *rectangle = self.places.cells[cell].tolist()
        window = Window(*rectangle)
        row, column = np.argwhere(self.read(scene, window) == class_index)[rank].tolist()
        return scene, window.row + row, window.column + column


def _draw_pixels(
    places: ClassPlaces, count: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Class, cell and number in the cell (P, 3) of random pixels.

    Classes that occur are equally likely, and so are the pixels of each class.
    """
    if not len(places.classes):
        raise UserError(
            "no labelled pixel in the training areas",
            expected="labels to draw windows around, as train.rare_classes asks for",
            remedy="label more, or set train.rare_classes to 0",
        )
    drawn = generator.choice(places.classes, size=count)
    numbers = generator.integers(places.counts.sum(axis=0, dtype=np.int64)[drawn])
    cells = np.empty_like(drawn)
    for index in np.unique(drawn):
        # Pixel n of the class lies in the first cell whose running total is above n; less the
        # pixels of the cells before, n is its number inside.
        ends = np.cumsum(places.counts[:, index], dtype=np.int64)
        chosen = drawn == index
        cells[chosen] = np.searchsorted(ends, numbers[chosen], side="right")
        numbers[chosen] -= (ends - places.counts[:, index])[cells[chosen]]
    return np.stack([drawn, cells, numbers], axis=1)


def _draw_around(
    positions: NDArray[np.int64], row: int, column: int, size: int, draw: NDArray[np.float64]
) -> Window:
    """A random window that holds the pixel, even over the positions that allow it.

    `positions` (P, 4) are row and column with their ends.
    """
    # Windows that hold the pixel begin at most `size - 1` before it.
    starts = np.maximum(positions[:, :2], (row - size + 1, column - size + 1))
    lengths = np.minimum(positions[:, 2:], (row + 1, column + 1)) - starts
    # A rectangle of positions is drawn by its size, then a place in it: all are equally likely.
    ends = np.cumsum(np.prod(np.maximum(lengths, 0), axis=1))
    chosen = int(np.searchsorted(ends, draw[0] * ends[-1], side="right"))
    first = starts[chosen] + np.minimum(
        (draw[1:] * lengths[chosen]).astype(np.int64), lengths[chosen] - 1
    )
    return Window(int(first[0]), int(first[1]), size, size)


def _reached(positions: Sequence[Window], size: int) -> list[Window]:
    """The pixels that a window at any of the positions holds."""
    more = size - 1
    return merge_rectangles(
        [
            Window(window.row, window.column, window.height + more, window.width + more)
            for window in positions
        ]
    )


def _count_cells(
    indices: NDArray[np.int64], class_count: int
) -> tuple[list[tuple[int, int, int, int]], NDArray[np.uint16]]:
    """Row, column, height and width of cells with a labelled pixel, and their pixels by class."""
    cells, counts = [], [np.empty((0, class_count), np.uint16)]
    for cell in partition(*indices.shape, size=CELL):
        here = indices[cell.slices]
        numbers = np.bincount(here[here >= 0], minlength=class_count)
        if numbers.any():
            cells.append((cell.row, cell.column, cell.height, cell.width))
            counts.append(numbers[None].astype(np.uint16))
    return cells, np.concatenate(counts)
