"""Transitions between the classes of two dates, and what they say of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

Floats = NDArray[np.float64]


def encode_transitions(
    before: NDArray[np.integer], after: NDArray[np.integer], *, class_count: int
) -> NDArray[np.int64]:
    """Codes (H, W) of transitions, before * K + after; -1 where either date has no class.

    `before` and `after` are class indices, -1 without a class.
    """
    there = (before >= 0) & (after >= 0)
    return np.where(there, before.astype(np.int64) * class_count + after, -1)


class TransitionCounter:
    """Pixels and ground of each transition, counted window by window."""

    def __init__(self, class_count: int) -> None:
        self.pixels: NDArray[np.int64] = np.zeros((class_count, class_count), dtype=np.int64)
        self.areas: Floats = np.zeros((class_count, class_count))
        """Square metres by class before (rows) and after (columns)."""

    def feed(self, codes: NDArray[np.integer], row_areas: Floats) -> None:
        """Count codes (H, W) of `encode_transitions`; `row_areas` (H,) are those of a pixel."""
        kinds = self.pixels.size
        rows = np.arange(len(codes))[:, None] * kinds + codes
        counts = np.bincount(rows[codes >= 0], minlength=len(codes) * kinds)
        by_row = counts.reshape(len(codes), kinds)
        self.pixels += by_row.sum(axis=0).reshape(self.pixels.shape)
        self.areas += (row_areas @ by_row).reshape(self.areas.shape)


@dataclass(frozen=True)
class ClassBalance:
    """What became of each class (K,), in the unit of the matrix.

    gain_j = after_j - C_jj, loss_j = before_j - C_jj, net_j = |gain_j - loss_j|,
    swap_j = 2 min(gain_j, loss_j); gain + loss = net + swap.
    Source: Pontius, Shusas and McEachern 2004, equations 1 to 5.
    """

    before: Floats
    after: Floats
    persistence: Floats
    gain: Floats
    loss: Floats
    net: Floats
    """after - before: below 0 where the class lost more than it gained."""
    swap: Floats
    """Loss in one place that gain in another makes good, both counted."""


def balance_classes(matrix: NDArray[np.number]) -> ClassBalance:
    """Gains, losses, net change and swap of each class of a transition matrix (K, K)."""
    counted = matrix.astype(np.float64)
    persistence = np.diag(counted).copy()
    before, after = counted.sum(axis=1), counted.sum(axis=0)
    gain, loss = after - persistence, before - persistence
    return ClassBalance(
        before, after, persistence, gain, loss, after - before, 2 * np.minimum(gain, loss)
    )


def distances_to_borders(indices: NDArray[np.integer]) -> Floats:
    """Pixels (H, W) from each centre to the nearest side between two classes, nearly.

    A pixel beside another class is half a pixel away from it; inf where there is no border. Nodata,
    a negative index, is no class: its rim is no border.
    """
    beside = np.zeros(indices.shape, dtype=bool)
    for axis in (0, 1):
        first, second = (
            np.s_[:-1] if axis == 0 else np.s_[:, :-1],
            np.s_[1:] if axis == 0 else np.s_[:, 1:],
        )
        differ = (
            (indices[first] != indices[second]) & (indices[first] >= 0) & (indices[second] >= 0)
        )
        beside[first] |= differ
        beside[second] |= differ
    if not beside.any():
        return np.full(indices.shape, np.inf)
    return np.asarray(distance_transform_edt(~beside)) + 0.5
