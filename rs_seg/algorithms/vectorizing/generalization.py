"""Small regions and holes become part of their neighbours: on the graph of regions, so that the map stays tiled."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.vectorizing.arcs import OUTSIDE, Arcs

NONE = -1
"""No dart, no region."""


class _Graph(NamedTuple):
    """Regions and the arcs between them; the kernels change it as regions unite.

    A dart is an arc seen from a side: dart 2 a + s belongs to the region on side s of arc a, and
    dart ^ 1 to the other. The darts of a region are a linked list, so that lists are joined at
    once.
    """

    parents: NDArray[np.int32]
    """(R + 1,): the region that each became part of, by and by; those that are left have themselves
    (union-find)."""
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


def generalize(
    arcs: Arcs,
    *,
    kinds: NDArray[np.int32],
    areas: NDArray[np.float64],
    minimum_areas: NDArray[np.float64],
    hole_areas: NDArray[np.float64],
    separate: NDArray[np.bool_],
    probability_sums: NDArray[np.float64] | None = None,
    pixel_size: tuple[float, float] = (1.0, 1.0),
) -> NDArray[np.int32]:
    """The region (R + 1,) that each region became part of: itself where it is left, OUTSIDE for the outside.

    The class of the region that is left is the class of the whole. `arcs` are as traced; of each
    region, `kinds` is the class index (-1 for the outside) and `areas` the ground area. Of each
    class (K,): regions below `minimum_areas` are merged, holes below `hole_areas` are filled (0:
    none), and touching regions that are `separate` stay apart; those of other classes are one
    region, in `arcs` and afterwards.

    - Holes: regions enclosed by one region, of whatever classes, become part of it where their
      areas together are below the limit of its class. Whoever encloses others may be enclosed
      itself. The outside in a hole protects it.
    - Minimum areas: the smallest region first (then the lowest number), united with the neighbour
      of the longest border with it. With `probability_sums` (R + 1, K) over the pixels of each
      region: with the neighbour whose class is most probable on its pixels; then the longest
          border, then the lowest number decide. It takes the neighbour's class,
      and unites with all its neighbours of that class, unless they are separate.

    Regions touch where they share the side of a pixel, not at corners; borders are measured with
    pixels of `pixel_size` (height, width). The outside takes nothing, so regions without another
    neighbour stay whatever their area. Holes come first and once more at the end: nothing is then
    left to do, a second time changes nothing.

    Source: enclosed regions hang on cut vertices of the graph (Tarjan 1972).
    """
    fills, merges = (hole_areas > 0).any(), (minimum_areas > 0).any()
    if not (fills or merges):
        return np.arange(len(kinds), dtype=np.int32)
    graph = _build(arcs, kinds, areas, probability_sums)
    limits, minima = (np.array(each, dtype=np.float64) for each in (hole_areas, minimum_areas))
    if fills:
        _fill_holes(graph, limits)
    if merges:
        _merge_small(
            graph,
            minima,
            np.array(separate, dtype=np.bool_),
            (float(pixel_size[0]), float(pixel_size[1])),
        )
    if fills and merges:
        _fill_holes(graph, limits)
    return _resolve(graph.parents)


def _build(
    arcs: Arcs,
    kinds: NDArray[np.int32],
    areas: NDArray[np.float64],
    sums: NDArray[np.float64] | None,
) -> _Graph:
    assert len(kinds) == len(areas), "each region has a class and an area, the outside too"
    assert 2 * len(arcs) < np.iinfo(np.int32).max, "darts are 32-bit numbers"
    owners = np.array(arcs.sides, dtype=np.int32, order="C").ravel()
    return _Graph(
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
def _find(parents: NDArray[np.int32], region: int) -> int:
    """The region that is left of which a region is part; halves the way there."""
    while parents[region] != region:
        parents[region] = parents[parents[region]]
        region = parents[region]
    return region


@compiled
def _unite(graph: _Graph, target: int, part: int) -> None:
    """Make a region part of another; both are left, and neither is the outside."""
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
def _resolve(parents: NDArray[np.int32]) -> NDArray[np.int32]:
    left = np.empty_like(parents)
    for region in range(len(parents)):
        left[region] = _find(parents, region)
    return left


@compiled
def _fill_holes(graph: _Graph, limits: NDArray[np.float64]) -> None:
    """Make what a region encloses part of it where smaller than the limit of its class, the outermost holes first.

    Of a depth-first search from the outside, the regions below a region are enclosed by the one
    above it where no border leads from them past that one. They follow one another in the order of
    entry.
    """
    order, entries, above, lowest = _search(graph)
    sizes = np.ones(len(graph.parents), dtype=np.int32)
    totals = graph.areas.copy()
    for index in range(len(order) - 1, 0, -1):
        sizes[above[order[index]]] += sizes[order[index]]
        totals[above[order[index]]] += totals[order[index]]
    index = 1
    while index < len(order):
        region, around = order[index], above[order[index]]
        enclosed = around != OUTSIDE and lowest[region] >= entries[around]
        if enclosed and totals[region] < limits[graph.kinds[around]]:
            for part in order[index : index + sizes[region]]:
                _unite(graph, around, part)
            index += sizes[region]
        else:
            index += 1


@compiled
def _search(
    graph: _Graph,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Depth-first search from the outside over the regions that are left.

    The regions in the order of entry; of each region (R + 1,): the place in that order, the region
    it was entered from, and the first place that a border leads to from it or those below it.
    """
    count = len(graph.parents)
    # Regions are 64-bit numbers here, as in loops over them: one compilation of `_unite`.
    order, above = np.empty(count, dtype=np.int64), np.full(count, NONE, dtype=np.int64)
    entries, lowest = np.full(count, NONE, dtype=np.int32), np.zeros(count, dtype=np.int32)
    darts = graph.firsts.copy()
    order[0] = entries[OUTSIDE] = OUTSIDE
    entered, here = 1, OUTSIDE
    while here != NONE:
        dart = darts[here]
        if dart == NONE:
            if above[here] != NONE:
                lowest[above[here]] = min(lowest[above[here]], lowest[here])
            here = above[here]
            continue
        darts[here] = graph.nexts[dart]
        other = _find(graph.parents, graph.owners[dart ^ 1])
        if entries[other] == NONE:
            order[entered] = other
            entries[other] = lowest[other] = entered
            above[other] = here
            here = other
            entered += 1
        else:
            lowest[here] = min(lowest[here], entries[other])
    return order[:entered], entries, above, lowest


