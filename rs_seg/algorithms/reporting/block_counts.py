"""Blocks of ground in an evaluation: where they lie, and their pixels by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.values.evaluation import TestBlock, ValidationBlock

Blocks = Sequence[TestBlock | ValidationBlock]
BlockPlace = tuple[str, int, int, int]
"""Scene, row and column of a block, and the pixels left out in it."""


def places_of(blocks: Blocks) -> tuple[BlockPlace, ...]:
    """The places of blocks in order, with the pixels left out in each.

    Pixels are left out that the model of a map saw, so that maps with equal places were compared
    with the reference on the same pixels.
    """
    return tuple(
        sorted((block.scene, block.row, block.column, block.seen.total) for block in blocks)
    )


def stack_counts(blocks: Blocks) -> NDArray[np.int64]:
    """Confusions (B, K, K) or (B, K, K + 1), in the order of places, not in that of the file."""
    ordered = sorted(blocks, key=lambda block: (block.scene, block.row, block.column))
    return np.array([block.confusion for block in ordered], dtype=np.int64)
