"""Gaussian filters over points with a few features, by the permutohedral lattice.

Points give their values to the vertices of the simplex around them, vertices are blurred along each
axis of the lattice, and points take from the vertices as they gave: the time grows with the number
of points, not of their pairs.

Source: Adams, Baek and Davis 2010. Every sum is made in the order of the program of Kraehenbuehl
and Koltun 2011, which pydensecrf wraps, so that results are the same to the last bit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined

MOST_FEATURES = 8
"""The key of a vertex has two words, and 16 bits for each of its coordinates."""
FARTHEST = 1e5
"""Features must be nearer to zero: beyond, single precision tells no vertices apart."""
GROUP = 4
"""Kraehenbuehl's program takes points in groups of so many."""


class Lattice(NamedTuple):
    """The vertices around N points with D features, for a Gaussian of standard deviation 1.

    Vertices are numbered from 1. Number 0 stands for no vertex, and holds the value 0.
    """

    vertices: NDArray[np.uint32]
    """(N, D + 1) the vertices of the simplex around each point."""
    weights: NDArray[np.float32]
    """(N, D + 1) their barycentric coordinates."""
    neighbours: NDArray[np.uint32]
    """(D + 1, V + 1, 2) the neighbours of each vertex along each axis, on both sides."""


class _Simplex(NamedTuple):
    """The simplex around a point; arrays of D + 1, used again for each point."""

    elevated: NDArray[np.float32]
    """The point in the D + 1 coordinates of the lattice, which sum to zero."""
    origin: NDArray[np.float32]
    """Coordinates of the first vertex."""
    rank: NDArray[np.int64]
    """Place of each axis in `order`."""
    order: NDArray[np.int64]
    """Axes by how far the point lies from the first vertex along them, the farthest first."""


