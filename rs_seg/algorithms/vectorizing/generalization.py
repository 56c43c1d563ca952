"""Small regions and holes become part of their neighbours.

Regions unite on a graph, so that the map stays tiled.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.vectorizing.arcs import OUTSIDE, Arcs
from rs_seg.algorithms.vectorizing.region_graph import (
    NONE,
    Graph,
    build,
    find,
    resolve,
    unite,
)


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
    """The region (R + 1,) that each region became part of: itself where it is left.

    The outside stays OUTSIDE. The class of the region that is left is the class of the whole.
    `arcs` are as traced; of each region, `kinds` is the class index (-1 for the outside) and
    `areas` the ground area. Of each class (K,): regions below `minimum_areas` are merged, holes
    below `hole_areas` are filled (0: none), and touching regions that are `separate` stay apart;
    those of other classes are one region, in `arcs` and afterwards.

    - Holes: regions enclosed by one region, of whatever classes, become part of it where their
      areas together are below the limit of its class. Whoever encloses others may be enclosed
      itself. The outside in a hole protects it.
    - Minimum areas: the smallest region first (then the lowest number), united with the neighbour
      of the longest border with it. With `probability_sums` (R + 1, K) over the pixels of each
      region: with the neighbour whose class is most probable on its pixels; then the longest
      border, then the lowest number decide. It takes the neighbour's class, and unites with all its
      neighbours of that class, unless they are separate.

    Regions touch where they share the side of a pixel, not at corners; borders are measured with
    pixels of `pixel_size` (height, width). The outside takes nothing, so regions without another
    neighbour stay whatever their area. Holes come first and once more at the end: nothing is then
    left to do, a second time changes nothing.

    Source: enclosed regions hang on cut vertices of the graph (Tarjan 1972).
    """
    fills, merges = (hole_areas > 0).any(), (minimum_areas > 0).any()
    if not (fills or merges):
        return np.arange(len(kinds), dtype=np.int32)
    graph = build(arcs, kinds, areas, probability_sums)
    limits, minima = (np.array(limit, dtype=np.float64) for limit in (hole_areas, minimum_areas))
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
    return resolve(graph.parents)


@compiled
def _fill_holes(graph: Graph, limits: NDArray[np.float64]) -> None:
    """Make the regions that a region encloses part of it, the outermost holes first.

    A hole is filled if its regions together are below the limit of the class around them. In the
    tree of a depth-first search from the outside, a region and all below it are enclosed by the
    region above if no border leads from them past that one. They follow one another in the order
    of entry.
    """
    order, entries, above, lowest = _search(graph)
    sizes = np.ones(len(graph.parents), dtype=np.int32)
    totals = graph.areas.copy()
    # Backwards in the order of entry, so that all below a region are added before it is.
    for index in range(len(order) - 1, 0, -1):
        sizes[above[order[index]]] += sizes[order[index]]
        totals[above[order[index]]] += totals[order[index]]
    index = 1
    while index < len(order):
        region, around = order[index], above[order[index]]
        enclosed = around != OUTSIDE and lowest[region] >= entries[around]
        if enclosed and totals[region] < limits[graph.kinds[around]]:
            for part in order[index : index + sizes[region]]:
                unite(graph, around, part)
            index += sizes[region]
        else:
            index += 1


@compiled
def _search(
    graph: Graph,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Depth-first search from the outside over the regions that are left.

    The regions in the order of entry; of each region (R + 1,): the place in that order, the region
    it was entered from, and the first place that a border leads to from it or those below it.
    """
    count = len(graph.parents)
    # Regions are 64-bit numbers here, as in loops over them: one compilation of `unite`.
    order, above = np.empty(count, dtype=np.int64), np.full(count, NONE, dtype=np.int64)
    entries, lowest = np.full(count, NONE, dtype=np.int32), np.zeros(count, dtype=np.int32)
    darts = graph.firsts.copy()
    order[0] = entries[OUTSIDE] = OUTSIDE
    entered, here = 1, OUTSIDE
    # No recursion, which large maps would overflow: `darts` holds how far the list of each region
    # was followed, `above` the way back.
    while here != NONE:
        dart = darts[here]
        if dart == NONE:
            if above[here] != NONE:
                lowest[above[here]] = min(lowest[above[here]], lowest[here])
            here = above[here]
            continue
        darts[here] = graph.nexts[dart]
        neighbour = find(graph.parents, graph.owners[dart ^ 1])
        if entries[neighbour] == NONE:
            order[entered] = neighbour
            entries[neighbour] = lowest[neighbour] = entered
            above[neighbour] = here
            here = neighbour
            entered += 1
        else:
            lowest[here] = min(lowest[here], entries[neighbour])
    return order[:entered], entries, above, lowest


@compiled
def _merge_small(
    graph: Graph,
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
        borders[neighbours] = 0  # only what was written, or the time would grow with the map
        if target == NONE:
            continue
        unite(graph, target, region)
        kind = graph.kinds[target]
        for neighbour in neighbours:
            if neighbour != target and graph.kinds[neighbour] == kind and not separate[kind]:
                unite(graph, target, neighbour)
        if graph.areas[target] < minima[kind]:
            heappush(small, (graph.areas[target], target))


@compiled
def _list_neighbours(
    graph: Graph, region: int, borders: NDArray[np.int64], touched: NDArray[np.int64]
) -> int:
    """How many neighbours of a region were put into `touched`; `borders` gets their borders.

    Darts within the region are dropped from its list.
    """
    count, last, dart = 0, NONE, graph.firsts[region]
    while dart != NONE:
        following = graph.nexts[dart]
        neighbour = find(graph.parents, graph.owners[dart ^ 1])
        if neighbour == region:
            # `unite` joins lists without a look at them, so the darts between two parts are met
            # here, once: they are dropped, or every walk would be longer than the last.
            if last == NONE:
                graph.firsts[region] = following
            else:
                graph.nexts[last] = following
        else:
            last = dart
        if neighbour not in (region, OUTSIDE):
            # Every arc is a side of a pixel long at least, so a border of 0 is a neighbour not met
            # yet. `borders` has zeros at the start: the caller puts them back.
            if borders[neighbour, 0] == 0 and borders[neighbour, 1] == 0:
                touched[count] = neighbour
                count += 1
            borders[neighbour] += graph.spans[dart >> 1]
        dart = following
    # The last dart may have been dropped, and `unite` goes on from the last one.
    graph.lasts[region] = last
    return count


@compiled
def _choose(
    graph: Graph,
    region: int,
    neighbours: NDArray[np.int64],
    borders: NDArray[np.int64],
    pixel: tuple[float, float],
) -> int:
    """The neighbour that takes a region, or NONE where it has none."""
    best, best_chance, best_length = NONE, -np.inf, 0.0
    for neighbour in neighbours:
        chance = graph.evidence[region, graph.kinds[neighbour]] if graph.evidence.size > 0 else 0.0
        length = borders[neighbour, 0] * pixel[1] + borders[neighbour, 1] * pixel[0]
        longer = length > best_length or (length == best_length and neighbour < best)
        if chance > best_chance or (chance == best_chance and longer):
            best, best_chance, best_length = neighbour, chance, length
    return best
