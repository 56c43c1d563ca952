"""The graph of regions and the arcs between them; it changes as regions unite."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.vectorizing.arcs import Arcs

NONE = -1
"""No dart, no region."""


class Graph(NamedTuple):
    """Regions and the arcs between them; the kernels change it as regions unite.

    A dart is an arc seen from a side: dart 2 a + s belongs to the region on side s of arc a, and
    dart ^ 1 to the other. The darts of a region are a linked list, so that lists are joined at
    once.
    """

    parents: NDArray[np.int32]
    """(R + 1,): the region that each region became part of; regions that are left have themselves.

    This is union-find: the way to a region that is left may lead over several others."""
    firsts: NDArray[np.int32]
    lasts: NDArray[np.int32]
    """(R + 1,): first and last dart of each region that is left."""
    nexts: NDArray[np.int32]
    """(2 A,): the dart after each in the list of its region."""
    owners: NDArray[np.int32]
    """(2 A,): the region that each dart belonged to at first."""
    spans: NDArray[np.int32]
    """(A, 2): pixels that an arc runs along columns and along rows."""
    kinds: NDArray[np.int32]
    areas: NDArray[np.float64]
    evidence: NDArray[np.float64]
    """(R + 1, K): probability sums; (0, 0) where they do not count."""


def build(
    arcs: Arcs,
    kinds: NDArray[np.int32],
    areas: NDArray[np.float64],
    sums: NDArray[np.float64] | None,
) -> Graph:
    """The graph of all regions; `sums` (R + 1, K) of probabilities, None if they do not count."""
    assert len(kinds) == len(areas), "each region has a class and an area, the outside too"
    assert 2 * len(arcs) < np.iinfo(np.int32).max, "darts are 32-bit numbers"
    owners = np.array(arcs.sides, dtype=np.int32, order="C").ravel()
    return Graph(
        np.arange(len(kinds), dtype=np.int32),
        *_link(owners, len(kinds)),
        owners,
        _span(
            np.array(arcs.points, dtype=np.int32, order="C"), np.array(arcs.offsets, dtype=np.int64)
        ),
        kinds=np.array(kinds, dtype=np.int32),
        areas=np.array(areas, dtype=np.float64),
        evidence=np.empty((0, 0)) if sums is None else np.array(sums, dtype=np.float64, order="C"),
    )


@compiled
def _link(
    owners: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The first and last dart of each region and the dart after each, in the order of the arcs."""
    firsts, lasts = np.full(count, NONE, dtype=np.int32), np.full(count, NONE, dtype=np.int32)
    nexts = np.full(len(owners), NONE, dtype=np.int32)
    for dart in range(len(owners)):
        owner = owners[dart]
        if lasts[owner] == NONE:
            firsts[owner] = dart
        else:
            nexts[lasts[owner]] = dart
        lasts[owner] = dart
    return firsts, lasts, nexts


@compiled
def _span(points: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    spans = np.zeros((len(offsets) - 1, 2), dtype=np.int32)
    for arc in range(len(spans)):
        for point in range(offsets[arc], offsets[arc + 1] - 1):
            spans[arc, 0] += abs(points[point + 1, 0] - points[point, 0])
            spans[arc, 1] += abs(points[point + 1, 1] - points[point, 1])
    return spans


@compiled
def find(parents: NDArray[np.int32], region: int) -> int:
    """The region, among those left, that a region is part of; halves the way there."""
    while parents[region] != region:
        parents[region] = parents[parents[region]]
        region = parents[region]
    return region


@compiled
def unite(graph: Graph, target: int, part: int) -> None:
    """Make a region part of another; neither is part of a third one, or the outside."""
    graph.parents[part] = target
    graph.areas[target] += graph.areas[part]
    for kind in range(graph.evidence.shape[1]):
        graph.evidence[target, kind] += graph.evidence[part, kind]
    if graph.firsts[part] == NONE:
        return
    if graph.firsts[target] == NONE:
        graph.firsts[target] = graph.firsts[part]
    else:
        graph.nexts[graph.lasts[target]] = graph.firsts[part]
    graph.lasts[target] = graph.lasts[part]


@compiled
def resolve(parents: NDArray[np.int32]) -> NDArray[np.int32]:
    """The region (R + 1,), among those left, that each region is part of."""
    left = np.empty_like(parents)
    for region in range(len(parents)):
        left[region] = find(parents, region)
    return left
