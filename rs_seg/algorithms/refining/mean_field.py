"""Mean field of a fully connected conditional random field over points.

Source: Kraehenbuehl and Koltun 2011, algorithm 1. Every sum is made in the order of their program,
which pydensecrf wraps, and exponentials are those of its Eigen 3.3 for SSE2: marginals are the same
to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.refining.lattice import Lattice, make_lattice

LANES = 4
"""Classes that are computed at once by SSE2, which the order of sums shows."""


class Coupling(NamedTuple):
    """A Gaussian kernel over all pairs of N points, normalised, with a Potts penalty."""

    lattice: Lattice
    norms: NDArray[np.float32]
    """(N,) what the values of points are multiplied by, before and after the filter."""
    weight: np.float32


def couple(features: NDArray[np.float32], weight: float) -> Coupling:
    """The coupling of points with `features` (N, D) in standard deviations of the kernel."""
    lattice = make_lattice(features)
    ones = np.ones((len(features), 1), np.float32)
    sums = np.zeros_like(ones)
    plain = Coupling(lattice, ones[:, 0], np.float32(1))
    add_messages([plain], ones, sums)
    norms = 1 / np.sqrt(sums[:, 0] + np.float64(1e-20))
    return Coupling(lattice, norms.astype(np.float32), np.float32(weight))


def mean_field(
    energies: NDArray[np.float32], couplings: Sequence[Coupling], iterations: int
) -> NDArray[np.float32]:
    """Marginal probabilities (N, K) of points with unary `energies` (N, K) in nats."""
    marginals, logits = np.negative(energies), np.empty_like(energies)
    _to_probabilities(marginals)
    scratch = _make_scratch(couplings, energies.shape[1])
    for _ in range(iterations):
        np.negative(energies, out=logits)
        for coupling in couplings:
            _filter(coupling, marginals, logits, scratch)
        _to_probabilities(logits)
        marginals, logits = logits, marginals
    return marginals


def add_messages(
    couplings: Sequence[Coupling], values: NDArray[np.float32], messages: NDArray[np.float32]
) -> None:
    """Add the `values` (N, K) of all points, times their kernels, to the `messages` (N, K)."""
    scratch = _make_scratch(couplings, values.shape[1])
    for coupling in couplings:
        _filter(coupling, values, messages, scratch)


def _make_scratch(couplings: Sequence[Coupling], class_count: int) -> NDArray[np.float32]:
    """Room for values of all vertices, before and after a step of blurring.

    It is made once for all iterations: the system clears large arrays page by page.
    """
    most = max((coupling.lattice.neighbours.shape[1] for coupling in couplings), default=0)
    return np.empty((2, most, class_count), np.float32)


@compiled
def _filter(
    coupling: Coupling,
    values: NDArray[np.float32],
    messages: NDArray[np.float32],
    scratch: NDArray[np.float32],
) -> None:
    """Add the values of all points, times one kernel, to the messages."""
    neighbours = coupling.lattice.neighbours
    held, blurred = scratch[0, : neighbours.shape[1]], scratch[1, : neighbours.shape[1]]
    held[:] = 0
    blurred[0] = 0  # of no vertex
    _give(coupling, values, held)
    for axis in range(len(neighbours)):
        for vertex in range(1, len(held)):
            left, right = neighbours[axis, vertex, 0], neighbours[axis, vertex, 1]
            for k in range(values.shape[1]):
                beside = held[left, k] + held[right, k]
                blurred[vertex, k] = held[vertex, k] + np.float32(0.5) * beside
        held, blurred = blurred, held
    _take(coupling, held, messages)


@inlined
def _give(coupling: Coupling, values: NDArray[np.float32], held: NDArray[np.float32]) -> None:
    """Points give their values to vertices."""
    vertices, weights = coupling.lattice.vertices, coupling.lattice.weights
    for point in range(len(vertices)):
        norm = coupling.norms[point]
        for corner in range(vertices.shape[1]):
            vertex, weight = vertices[point, corner], weights[point, corner]
            for k in range(values.shape[1]):
                held[vertex, k] += weight * (values[point, k] * norm)


@inlined
def _take(coupling: Coupling, held: NDArray[np.float32], messages: NDArray[np.float32]) -> None:
    """Points take messages from vertices."""
    vertices, weights = coupling.lattice.vertices, coupling.lattice.weights
    class_count = messages.shape[1]
    # Adams's constant: blurring adds so much. Up to two classes are not computed in lanes, and are
    # multiplied by it last.
    constant = np.float32(1) / (np.float32(1) + np.float32(0.5 ** (vertices.shape[1] - 1)))
    before, after = (constant, np.float32(1)) if class_count > 2 else (np.float32(1), constant)
    for point in range(len(vertices)):
        norm = coupling.norms[point]
        for k in range(class_count):
            taken = np.float32(0)
            for corner in range(vertices.shape[1]):
                weight = weights[point, corner] * before
                taken += weight * held[vertices[point, corner], k] * after
            messages[point, k] += coupling.weight * (taken * norm)


@compiled
def _to_probabilities(logits: NDArray[np.float32]) -> None:
    """Logits (N, K) become probabilities, in place."""
    class_count = logits.shape[1]
    in_lanes = class_count // LANES * LANES
    for point in range(len(logits)):
        largest = logits[point, 0]
        for k in range(1, class_count):
            largest = max(largest, logits[point, k])
        for k in range(in_lanes):
            logits[point, k] = _exponential(logits[point, k] - largest)
        for k in range(in_lanes, class_count):
            logits[point, k] = np.exp(logits[point, k] - largest)
        total = (_lane(logits, point, 0) + _lane(logits, point, 2)) + (
            _lane(logits, point, 1) + _lane(logits, point, 3)
        )
        for k in range(in_lanes, class_count):
            total += logits[point, k]
        for k in range(class_count):
            logits[point, k] /= total


@inlined
def _lane(values: NDArray[np.float32], point: int, lane: int) -> np.float32:
    """Sum of every fourth value: even and odd ones alone, and at last one that is left over."""
    class_count = values.shape[1]
    paired = class_count // (2 * LANES) * (2 * LANES)
    even, odd = np.float32(0), np.float32(0)
    for k in range(lane, paired, 2 * LANES):
        even += values[point, k]
        odd += values[point, k + LANES]
    total = even + odd
    if class_count >= paired + LANES:
        total += values[point, paired + lane]
    return total


@inlined
def _exponential(value: np.float32) -> np.float32:
    """The exponential of a number that is at most zero, as in Eigen. Source: Cephes, expf."""
    value = max(value, np.float32(-88.3762626647949))
    power = np.floor(value * np.float32(1.44269504088896341) + np.float32(0.5))
    rest = value - power * np.float32(0.693359375)
    rest -= power * np.float32(-2.12194440e-4)
    series = np.float32(1.9875691500e-4)
    series = series * rest + np.float32(1.3981999507e-3)
    series = series * rest + np.float32(8.3334519073e-3)
    series = series * rest + np.float32(4.1665795894e-2)
    series = series * rest + np.float32(1.6666665459e-1)
    series = series * rest + np.float32(5.0000001201e-1)
    series = series * (rest * rest) + rest + np.float32(1)
    # two to that power, by the bits of its exponent; zero below the least normal number
    scaled: np.float32 = series * np.int32((np.int32(power) + 127) << 23).view(np.float32)
    return scaled