def make_lattice(features: NDArray[np.float32]) -> Lattice:
    """The lattice around points with `features` (N, D), at most MOST_FEATURES of them."""
    count, dimensions = features.shape
    assert dimensions <= MOST_FEATURES, dimensions
    # false for NaN too: compiled loops would write beside their arrays
    assert np.abs(features).max(initial=0) < FARTHEST, "features are finite and not far from zero"
    # Points at zero fill up the last group. They have vertices, to which values are blurred.
    filled = np.zeros((-(-count // GROUP) * GROUP, dimensions), np.float32)
    filled[:count] = features
    deviation = np.float32(np.sqrt(2.0 / 3.0) * (dimensions + 1))  # of the filter (page 6)
    axes = np.arange(dimensions)
    scale = (1.0 / np.sqrt((axes + 2.0) * (axes + 1.0)) * deviation).astype(np.float32)
    steps = _key_steps(dimensions)
    vertices, weights, keys, table, found = _enclose(filled, scale, steps)
    return Lattice(vertices[:count], weights[:count], _link(keys, table, found, steps))


def _key_steps(dimensions: int) -> NDArray[np.uint64]:
    """(D + 1, 2) what one step along each axis adds to the key of a vertex.

    A key is the sum of the first D coordinates, each times two to the power of its place. So the
    key of a sum is the sum of the keys.
    """
    places = np.zeros((dimensions + 1, 2), np.uint64)
    for axis in range(dimensions):
        places[axis, axis // 4] = 1 << (16 * (axis % 4))
    steps: NDArray[np.uint64] = np.uint64(dimensions + 1) * places - places.sum(axis=0)
    return steps


@compiled
def _enclose(
    features: NDArray[np.float32], scale: NDArray[np.float32], steps: NDArray[np.uint64]
) -> tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.uint64], NDArray[np.uint32], int]:
    """Vertices and weights of each point; keys of vertices, the table of them, their number."""
    points, corners = len(features), len(steps)
    vertices = np.empty((points, corners), np.uint32)
    weights = np.empty((points, corners), np.float32)
    size = 1 << 12
    while size < 2 * points:
        size *= 2
    keys, table, count = np.empty((size // 2 + 1, 2), np.uint64), np.zeros(size, np.uint32), 0
    simplex = _Simplex(
        np.empty(corners, np.float32),
        np.empty(corners, np.float32),
        np.empty(corners, np.int64),
        np.empty(corners, np.int64),
    )
    for point in range(points):
        _elevate(features, point, scale, simplex.elevated)
        _locate(simplex)
        _weigh(simplex, point, weights)
        first, second = _key(simplex.origin)
        for corner in range(corners):
            if 2 * count == len(table):
                keys, table = _grow(keys, count)
            place = _find(keys, table, first, second)
            if table[place] == 0:
                count += 1
                keys[count, 0], keys[count, 1] = first, second
                table[place] = count
            vertices[point, corner] = table[place]
            # the next corner lies one step back along the next axis
            axis = simplex.order[corners - 1 - corner]
            first -= steps[axis, 0]
            second -= steps[axis, 1]
    return vertices, weights, keys, table, count


@inlined
def _elevate(
    features: NDArray[np.float32],
    point: int,
    scale: NDArray[np.float32],
    elevated: NDArray[np.float32],
) -> None:
    """Write the coordinates of a point in the lattice (page 5)."""
    total = np.float32(0)
    for axis in range(features.shape[1], 0, -1):
        scaled = features[point, axis - 1] * scale[axis - 1]
        elevated[axis] = total - np.float32(axis) * scaled
        total += scaled
    elevated[0] = total


@inlined
def _locate(simplex: _Simplex) -> None:
    """Find the simplex around a point (page 6)."""
    elevated, origin, rank, order = simplex
    corners = len(elevated)
    beside = np.float32(0)  # the nearest coordinates need not sum to zero
    for axis in range(corners):
        nearest = np.rint(np.float32(1) / np.float32(corners) * elevated[axis])
        origin[axis] = nearest * np.float32(corners)
        beside += nearest
        rank[axis] = 0
    for axis in range(corners - 1):
        distance = elevated[axis] - origin[axis]
        for other in range(axis + 1, corners):
            if distance < elevated[other] - origin[other]:
                rank[axis] += 1
            else:
                rank[other] += 1
    for axis in range(corners):
        rank[axis] += np.int64(beside)
        if rank[axis] < 0:
            rank[axis] += corners
            origin[axis] += np.float32(corners)
        elif rank[axis] >= corners:
            rank[axis] -= corners
            origin[axis] -= np.float32(corners)
        order[rank[axis]] = axis


@inlined
def _weigh(simplex: _Simplex, point: int, weights: NDArray[np.float32]) -> None:
    """Write the barycentric coordinates of a point (page 10)."""
    corners = len(simplex.rank)
    for corner in range(corners):
        weights[point, corner] = 0
    beyond = np.float32(0)  # what belongs to the corner after the last one, which is the first
    for axis in range(corners):
        share = (simplex.elevated[axis] - simplex.origin[axis]) * (
            np.float32(1) / np.float32(corners)
        )
        corner = corners - 1 - simplex.rank[axis]
        weights[point, corner] += share
        if corner == corners - 1:
            beyond -= share
        else:
            weights[point, corner + 1] -= share
    weights[point, 0] += np.float32(1) + beyond


@inlined
def _key(origin: NDArray[np.float32]) -> tuple[np.uint64, np.uint64]:
    """The key of a vertex; the last coordinate follows from the others."""
    first, second = np.uint64(0), np.uint64(0)
    for axis in range(len(origin) - 1):
        placed = np.uint64(np.int64(origin[axis])) << np.uint64(16 * (axis % 4))
        if axis < 4:
            first += placed
        else:
            second += placed
    return first, second


@inlined
def _find(
    keys: NDArray[np.uint64], table: NDArray[np.uint32], first: np.uint64, second: np.uint64
) -> np.uint64:
    """The place of a vertex in the table of 2^n places, or the free place where it belongs."""
    mask = np.uint64(len(table) - 1)
    mixed = first * np.uint64(0x9E3779B97F4A7C15) + second * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    place = (mixed >> np.uint64(32)) & mask
    # at most half of the places are taken, so that a free one comes soon
    while True:
        vertex = table[place]
        if vertex == 0 or (keys[vertex, 0] == first and keys[vertex, 1] == second):
            return place
        place = (place + np.uint64(1)) & mask


@compiled
def _grow(keys: NDArray[np.uint64], count: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    """Room for twice as many keys, and the table of the `count` that there are."""
    more = np.empty((4 * count // 2 + 1, 2), np.uint64)
    more[: count + 1] = keys[: count + 1]
    table = np.zeros(4 * count, np.uint32)
    for vertex in range(1, count + 1):
        table[_find(more, table, more[vertex, 0], more[vertex, 1])] = vertex
    return more, table


@compiled
def _link(
    keys: NDArray[np.uint64], table: NDArray[np.uint32], count: int, steps: NDArray[np.uint64]
) -> NDArray[np.uint32]:
    """(D + 1, V + 1, 2) the neighbours of each vertex along each axis."""
    neighbours = np.zeros((len(steps), count + 1, 2), np.uint32)
    for axis in range(len(steps)):
        for vertex in range(1, count + 1):
            first, second = keys[vertex, 0] + steps[axis, 0], keys[vertex, 1] + steps[axis, 1]
            other = table[_find(keys, table, first, second)]
            if other != 0:  # each is the other's neighbour
                neighbours[axis, vertex, 0] = other
                neighbours[axis, other, 1] = vertex
    return neighbours
