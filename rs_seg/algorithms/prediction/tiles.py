"""Tiles of a scene, whatever is computed from them: read ahead, cut, computed side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.tiling import TilePlan
from rs_seg.values import Window

Read = Callable[[Window], tuple[NDArray[Any], NDArray[np.bool_]]]
"""Raw pixels (B, H, W) of any type and their validity (H, W), of a window inside the scene."""
Beyond = Literal["mirror", "nothing"]
"""What tiles hold beyond the scene: its mirror image, or invalid pixels."""
Item = TypeVar("Item")
Result = TypeVar("Result")
Made_co = TypeVar("Made_co", covariant=True)
ReadRows = tuple[int, NDArray[Any], NDArray[np.bool_]]
"""First row, pixels (B, rows, W), valid (rows, W)."""

READ_AHEAD = 2
"""Batches of tiles that are cut before they are asked for."""


@dataclass(frozen=True)
class TileBatch:
    """Tiles of one row of tiles that hold a valid pixel, to be computed at once; maybe none.

    `pixels` (N, B, H, W) are NaN where they are invalid, `valid` is (N, H, W).
    """

    row: int
    columns: tuple[int, ...]
    pixels: NDArray[np.float32]
    valid: NDArray[np.bool_]
    share: float
    """Its share of the row of tiles, with those that hold no valid pixel."""
    ends_row: bool
    """Whether it is the last one of its row of tiles."""


@dataclass(frozen=True)
class TileWork(Generic[Made_co]):
    """What is made of tiles: `workers` threads may call `compute` at once.

    Each call takes the pixels (N, B, H, W) of at most `batch_size` tiles of one size, NaN in every
    band where invalid.
    """

    compute: Callable[[NDArray[np.float32]], Made_co]
    workers: int
    batch_size: int


def stream_tiles(
    plan: TilePlan,
    tile_rows: range,
    *,
    read: Read,
    work: TileWork[Result],
    block: int = 256,
    beyond: Beyond = "mirror",
) -> Generator[tuple[TileBatch, Result | None]]:
    """Batches of tiles from left to right, row by row, each with what is computed from it.

    None where a batch has no tile: those without a valid pixel are not computed. Pixels are read
    once, in strips of `block` rows over the whole width, by a thread that reads ahead; `2 *
    workers` batches are computed or wait. Pixels that are invalid or not finite in any band are NaN
    in all bands, whatever the file holds. Memory does not depend on the height of the scene.

    Whoever may leave the loop early closes the generator (`contextlib.closing`): left to garbage
    collection, it would wait for its threads wherever that happens to run, in one of them too.
    """
    cut = _cut(plan, tile_rows, read, work.batch_size, block=block, beyond=beyond)
    with (
        closing(_ahead(cut, depth=READ_AHEAD)) as batches,
        closing(_compute(batches, work)) as computed,
    ):
        yield from computed


def _cut(
    plan: TilePlan, tile_rows: range, read: Read, batch_size: int, *, block: int, beyond: Beyond
) -> Iterator[TileBatch]:
    strips = _Strips(plan, read, block=block, beyond=beyond)
    columns = range(len(plan.columns.origins))
    for row in tile_rows:
        strips.move(row)
        for start in columns[::batch_size]:
            group = columns[start : start + batch_size]
            filled = [column for column in group if strips.holds_data(plan.tile(row, column))]
            tiles = [strips.cut(plan.tile(row, column)) for column in filled]
            yield TileBatch(
                row,
                tuple(filled),
                np.stack([pixels for pixels, _ in tiles])
                if tiles
                else np.empty(0, dtype=np.float32),
                np.stack([valid for _, valid in tiles]) if tiles else np.empty(0, dtype=bool),
                share=len(group) / len(columns),
                ends_row=group[-1] == columns[-1],
            )


class _Strips:
    """The rows of the scene that a row of tiles needs, read in strips from multiples of `block`."""

    def __init__(self, plan: TilePlan, read: Read, *, block: int, beyond: Beyond) -> None:
        self._plan = plan
        self._read = read
        self._block = block
        self._beyond = beyond
        self._read_rows: deque[ReadRows] = deque()

    def move(self, tile_row: int) -> None:
        """Read what this row of tiles needs and forget what lies above it."""
        window = self._plan.tile(tile_row, 0).clip(self._plan.height, self._plan.width)
        assert window is not None
        while self._read_rows and self._read_rows[0][0] + self._block <= window.row:
            self._read_rows.popleft()
        start = (
            self._read_rows[-1][0] + self._block
            if self._read_rows
            else window.row // self._block * self._block
        )
        for row in range(start, window.row_end, self._block):
            window_read = Window(
                row, 0, min(self._block, self._plan.height - row), self._plan.width
            )
            pixels, valid = self._read(window_read)
            if pixels.dtype.kind == "f":
                valid = valid & np.isfinite(pixels).all(axis=0)
            self._read_rows.append((row, pixels, valid))

    def holds_data(self, tile: Window) -> bool:
        """Whether a pixel of the tile is valid."""
        return any(valid.any() for _, _, valid, _ in self._parts(tile))

    def cut(self, tile: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """The pixels (B, H, W) of a tile, NaN where invalid, and where they are valid (H, W)."""
        inside = tile.clip(self._plan.height, self._plan.width)
        assert inside is not None
        band_count = len(self._read_rows[0][1])
        pixels = np.empty((band_count, inside.height, inside.width), dtype=np.float32)
        valid = np.empty((inside.height, inside.width), dtype=bool)
        for row, part, part_valid, count in self._parts(tile):
            pixels[:, row : row + count] = part
            valid[row : row + count] = part_valid
        if not valid.all():
            pixels[:, ~valid] = np.nan
        missing = (0, tile.height - inside.height), (0, tile.width - inside.width)
        if missing == ((0, 0), (0, 0)):
            return pixels, valid
        if self._beyond == "nothing":
            nothing = np.pad(pixels, ((0, 0), *missing), constant_values=np.nan)
            return nothing, np.pad(valid, missing)
        return np.pad(pixels, ((0, 0), *missing), mode="symmetric"), np.pad(
            valid, missing, mode="symmetric"
        )

    def _parts(self, tile: Window) -> Iterator[tuple[int, NDArray[Any], NDArray[np.bool_], int]]:
        """The pieces of strips in a tile: row in the tile, pixels, valid, number of rows."""
        columns = slice(tile.column, tile.column_end)
        for start, pixels, valid in self._read_rows:
            first, last = max(tile.row, start), min(tile.row_end, start + len(valid))
            if first < last:
                rows = slice(first - start, last - start)
                yield first - tile.row, pixels[:, rows, columns], valid[rows, columns], last - first


def _compute(
    batches: Iterator[TileBatch], work: TileWork[Result]
) -> Generator[tuple[TileBatch, Result | None]]:
    """Batches in order, each with what is computed from its tiles."""
    nothing: Future[Result | None] = Future()
    nothing.set_result(None)
    pool = ThreadPoolExecutor(work.workers, thread_name_prefix="forward")
    pending: deque[tuple[TileBatch, Future[Result | None]]] = deque()
    submit: Callable[..., Future[Result | None]] = pool.submit
    try:
        for batch in batches:
            pending.append(
                (batch, submit(work.compute, batch.pixels) if batch.columns else nothing)
            )
            if len(pending) > 2 * work.workers:
                done, result = pending.popleft()
                yield done, result.result()
        for done, result in pending:
            yield done, result.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _ahead(items: Iterator[Item], *, depth: int) -> Generator[Item]:
    """The same items, made by another thread, up to `depth` of them before they are asked for."""
    end = object()
    thread = ThreadPoolExecutor(1, thread_name_prefix="read")
    try:
        pending = deque(thread.submit(next, items, end) for _ in range(depth))
        while (item := pending.popleft().result()) is not end:
            pending.append(thread.submit(next, items, end))
            yield item  # type: ignore[misc]  # the sentinel is no item
    finally:
        thread.shutdown(cancel_futures=True)
