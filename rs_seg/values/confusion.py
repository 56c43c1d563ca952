"""The confusion matrix and every figure that is derived from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counted = Sequence[int] | None
"""Indices of the classes that a mean is over, where they occur; None: all."""


@dataclass(frozen=True)
class Confusion:
    """Pixel counts (K, K) int64 of reference (rows) against map (columns).

    Classes are in the order of the legend.

    A map that abstains has one column more, of the pixels that it gave no class: they are in the
    reference and in no class of the map, so that they count as errors of omission, and no mean
    covers them as a class. Matrices of tiles, scenes and folds are added; ratios are derived from
    the sum, never averaged. A ratio whose denominator is zero is NaN, and means leave NaN out.
    """

    counts: NDArray[np.int64]

    def __post_init__(self) -> None:
        assert self.counts.ndim == 2, "a matrix"
        assert self.counts.shape[1] - self.counts.shape[0] in (0, 1), "of reference against map"

    @classmethod
    def empty(cls, class_count: int, *, abstain: bool = False) -> Confusion:
        """The matrix of no pixels, of a map that abstains or not."""
        return cls(np.zeros((class_count, class_count + abstain), dtype=np.int64))

    @classmethod
    def from_indices(
        cls,
        reference: NDArray[np.integer],
        mapped: NDArray[np.integer],
        *,
        class_count: int,
        abstain: bool = False,
    ) -> Confusion:
        """Counts of pixel pairs; pixels with a negative index in either array are left out.

        In a map that abstains, the index `class_count` stands for no class.
        """
        columns = class_count + abstain
        counted = (reference >= 0) & (mapped >= 0)
        pairs = reference[counted].astype(np.int64) * columns + mapped[counted]
        return cls(
            np.bincount(pairs, minlength=class_count * columns)
            .reshape(class_count, columns)
            .astype(np.int64)
        )

    def __add__(self, other: Confusion) -> Confusion:
        return Confusion(self.counts + other.counts)

    @property
    def total(self) -> int:
        """Number of pixels counted, those without a class in the map included."""
        return int(self.counts.sum())

    @property
    def abstained(self) -> Floats:
        """Pixels of each class of the reference that the map gave no class."""
        return np.asarray(self.counts[:, len(self.counts) :].sum(axis=1), dtype=float)

    def abstained_share(self) -> float:
        """Share of the pixels that the map gave no class."""
        return _scalar_ratio(self.abstained.sum(), self.total)

    def selective(self) -> Confusion:
        """The matrix of the pixels that the map gave a class."""
        return Confusion(self.counts[:, : len(self.counts)])

    @property
    def reference(self) -> Floats:
        """Pixels of each class in the reference."""
        return np.asarray(self.counts.sum(axis=1), dtype=float)

    @property
    def mapped(self) -> Floats:
        """Pixels of each class in the map."""
        return np.asarray(self.counts.sum(axis=0)[: len(self.counts)], dtype=float)

    @property
    def agreed(self) -> Floats:
        """Pixels of each class on which map and reference agree."""
        return np.diag(self.counts).astype(float)

    def precision(self) -> Floats:
        """User's accuracy of each class: agreed / mapped."""
        return _ratio(self.agreed, self.mapped)

    def recall(self) -> Floats:
        """Producer's accuracy of each class: agreed / reference."""
        return _ratio(self.agreed, self.reference)

    def f1(self) -> Floats:
        """Harmonic mean of precision and recall of each class (Dice coefficient)."""
        return _ratio(2 * self.agreed, self.reference + self.mapped)

    def iou(self) -> Floats:
        """Intersection over union of each class (Jaccard index)."""
        return _ratio(self.agreed, self.reference + self.mapped - self.agreed)

    def mcc(self) -> Floats:
        """Matthews correlation of each class against the rest; 0 if the denominator is 0."""
        agreed, reference, mapped, total = (
            self.agreed,
            self.reference,
            self.mapped,
            float(self.total),
        )
        covariance = agreed * total - reference * mapped
        spread = np.sqrt(reference * (total - reference)) * np.sqrt(mapped * (total - mapped))
        correlation: Floats = np.divide(
            covariance, spread, out=np.zeros_like(covariance), where=spread > 0
        )
        return correlation

    def overall_accuracy(self) -> float:
        """Share of pixels on which map and reference agree."""
        return _scalar_ratio(self.agreed.sum(), self.total)

    def kappa(self) -> float:
        """Agreement beyond chance (Cohen 1960); NaN where chance agreement is complete."""
        total = float(self.total)
        chance = _scalar_ratio((self.reference * self.mapped).sum(), total * total)
        return _scalar_ratio(self.overall_accuracy() - chance, 1 - chance)

    def multiclass_mcc(self) -> float:
        """Matthews correlation R_K of all classes; 0 if the denominator is 0.

        Source: Gorodkin 2004.
        """
        total = float(self.total)
        covariance = self.agreed.sum() * total - (self.reference * self.mapped).sum()
        columns = self.counts.sum(axis=0).astype(float)
        spread = np.sqrt(total**2 - (columns**2).sum()) * np.sqrt(
            total**2 - (self.reference**2).sum()
        )
        return float(covariance / spread) if spread > 0 else 0.0

    def mean_f1(self, counted: Counted = None) -> float:
        """Mean of the classes' F1; classes in neither map nor reference are left out."""
        return mean_of_known(self.f1(), counted)

    def mean_iou(self, counted: Counted = None) -> float:
        """Mean of the classes' IoU; classes in neither map nor reference are left out."""
        return mean_of_known(self.iou(), counted)

    def balanced_accuracy(self, counted: Counted = None) -> float:
        """Mean of the classes' recall; classes without reference are left out."""
        return mean_of_known(self.recall(), counted)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _scalar_ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole != 0 else float("nan")


def mean_of_known(values: Floats, counted: Counted = None) -> float:
    """The mean of the values of classes that are not NaN; NaN where all are."""
    chosen = values if counted is None else values[list(counted)]
    known = chosen[~np.isnan(chosen)]
    return float(known.mean()) if known.size else float("nan")


def number_or_none(value: float) -> float | None:
    """A figure as files have it: None (null) where it is NaN, which JSON does not know."""
    return None if np.isnan(value) else float(value)
