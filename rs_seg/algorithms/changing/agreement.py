"""Change in two maps against change between the labels of both dates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import Confusion


class ChangeScore:
    """Pixels by change in the reference and in the maps, counted window by window."""

    def __init__(self, class_count: int) -> None:
        self._classes = class_count
        self.binary = Confusion.empty(2)
        """Unchanged and changed, in the reference (rows) and in the maps (columns)."""
        self.right = 0
        """Pixels with the right class at both dates."""
        self.changed_right = 0
        """Those of them that changed in the reference."""

    def feed(self, reference: NDArray[np.integer], mapped: NDArray[np.integer]) -> None:
        """Count transitions (H, W) of the labels and of the maps; those below 0 are left out."""
        counted = (reference >= 0) & (mapped >= 0)
        wanted, found = reference[counted], mapped[counted]
        truly, said = (self._changed(codes) for codes in (wanted, found))
        self.binary += Confusion.from_indices(truly, said, class_count=2)
        right = wanted == found
        self.right += int(right.sum())
        self.changed_right += int((right & (truly == 1)).sum())

    def _changed(self, codes: NDArray[np.integer]) -> NDArray[np.int64]:
        changed: NDArray[np.bool_] = codes // self._classes != codes % self._classes
        return changed.astype(np.int64)
