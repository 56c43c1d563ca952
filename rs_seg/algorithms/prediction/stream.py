"""Prediction as a stream: rows are read ahead, tiles computed side by side, strips handed out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.blending import OpenRows
from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.tiling import Strip, TilePlan
from rs_seg.values import Window

Read = Callable[[Window], tuple[NDArray[Any], NDArray[np.bool_]]]
"""Raw pixels (B, H, W) of any type and their validity (H, W), of a window inside the scene."""
Advance = Callable[[float], None]
"""Told how many more pixels are done, estimated from the tiles."""
Item = TypeVar("Item")
ReadRows = tuple[int, NDArray[Any], NDArray[np.bool_]]
"""First row, pixels (B, rows, W), valid (rows, W)."""

READ_AHEAD = 2
"""Batches of tiles that are cut before they are asked for."""


@dataclass(frozen=True)
class _Batch:
    """Tiles of one row of tiles that hold a valid pixel, to be computed at once; maybe none."""

    row: int
    columns: tuple[int, ...]
    pixels: NDArray[np.float32]
    valid: NDArray[np.bool_]
    share: float
    """Its share of the row of tiles, with those that hold no valid pixel."""
    ends_row: bool
    """Whether it is the last one of its row of tiles."""


def stream_strips(  # the border between files, networks and arrays
    plan: TilePlan,
    strips: Sequence[Strip],
    *,
    classes: int,
    read: Read,
    engine: Engine,
    block: int = 256,
    advance: Advance | None = None,
) -> Generator[tuple[Strip, NDArray[np.uint8]]]:
    """Each of the strips (from `plan.strips`, in order) with its bytes (K, H, W).

    Invalid pixels are nodata. Pixels are read once, in strips of `block` rows over the whole width,
    by a thread that reads ahead; `2 * workers` batches of tiles are computed or wait. Tiles without
    a valid pixel are not computed. Pixels that are invalid or not finite in any band reach the
    network as NaN, whatever the file holds, and are nodata in the result. Beyond the scene, tiles
    hold its mirror image. Memory does not depend on the height of the scene.

    Whoever may leave the loop early closes the generator (`contextlib.closing`): left to garbage
    collection, it would wait for its threads wherever that happens to run, in one of them too.
    """
    for run in _neighbours(strips):
        unfinished, done = deque(run), run[0].first_tiles - 1
        rows = OpenRows(plan, run, classes=classes)
        cut = _cut(
            plan, range(run[0].first_tiles, run[-1].last_tiles + 1), read, engine.batch_size, block
        )
        with (
            closing(_ahead(cut, depth=READ_AHEAD)) as batches,
            closing(_compute(batches, engine)) as computed,
        ):
            for batch, probabilities_NKHW in computed:
                for column, probabilities_KHW, valid_HW in zip(
                    batch.columns, probabilities_NKHW, batch.valid, strict=True
                ):
                    rows.add(batch.row, column, probabilities_KHW, valid_HW)
                strip = unfinished[0]
                if advance is not None:
                    advance(batch.share * strip.height * plan.width / (strip.last_tiles - done))
                if batch.ends_row and batch.row == strip.last_tiles:
                    done = unfinished.popleft().last_tiles
                    yield strip, rows.pop(strip)


def _neighbours(strips: Sequence[Strip]) -> list[list[Strip]]:
    """The strips in runs without gaps.

    Strips that were finished earlier are not computed again, except for tiles that reach in.
    """
    runs: list[list[Strip]] = []
    for strip in strips:
        if runs and runs[-1][-1].row_end == strip.row:
            runs[-1].append(strip)
        else:
            runs.append([strip])
    return runs


def _cut(
    plan: TilePlan, tile_rows: range, read: Read, batch_size: int, block: int
) -> Iterator[_Batch]:
    strips = _Strips(plan, read, block)
    columns = range(len(plan.columns.origins))
    for row in tile_rows:
        strips.move(row)
        for start in columns[::batch_size]:
            group = columns[start : start + batch_size]
            filled = [column for column in group if strips.holds_data(plan.tile(row, column))]
            tiles = [strips.cut(plan.tile(row, column)) for column in filled]
            yield _Batch(
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

    def __init__(self, plan: TilePlan, read: Read, block: int) -> None:
        self._plan = plan
        self._read = read
        self._block = block
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
        bands = len(self._read_rows[0][1])
        pixels = np.empty((bands, inside.height, inside.width), dtype=np.float32)
        valid = np.empty((inside.height, inside.width), dtype=bool)
        for row, part, part_valid, count in self._parts(tile):
            pixels[:, row : row + count] = part
            valid[row : row + count] = part_valid
        if not valid.all():
            pixels[:, ~valid] = np.nan
        missing = (0, tile.height - inside.height), (0, tile.width - inside.width)
        if missing == ((0, 0), (0, 0)):
            return pixels, valid
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
    batches: Iterator[_Batch], engine: Engine
) -> Generator[tuple[_Batch, NDArray[np.float32]]]:
    """Batches in order, each with the probabilities (N, K, H, W) of its tiles."""
    nothing: Future[NDArray[np.float32]] = Future()
    nothing.set_result(np.empty(0, dtype=np.float32))
    pool = ThreadPoolExecutor(engine.workers, thread_name_prefix="forward")
    pending: deque[tuple[_Batch, Future[NDArray[np.float32]]]] = deque()
    try:
        for batch in batches:
            pending.append(
                (batch, pool.submit(engine.forward, batch.pixels) if batch.columns else nothing)
            )
            if len(pending) > 2 * engine.workers:
                done, probabilities = pending.popleft()
                yield done, probabilities.result()
        for done, probabilities in pending:
            yield done, probabilities.result()
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
