"""Fields small enough to try every labelling.

Their energies are computed in another way than the package's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from rs_seg.algorithms.refining.markov.field import (
    SCALE,
    SHIFTS,
    Field,
    lay,
    make_field,
    potts_weights,
)


@dataclass(frozen=True)
class Tiny:
    """What a field is made of; all numbers are sixteenths, so that nothing is rounded."""

    costs: NDArray[np.float64]
    weights: NDArray[np.float64]
    valid: NDArray[np.bool_]

    @property
    def field(self) -> Field:
        return make_field(self.costs, self.weights, self.valid)

    def energies(self, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """Energies (N,) in nats of labellings (N, H, W).

        Each pixel's cost is counted above its least.
        """
        total = np.zeros(len(labels))
        height, width = self.valid.shape
        for row, column in np.argwhere(self.valid):
            costs = self.costs[:, row, column]
            total += (costs - costs.min())[labels[:, row, column]]
            for weights, (rows, columns) in zip(self.weights, SHIFTS[::2], strict=False):
                other = (row + rows, column + columns)
                if other[0] < height and 0 <= other[1] < width and self.valid[other]:
                    total += weights[row, column] * (labels[:, row, column] != labels[:, *other])
        return total

    def all_labels(self) -> NDArray[np.int64]:
        """Every labelling (N, H, W) of the valid pixels; the others have 0."""
        every = np.array(
            list(product(range(len(self.costs)), repeat=int(self.valid.sum()))), dtype=np.int64
        )
        labels = np.zeros((len(every), *self.valid.shape), dtype=np.int64)
        labels[:, self.valid] = every
        return labels

    def units(self, labels: NDArray[np.int64]) -> int:
        """The energy of one labelling (H, W) in the package's units."""
        return round(self.energies(labels[None])[0] * SCALE)


@st.composite
def tiny_fields(draw: st.DrawFn, *, class_count: int, height: int = 3, width: int = 4) -> Tiny:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, height)), draw(st.integers(1, width))
    pairs, strongest = draw(st.sampled_from([2, 4])), draw(st.sampled_from([0, 4, 16, 64]))
    costs = rng.integers(0, 48, (class_count, *shape)) / 16
    weights = rng.integers(0, strongest + 1, (pairs, *shape)) / 16
    return Tiny(costs, weights, rng.random(shape) < draw(st.sampled_from([0.7, 1.0])))


def noisy_blobs(
    class_count: int, *, size: int = 48, strength: float = 0.7, seed: int = 3
) -> tuple[NDArray, Field, NDArray]:
    """Truth (H, W), a field whose costs are often wrong, and the cheapest classes (P,)."""
    rng = np.random.default_rng(seed)
    truth = np.stack(
        [gaussian_filter(rng.standard_normal((size, size)), 4) for _ in range(class_count)]
    ).argmax(axis=0)
    logits = 1.5 * (truth == np.arange(class_count)[:, None, None]) + rng.normal(
        0, 1.2, (class_count, size, size)
    )
    costs = -np.log(np.exp(logits) / np.exp(logits).sum(axis=0))
    weights = potts_weights((size, size), neighbours=8, strength=strength)
    return truth, make_field(costs, weights), lay(costs.argmin(axis=0))
