"""What a detector finds in a scene, before and after suppression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""Axis-parallel boxes (N, 4): left, top, right and bottom, in pixels from the upper left corner of
the scene, with fractions."""


@dataclass(frozen=True)
class Candidates:
    """Boxes (N, 4) with their scores (N,) from 0 to 1 and class codes (N,)."""

    boxes: Boxes
    scores: NDArray[np.float64]
    codes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.scores)

    def ranked(self) -> NDArray[np.int64]:
        """Indices (N,) from the highest score down; equal scores by row, column, size and class.

        The order follows from the candidates alone, not from the order in which tiles gave them.
        """
        left, top, right, bottom = self.boxes.T
        return np.lexsort((self.codes, right, bottom, left, top, -self.scores))
