"""Prediction as a stream: strips of a map, handed out as the tiles behind them are computed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.prediction.blending import OpenRows
from rs_seg.algorithms.prediction.engine import Engine
from rs_seg.algorithms.prediction.tiles import Read, TileWork, stream_tiles
from rs_seg.algorithms.prediction.tiling import Strip, TilePlan

Advance = Callable[[float], None]
"""Told how many more pixels are done, estimated from the tiles."""


def stream_strips(  # the border between files, networks and arrays
    plan: TilePlan,
    strips: Sequence[Strip],
    *,
    class_count: int,
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
    work = TileWork(engine.forward, engine.workers, engine.batch_size)
    for run in _neighbours(strips):
        unfinished, done = deque(run), run[0].first_tiles - 1
        rows = OpenRows(plan, run, class_count=class_count)
        tile_rows = range(run[0].first_tiles, run[-1].last_tiles + 1)
        with closing(stream_tiles(plan, tile_rows, read=read, work=work, block=block)) as computed:
            for batch, probabilities in computed:
                tiles_KHW = () if probabilities is None else probabilities
                for column, probabilities_KHW, valid_HW in zip(
                    batch.columns, tiles_KHW, batch.valid, strict=True
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
