"""Minimisers that look at one pixel at a time.

Iterated conditional modes and simulated annealing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.refining.markov.field import SCALE, Field


@compiled
def iterated_conditional_modes(labels: NDArray[np.int32], field: Field) -> NDArray[np.int32]:
    """Labels (P,) of the local minimum that is reached from those given.

    No change of a single pixel lowers its energy.

    Pixels are visited row by row, again and again, and take the class of the least energy given
    their neighbours; of equals they keep their own, or else take the first.

    Source: Besag 1986, section 2.5.
    """
    labels = labels.copy()
    costs = np.empty(field.unary.shape[1], dtype=np.int64)
    changed = True
    while changed:  # energies are whole numbers that only fall, so this ends
        changed = False
        for pixel in range(len(labels)):
            _local_costs(labels, field, pixel, costs)
            best = costs.argmin()
            if costs[best] < costs[labels[pixel]]:
                labels[pixel] = best
                changed = True
    return labels


def simulated_annealing(
    labels: NDArray[np.int32],
    field: Field,
    places: NDArray[np.uint64],
    *,
    sweeps: int,
    start: float,
    end: float,
    seed: int,
) -> NDArray[np.int32]:
    """Labels (P,) of a local minimum, after `sweeps` that draw classes at random.

    The draws become less and less random.

    In each sweep a class is drawn for every pixel from its probabilities given its neighbours, at a
    temperature that falls geometrically from `start` to `end`; iterated conditional modes follow.
    Draws depend on `seed`, the sweep and the pixel's number in `places` (P,) alone: blocks that
    number pixels alike draw alike. A schedule that falls this fast does not promise the least
    energy, nor less than that of iterated conditional modes alone.

    Source: Geman and Geman 1984, section XI.
    """
    labels = labels.copy()
    temperatures = np.geomspace(start, end, sweeps) if sweeps > 1 else np.array([end])
    for sweep, temperature in enumerate(temperatures):
        _sample(
            labels,
            field,
            places,
            float(temperature),
            np.uint64(_mix(np.uint64(seed)) + np.uint64(sweep)),
        )
    settled: NDArray[np.int32] = iterated_conditional_modes(labels, field)
    return settled


@compiled
def _sample(
    labels: NDArray[np.int32],
    field: Field,
    places: NDArray[np.uint64],
    temperature: float,
    salt: np.uint64,
) -> None:
    """One sweep of the Gibbs sampler over `labels`.

    Those of pixels without data change too and mean nothing.
    """
    class_count = field.unary.shape[1]
    costs, shares = np.empty(class_count, dtype=np.int64), np.empty(class_count)
    for pixel in range(len(labels)):
        _local_costs(labels, field, pixel, costs)
        least, total = costs.min(), 0.0
        for label in range(class_count):
            total += np.exp((least - costs[label]) / (temperature * SCALE))
            shares[label] = total
        # 53 random bits as a share below 1: the drawn number is below the last sum, so the search
        # ends.
        drawn = (_mix(_mix(salt) ^ places[pixel]) >> np.uint64(11)) * 2.0**-53 * total
        label = 0
        while shares[label] <= drawn:
            label += 1
        labels[pixel] = label


@inlined
def _local_costs(
    labels: NDArray[np.int32], field: Field, pixel: int, costs: NDArray[np.int64]
) -> None:
    """Fill in the energy of each class at a pixel given its neighbours, up to a constant."""
    for label in range(len(costs)):
        costs[label] = field.unary[pixel, label]
    for direction in range(len(field.steps)):
        weight = field.weights[pixel, direction]
        if weight > 0:
            costs[labels[pixel + field.steps[direction]]] -= weight


@compiled
def _mix(value: np.uint64) -> np.uint64:
    """A number of 64 random bits that follows from another number.

    Source: Steele, Lea and Flood 2014, SplitMix64.
    """
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
