"""What a detector finds in a scene, before and after suppression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""Axis-parallel boxes (N, 4): left, top, right and bottom, in pixels from the upper left corner of
the scene, with fractions."""


@dataclass(frozen=True)
class Candidates:
    """Boxes (N, 4) with their scores (N,) from 0 to 1 and class codes (N,).

    `shapes` (N,) are polygons in the same pixels where a detector draws more than boxes, else None.
    """

    boxes: Boxes
    scores: NDArray[np.float64]
    codes: NDArray[np.int64]
    shapes: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.scores)

    def ranked(self) -> NDArray[np.int64]:
        """Indices (N,) from the highest score down; equal scores by row, column, size and class.

        The order follows from the candidates alone, not from the order in which tiles gave them.
        """
        left, top, right, bottom = self.boxes.T
        return np.lexsort((self.codes, right, bottom, left, top, -self.scores))

    def take(self, chosen: NDArray[Any]) -> Candidates:
        """The candidates that an index or a mask names."""
        shapes = None if self.shapes is None else self.shapes[chosen]
        return Candidates(self.boxes[chosen], self.scores[chosen], self.codes[chosen], shapes)

    def with_scores(self, scores: NDArray[np.float64]) -> Candidates:
        """The same candidates with other scores (N,)."""
        return Candidates(self.boxes, scores, self.codes, self.shapes)

    def with_codes(self, codes: Sequence[int]) -> Candidates:
        """The same candidates, whose class indices become codes."""
        table = np.array(codes, dtype=np.int64)
        return Candidates(self.boxes, self.scores, table[self.codes], self.shapes)


def join_candidates(parts: Sequence[Candidates]) -> Candidates:
    """All candidates of several lists, in their order; with shapes if all of them have one."""
    parts = [part for part in parts if len(part)]  # an empty list does not say if it has shapes
    shapes = [part.shapes for part in parts if part.shapes is not None]
    return Candidates(
        np.concatenate([np.empty((0, 4)), *(part.boxes for part in parts)]),
        np.concatenate([np.empty(0), *(part.scores for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.codes for part in parts)]),
        np.concatenate(shapes) if shapes and len(shapes) == len(parts) else None,
    )
