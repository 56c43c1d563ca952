"""What the blocks of a raw raster tell without decoding them: whether the file is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from rs_seg.errors import UserError
from rs_seg.values import Window


def find_missing_blocks(dataset: Any, path: Path, indexes: list[int]) -> UserError | None:
    """The fault of a TIFF whose blocks lie behind its end (a truncated copy), or None.

    Only the directory of the file is read.
    """
    if dataset.driver not in ("GTiff", "COG"):
        return None
    length = path.stat().st_size
    height, width = dataset.block_shapes[0]
    shape = (-(-dataset.height // height), -(-dataset.width // width))
    one_for_all = dataset.interleaving is not None and dataset.interleaving.name == "pixel"
    for band in [1] if one_for_all else indexes:
        for row, column in np.ndindex(*shape):
            end = _block_end(dataset, band, row, column)
            if end > length:
                return _truncated(
                    path, Window(row * height, column * width, height, width), end, length
                )
    return None


def _block_end(dataset: Any, band: int, row: int, column: int) -> int:
    offset = dataset.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
    size = dataset.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=band)
    return int(offset) + int(size) if offset and size else 0


def _truncated(path: Path, block: Window, end: int, length: int) -> UserError:
    return UserError(
        "raster is truncated",
        where=f"{path}, block at row {block.row}, column {block.column} ({block.height} x "
        f"{block.width} pixels)",
        found=f"a file of {length} bytes",
        expected=f"at least {end} bytes",
        remedy="copy or download the file again",
    )
