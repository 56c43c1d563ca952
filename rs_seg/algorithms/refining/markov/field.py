"""The field: the cost of each class at each pixel, and of neighbours of different classes."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled

Value = TypeVar("Value", bound=np.generic)

SCALE = 2**16
"""Units of energy in one nat. Energies are whole numbers: sums are exact, and equal on every
machine."""
MOST = 2**26
"""Largest cost and weight in units, 1024 nats: the sum over a pixel and eight neighbours fits 32
bits."""
SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))
"""Rows and columns to the neighbours, each followed by its opposite; the first four are the
4-neighbours."""


class Field(NamedTuple):
    """Energies of a grid with a frame of one pixel around it, row by row: P = (H + 2) * (W + 2).

    What has no data, the frame included, has only zeros, and so no part in anything.
    """

    unary: NDArray[np.int32]
    """(P, K) cost of each class, at least 0."""
    weights: NDArray[np.int32]
    """(P, D) cost of another class than the neighbour's, at least 0 and even, the same seen from
    both sides; D is 4 or 8 as in SHIFTS."""
    steps: NDArray[np.int64]
    """(D,) from a pixel to its neighbours."""

    @property
    def class_count(self) -> int:
        """K, the number of classes."""
        return int(self.unary.shape[1])


def make_field(
    costs: NDArray[np.floating],
    weights: NDArray[np.floating],
    valid: NDArray[np.bool_] | None = None,
) -> Field:
    """The field of `costs` (K, H, W) and `weights` (D / 2, H, W) in nats.

    Pixels that are not `valid` are left out.

    `weights[d]` is that of a pixel and its neighbour SHIFTS[2 * d] away; those that lead out of the
    grid or to pixels that are left out do not count. Costs are taken above the cheapest class of
    each pixel, which changes no minimum. Both are at most 1024 nats, and are rounded to SCALE and
    half of SCALE.
    """
    valid = np.ones(costs.shape[1:], dtype=bool) if valid is None else valid
    known = np.where(valid, costs, 0)
    unary = _frame(np.rint((known - known.min(axis=0)) * SCALE))
    inside = _frame(valid[None])[:, 0] > 0
    steps = np.array(
        [row * (valid.shape[1] + 2) + column for row, column in SHIFTS[: 2 * len(weights)]]
    )
    halves = _frame(np.rint(np.where(valid, weights, 0) * (SCALE / 2)))
    both = np.zeros((len(inside), len(steps)), dtype=np.int32)
    for direction, step in enumerate(steps[::2]):
        first = np.flatnonzero(inside[: len(inside) - step] & inside[step:])
        both[first, 2 * direction] = both[first + step, 2 * direction + 1] = (
            2 * halves[first, direction]
        )
    assert both.min(initial=0) >= 0, "weights are costs"
    assert max(unary.max(initial=0), both.max(initial=0)) <= MOST, "costs and weights fit 1024 nats"
    return Field(unary, both, steps)


def potts_weights(
    shape: tuple[int, int],
    *,
    neighbours: int,
    strength: float,
    bands: NDArray[np.floating] | None = None,
    contrast: float = float("inf"),
) -> NDArray[np.float64]:
    """Weights (neighbours / 2, H, W) of the pairs of `make_field`.

    A weight is strength / distance * exp(-d^2 / (2 contrast^2)).

    `d` is the Euclidean distance of the two pixels in `bands` (B, H, W); without bands it is 0.
    `strength` is the weight of two pixels that share a side and look the same.

    Source: Boykov and Jolly 2001, section 2.
    """
    assert neighbours in (4, 8)
    weights = np.zeros((neighbours // 2, *shape))
    for direction, (rows, columns) in enumerate(SHIFTS[:neighbours:2]):
        height, width = shape[0] - rows, shape[1] - abs(columns)
        start = max(-columns, 0)
        first = np.s_[:height, start : start + width]
        second = np.s_[rows : rows + height, start + columns : start + columns + width]
        weights[direction][first] = strength / np.hypot(rows, columns)
        if bands is not None:
            squares = ((bands[:, *first] - bands[:, *second]) ** 2).sum(axis=0)
            weights[direction][first] *= np.exp(-squares / (2 * contrast**2))
    return weights


def lay(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Labels (P,) of a field, from those of its grid (H, W).

    Negative labels, of pixels that are left out, become 0.
    """
    framed: NDArray[np.int32] = np.pad(np.maximum(labels, 0), 1).ravel().astype(np.int32)
    return framed


def lift(values: NDArray[Value], shape: tuple[int, int]) -> NDArray[Value]:
    """Values of the grid (H, W), from those of its field (P,)."""
    return values.reshape(shape[0] + 2, shape[1] + 2)[1:-1, 1:-1]


def energy(labels: NDArray[np.int32], field: Field) -> int:
    """Energy of `labels` (P,), in units of 1 / SCALE nats.

    Costs of the classes and of all neighbours that differ.
    """
    return int(pixel_energies(labels, field).sum())


@compiled
def pixel_energies(labels: NDArray[np.int32], field: Field) -> NDArray[np.int64]:
    """What each pixel adds to the energy (P,), in units of 1 / SCALE nats.

    Its class, and its differences from the later neighbour of each pair.
    """
    unary, weights, steps = field
    energies = np.zeros(len(labels), dtype=np.int64)
    for pixel in range(len(labels)):
        energies[pixel] = unary[pixel, labels[pixel]]
        for direction in range(0, len(steps), 2):
            weight = weights[pixel, direction]
            if weight > 0 and labels[pixel + steps[direction]] != labels[pixel]:
                energies[pixel] += weight
    return energies


@compiled
def conditional_probabilities(labels: NDArray[np.int32], field: Field) -> NDArray[np.float32]:
    """Probability (P,) of each pixel's class given the classes of its neighbours.

    At least 1 / K at local minima.
    """
    unary, weights, steps = field
    probabilities = np.empty(len(labels), dtype=np.float32)
    costs = np.empty(unary.shape[1], dtype=np.int64)
    for pixel in range(len(labels)):
        costs[:] = unary[pixel]
        for direction in range(len(steps)):
            weight = weights[pixel, direction]
            if weight > 0:
                costs[labels[pixel + steps[direction]]] -= weight
        # Relative to the pixel's own class: nothing overflows where its cost is the least.
        own, total = costs[labels[pixel]], 0.0
        for cost in costs:
            total += np.exp((own - cost) / SCALE)
        probabilities[pixel] = 1 / total
    return probabilities


def _frame(values: NDArray[np.generic]) -> NDArray[np.int32]:
    """Values (P, N) of a grid (N, H, W) with zeros around it."""
    framed = np.pad(values, ((0, 0), (1, 1), (1, 1)))
    return np.ascontiguousarray(framed.reshape(len(values), -1).T, dtype=np.int32)
