"""Where the points of a training window go when the window is turned and warped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

ROUNDS = 12
"""Steps towards the place that elastic deformation moves a point to; each divides what is missing
by more than three, since points of the coarse grid move by less than an eighth of its spacing."""
Points = NDArray[np.float64]


@dataclass(frozen=True)
class Warp:
    """The resampling of a batch, in coordinates in which a window reaches from -1 to 1.

    `matrices` (N, 2, 3) lead from places in the changed window to places in the window,
    `displacements` (N, H, W, 2) are added to that. Windows that are not `changed` (N,) stay.
    """

    matrices: Tensor
    displacements: Tensor | None
    changed: Tensor

    @property
    def count(self) -> int:
        """The number of windows."""
        return len(self.changed)

    def grid(self, size: int) -> Tensor:
        """The place (N, H, W, 2) in the window that each pixel of the changed one is taken from."""
        shape = [self.count, 1, size, size]
        grid_NHW2 = functional.affine_grid(self.matrices, shape, align_corners=False)
        return grid_NHW2 if self.displacements is None else grid_NHW2 + self.displacements

    def mirrored(self, size: int) -> Tensor:
        """Whether a pixel (N, H, W) of the changed window shows what lies beyond the window."""
        beyond_NHW = (self.grid(size).abs() > 1).any(dim=-1)
        return beyond_NHW & self.changed[:, None, None]


@dataclass(frozen=True)
class Movement:
    """How the square windows of a batch, of `size` pixels a side, were moved.

    First they took the `symmetries` (see `apply_symmetry`), then the `warp`; None: neither.
    """

    size: int
    symmetries: Sequence[int] | None = None
    warp: Warp | None = None

    def move(self, window: int, points_P2: Points) -> Points:
        """The new places (P, 2) of points of a window of the batch: columns and rows in pixels.

        Points may lie beyond the window. There elastic deformation is that of the nearest border.
        """
        if self.symmetries is not None:
            points_P2 = turn_points(points_P2, self.symmetries[window], size=self.size)
        if self.warp is None or not bool(self.warp.changed[window]):
            return points_P2
        wanted_P2 = torch.from_numpy(points_P2 * (2 / self.size) - 1)
        matrix = self.warp.matrices[window].cpu().double()
        inverse, shift = torch.linalg.inv(matrix[:, :2]).T, matrix[:, 2]
        places_P2 = (wanted_P2 - shift) @ inverse
        if self.warp.displacements is not None and len(points_P2):
            field_12HW = self.warp.displacements[window].cpu().double().movedim(-1, 0)[None]
            for _ in range(ROUNDS):
                moved_P2 = _sample(field_12HW, places_P2)
                places_P2 = (wanted_P2 - moved_P2 - shift) @ inverse
        return np.asarray((places_P2.numpy() + 1) * (self.size / 2), dtype=np.float64)

    def mirrored(self, like_NHW: Tensor) -> Tensor:
        """Whether a pixel (N, H, W) shows the mirror image of what lies in the window."""
        if self.warp is None:
            return torch.zeros_like(like_NHW, dtype=torch.bool)
        return self.warp.mirrored(self.size)


def turn_points(points_P2: Points, number: int, *, size: int) -> Points:
    """Columns and rows (P, 2) under one of the square's eight symmetries: see `apply_symmetry`."""
    columns, rows = points_P2.T
    for _ in range(number % 4):
        columns, rows = rows, size - columns
    if number >= 4:
        columns = size - columns
    return np.stack([columns, rows], axis=1)


def _sample(field_12HW: Tensor, places_P2: Tensor) -> Tensor:
    """The field at places (P, 2), between pixels linearly."""
    sampled = functional.grid_sample(
        field_12HW,
        places_P2[None, None],
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    return sampled[0, :, 0].T
