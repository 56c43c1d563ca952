"""Windows of a raw raster in which to look for a valid pixel, by its size and its stored blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import Window, partition

SEARCHED = 512
"""Height of what is read at once of all pixels of a file, and width where that need not be all, in
pixels."""
MOST = 20_000
"""Windows that are looked at: all of 70,000 x 70,000 pixels."""
MOST_BLOCKS = 200_000
"""Of more, asking for each would take longer than looking."""


def find_stored_blocks(dataset: Any, indexes: list[int]) -> NDArray[np.bool_] | None:
    """True (rows, columns of blocks) where a TIFF stores pixels of any band; None where not known.

    The other blocks hold the no-data value, or 0, everywhere: a file of some hundred bytes may have
    10^10 pixels.
    """
    height, width = dataset.block_shapes[0]
    shape = (-(-dataset.height // height), -(-dataset.width // width))
    if dataset.driver not in ("GTiff", "COG") or shape[0] * shape[1] > MOST_BLOCKS:
        return None
    stored = np.zeros(shape, dtype=bool)
    for band in indexes:
        for row, column in np.ndindex(*shape):
            offset = dataset.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
            stored[row, column] |= bool(offset and int(offset))
    return stored


def search_windows(dataset: Any, stored: NDArray[np.bool_] | None) -> Iterator[Window]:
    """Windows to look at in turn; without knowledge of blocks, the middle first.

    Blocks that are not stored are all alike: a single pixel of them is looked at.

    Of more than MOST windows, as many, spread evenly.
    """
    if stored is None or stored.all():
        yield from _spread(dataset.height, dataset.width)
        return
    height, width = dataset.block_shapes[0]
    blocks = [
        _block(dataset, row, column, height, width) for row, column in np.argwhere(~stored)[:1]
    ]
    yield from (Window(block.row, block.column, 1, 1) for block in blocks)
    left = MOST
    for row, column in np.argwhere(stored):
        block = _block(dataset, int(row), int(column), height, width)
        for window in partition(block.height, block.width, size=SEARCHED):
            if left == 0:
                return
            left -= 1
            yield Window(
                block.row + window.row, block.column + window.column, window.height, window.width
            )


def looks_everywhere(height: int, width: int) -> bool:
    """Whether all windows of a raster of this size are looked at."""
    return -(-height // SEARCHED) * -(-width // SEARCHED) <= MOST


def _block(dataset: Any, row: int, column: int, height: int, width: int) -> Window:
    top, left = int(row) * height, int(column) * width
    return Window(top, left, min(height, dataset.height - top), min(width, dataset.width - left))


def _spread(height: int, width: int) -> Iterator[Window]:
    rows, columns = -(-height // SEARCHED), -(-width // SEARCHED)
    total = rows * columns
    step = max(1, total // MOST)
    step += step > 1 and step % columns == 0  # not always the same column
    for count in range(min(total, MOST)):
        row, column = divmod((total // 2 + count * step) % total, columns)
        top, left = row * SEARCHED, column * SEARCHED
        yield Window(top, left, min(SEARCHED, height - top), min(SEARCHED, width - left))
