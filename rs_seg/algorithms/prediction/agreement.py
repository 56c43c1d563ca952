"""The agreement gate: whether a fast engine gives the map that torch in float32 gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.values import Confusion

Comparison = tuple[
    NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64] | None
]
"""Probabilities (K, H, W) of the reference and of the candidate, valid (H, W), class indices (H,
W), -1 where unlabelled; None without labels."""


@dataclass(frozen=True)
class Agreement:
    """How far the results of a candidate are from the reference, over valid pixels of tiles."""

    labels_equal: float
    """Share of valid pixels that get the same class."""
    largest_difference: float
    """Of a probability."""
    miou_reference: float | None = None
    """Mean IoU of the reference's classes with the labels; None where nothing is labelled."""
    miou: float | None = None
    """The same of the candidate."""

    def passes(self, *, agreement: float, miou_change: float) -> bool:
        """Whether enough labels agree, and the mean IoU differs little enough.

        `agreement` is the least share of labels, `miou_change` the largest difference. A change for
        the better counts as well: the map would be another one than that of the network that was
        judged.
        """
        if not self.labels_equal >= agreement:
            return False
        if self.miou is None or self.miou_reference is None:
            return True
        return abs(self.miou - self.miou_reference) <= miou_change

    def describe(self) -> str:
        """The figures, for people."""
        text = (
            f"{self.labels_equal:.2%} of labels equal, probabilities differ by up to "
            f"{self.largest_difference:.2g}"
        )
        if self.miou is None or self.miou_reference is None:
            return text
        return f"{text}, mIoU {self.miou_reference:.4f} -> {self.miou:.4f}"


def measure_agreement(tiles: Iterable[Comparison], *, class_count: int) -> Agreement:
    """The agreement over tiles, one in memory at a time.

    Without a valid pixel no label is equal.
    """
    valid_pixels = equal_pixels = 0
    largest = 0.0
    counts = [Confusion.empty(class_count), Confusion.empty(class_count)]
    for reference_KHW, candidate_KHW, valid_HW, indices_HW in tiles:
        difference_HW = np.abs(reference_KHW - candidate_KHW).max(axis=0)
        largest = max(largest, float(difference_HW[valid_HW].max(initial=0)))
        labels = [
            probabilities_KHW.argmax(axis=0) for probabilities_KHW in (reference_KHW, candidate_KHW)
        ]
        valid_pixels += int(valid_HW.sum())
        equal_pixels += int((labels[0] == labels[1])[valid_HW].sum())
        if indices_HW is not None:
            counted = np.where(valid_HW, indices_HW, -1)
            counts = [
                count + Confusion.from_indices(counted, label, class_count=class_count)
                for count, label in zip(counts, labels, strict=True)
            ]
    reference, candidate = (count.mean_iou() if count.total else None for count in counts)
    return Agreement(
        labels_equal=equal_pixels / valid_pixels if valid_pixels else 0.0,
        largest_difference=largest,
        miou_reference=reference,
        miou=candidate,
    )