@compiled
def _merge_small(
    graph: _Graph,
    minima: NDArray[np.float64],
    separate: NDArray[np.bool_],
    pixel: tuple[float, float],
) -> None:
    """Unite regions below the minimum of their class with neighbours, the smallest first.

    The neighbour is done with, being above its own minimum, or is at least as large: the darts of a
    region are looked at again no more often than its area can double.
    """
    small = [
        (graph.areas[region], region)
        for region in range(1, len(graph.parents))
        if graph.parents[region] == region and graph.areas[region] < minima[graph.kinds[region]]
    ]
    heapify(small)
    borders = np.zeros((len(graph.parents), 2), dtype=np.int64)
    touched = np.empty(len(graph.parents), dtype=np.int64)
    while len(small) > 0:
        area, region = heappop(small)
        if graph.parents[region] != region or graph.areas[region] != area:
            continue  # merged, or grown and noted anew
        neighbours = touched[: _list_neighbours(graph, region, borders, touched)]
        target = _choose(graph, region, neighbours, borders, pixel)
        borders[neighbours] = 0
        if target == NONE:
            continue
        _unite(graph, target, region)
        kind = graph.kinds[target]
        for other in neighbours:
            if other != target and graph.kinds[other] == kind and not separate[kind]:
                _unite(graph, target, other)
        if graph.areas[target] < minima[kind]:
            heappush(small, (graph.areas[target], target))


@compiled
def _list_neighbours(
    graph: _Graph, region: int, borders: NDArray[np.int64], touched: NDArray[np.int64]
) -> int:
    """How many neighbours were put into `touched`, their borders into `borders`; drops darts within the region."""
    count, last, dart = 0, NONE, graph.firsts[region]
    while dart != NONE:
        following = graph.nexts[dart]
        other = _find(graph.parents, graph.owners[dart ^ 1])
        if other == region:
            if last == NONE:
                graph.firsts[region] = following
            else:
                graph.nexts[last] = following
        else:
            last = dart
        if other not in (region, OUTSIDE):
            if borders[other, 0] == 0 and borders[other, 1] == 0:
                touched[count] = other
                count += 1
            borders[other] += graph.spans[dart >> 1]
        dart = following
    graph.lasts[region] = last
    return count


@compiled
def _choose(
    graph: _Graph,
    region: int,
    neighbours: NDArray[np.int64],
    borders: NDArray[np.int64],
    pixel: tuple[float, float],
) -> int:
    """The neighbour that takes a region, or NONE where it has none."""
    best, best_chance, best_length = NONE, -np.inf, 0.0
    for other in neighbours:
        chance = graph.evidence[region, graph.kinds[other]] if graph.evidence.size > 0 else 0.0
        length = borders[other, 0] * pixel[1] + borders[other, 1] * pixel[0]
        longer = length > best_length or (length == best_length and other < best)
        if chance > best_chance or (chance == best_chance and longer):
            best, best_chance, best_length = other, chance, length
    return best
