"""How well the blocks of a scene agree where they meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import Window

Place = tuple[int, int]


class Seams:
    """Counts of the pixels at seams to which the two blocks there give different classes.

    Pixels on both sides of all seams count.

    Each block labels its core and an overlap around it; the map takes the cores. Held in memory are
    two rows of labels.
    """

    def __init__(self) -> None:
        self.pixels = 0
        """Pixels that were compared: labelled, beside a seam, once for each seam."""
        self.different = 0
        """Those with different classes."""
        self._rows: dict[Place, NDArray[np.integer]] = {}
        self._columns: dict[Place, NDArray[np.integer]] = {}

    def add(self, core: Window, block: Window, labels: NDArray[np.integer]) -> None:
        """Compare the labels (H, W) of a block with those of the blocks above it and to its left.

        -1 is no label.

        Cores come row by row, as `partition` gives them.
        """
        rows, columns = core.relative_to(block).slices
        self._compare(
            self._rows.pop((core.row, core.column), None),
            labels[rows.start - 1 : rows.start + 1, columns],
        )
        self._compare(
            self._columns.pop((core.row, core.column), None),
            labels[rows, columns.start - 1 : columns.start + 1],
        )
        # Kept under the place of the core that comes there next, and copied: a view would hold the
        # labels of the whole block in memory.
        if block.row_end > core.row_end:
            self._rows[core.row_end, core.column] = labels[
                rows.stop - 1 : rows.stop + 1, columns
            ].copy()
        if block.column_end > core.column_end:
            self._columns[core.row, core.column_end] = labels[
                rows, columns.stop - 1 : columns.stop + 1
            ].copy()

    def _compare(self, expected: NDArray[np.integer] | None, found: NDArray[np.integer]) -> None:
        if expected is None:
            return
        known = (expected >= 0) & (found >= 0)
        self.pixels += int(known.sum())
        self.different += int((known & (expected != found)).sum())
