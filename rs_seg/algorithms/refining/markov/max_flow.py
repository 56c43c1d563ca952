"""The largest flow through a grid of pixels, and the smallest cut that it leaves behind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined

FREE, SOURCE, SINK = 0, 1, 2
NO_PARENT, TERMINAL = -2, -1
"""In place of the direction to a parent: there is none, it is lost; it is the source or the sink
itself."""
HEAD, COUNT = 0, 1


class Grid(NamedTuple):
    """Capacities that are left; paths take from them."""

    residual: NDArray[np.int32]
    """(P, D) from each pixel to its neighbours; directions d and d ^ 1 are opposite."""
    terminal: NDArray[np.int32]
    """(P,) from the source where positive, to the sink where negative."""
    steps: NDArray[np.int64]
    """(D,) from a pixel to its neighbours; those that do not exist have capacity 0."""


class Trees(NamedTuple):
    """Pixels that the source reaches and pixels that reach the sink, in two forests."""

    side: NDArray[np.int8]
    """(P,) FREE, SOURCE or SINK."""
    parent: NDArray[np.int8]
    """(P,) direction to the parent, TERMINAL or NO_PARENT."""
    depth: NDArray[np.int32]
    """(P,) steps to the terminal, when it was looked up last."""
    seen: NDArray[np.int32]
    """(P,) when that was: larger is later."""
    active: NDArray[np.int32]
    """(P,) ring of pixels whose neighbours are to be looked at."""
    waiting: NDArray[np.bool_]
    """(P,) whether each pixel is in that ring."""
    orphans: NDArray[np.int32]
    """(P,) ring of pixels that have lost their parent."""
    ends: NDArray[np.int64]
    """(2, 2) first place and number of members of either ring: active pixels, orphans."""


@compiled
def sink_side(grid: Grid) -> tuple[NDArray[np.bool_], int]:
    """Pixels (P,) on the sink's side of the smallest cut, and the largest flow.

    Of all smallest cuts it is the one with the fewest such pixels.

    Takes the flow out of `grid`. That side is the same for every largest flow, so no order of work
    shows in it. Flow that passes through a single pixel must be taken out of `terminal` before and
    is not counted.

    Source: Boykov and Kolmogorov 2004, section 3; ours.
    """
    trees = _plant(grid)
    active, clock, flow = trees.ends[0], 1, 0
    while active[COUNT] > 0:
        pixel = trees.active[active[HEAD]]
        direction = _grow(grid, trees, pixel) if trees.side[pixel] != FREE else NO_PARENT
        if direction == NO_PARENT:
            active[HEAD], active[COUNT] = (active[HEAD] + 1) % len(trees.active), active[COUNT] - 1
            trees.waiting[pixel] = False
            continue
        # The pixel stays first in the ring: it may touch the other tree at several neighbours.
        flow += _augment(grid, trees, pixel, direction)
        clock += 1
        _adopt(grid, trees, clock)
    return trees.side == SINK, flow


@compiled
def _plant(grid: Grid) -> Trees:
    count = len(grid.terminal)
    trees = Trees(
        np.zeros(count, np.int8),
        np.full(count, NO_PARENT, np.int8),
        np.zeros(count, np.int32),
        np.zeros(count, np.int32),
        np.empty(count, np.int32),
        np.zeros(count, np.bool_),
        np.empty(count, np.int32),
        np.zeros((2, 2), np.int64),
    )
    # The terminals are no pixels: roots are all pixels with a capacity to one, at a depth of 1.
    # `seen` of 0 is older than any clock, so depths are looked up anew after the first flow.
    for pixel in range(count):
        if grid.terminal[pixel] != 0:
            trees.side[pixel] = SOURCE if grid.terminal[pixel] > 0 else SINK
            trees.parent[pixel] = TERMINAL
            trees.depth[pixel] = 1
            _activate(trees, pixel)
    return trees


@inlined
def _activate(trees: Trees, pixel: int) -> None:
    if not trees.waiting[pixel]:
        trees.waiting[pixel] = True
        trees.active[(trees.ends[0, HEAD] + trees.ends[0, COUNT]) % len(trees.active)] = pixel
        trees.ends[0, COUNT] += 1


@inlined
# Only a pixel with a parent becomes an orphan, so each is in the ring once and the ring suffices.
def _orphan(trees: Trees, pixel: int) -> None:
    trees.parent[pixel] = NO_PARENT
    trees.orphans[(trees.ends[1, HEAD] + trees.ends[1, COUNT]) % len(trees.orphans)] = pixel
    trees.ends[1, COUNT] += 1


@inlined
def _grow(grid: Grid, trees: Trees, pixel: int) -> int:
    """Take neighbours into the pixel's tree.

    The direction in which it touches the other tree, or NO_PARENT.
    """
    side = trees.side[pixel]
    for direction in range(len(grid.steps)):
        neighbour = pixel + grid.steps[direction]
        back = direction ^ 1
        capacity = (
            grid.residual[pixel, direction] if side == SOURCE else grid.residual[neighbour, back]
        )
        if capacity == 0:
            continue
        if trees.side[neighbour] == FREE:
            trees.side[neighbour] = side
            _attach(trees, neighbour, back, pixel)
            _activate(trees, neighbour)
        elif trees.side[neighbour] != side:
            return direction
        # The way through this pixel is shorter, and was looked up no earlier.
        elif (
            trees.seen[neighbour] <= trees.seen[pixel]
            and trees.depth[neighbour] > trees.depth[pixel] + 1
        ):
            _attach(trees, neighbour, back, pixel)
    return NO_PARENT


@inlined
def _attach(trees: Trees, pixel: int, direction: int, parent: int) -> None:
    trees.parent[pixel] = direction
    trees.depth[pixel] = trees.depth[parent] + 1
    trees.seen[pixel] = trees.seen[parent]


@inlined
def _augment(grid: Grid, trees: Trees, pixel: int, direction: int) -> int:
    """Flow along the path through the meeting point of the trees.

    Pixels that it cuts off become orphans.
    """
    if trees.side[pixel] == SINK:
        pixel, direction = pixel + grid.steps[direction], direction ^ 1
    partner = pixel + grid.steps[direction]
    flow: int = grid.residual[pixel, direction]
    flow = min(flow, _narrowest(grid, trees, pixel))
    flow = min(flow, _narrowest(grid, trees, partner))
    grid.residual[pixel, direction] -= flow
    grid.residual[partner, direction ^ 1] += flow
    _push(grid, trees, pixel, flow)
    _push(grid, trees, partner, flow)
    return flow


@inlined
def _narrowest(grid: Grid, trees: Trees, pixel: int) -> int:
    """Least capacity between a pixel and its terminal."""
    outward = trees.side[pixel] == SOURCE
    least = 2**31 - 1
    while trees.parent[pixel] != TERMINAL:
        direction = trees.parent[pixel]
        parent = pixel + grid.steps[direction]
        least = min(
            least,
            grid.residual[parent, direction ^ 1] if outward else grid.residual[pixel, direction],
        )
        pixel = parent
    left: int = abs(grid.terminal[pixel])
    return min(least, left)


@inlined
def _push(grid: Grid, trees: Trees, pixel: int, flow: int) -> None:
    """Take the flow from all capacities between a pixel and its terminal."""
    outward = trees.side[pixel] == SOURCE
    while trees.parent[pixel] != TERMINAL:
        direction = trees.parent[pixel]
        parent = pixel + grid.steps[direction]
        # Flow runs from parent to child in the source's tree, from child to parent in the sink's.
        change = -flow if outward else flow
        grid.residual[parent, direction ^ 1] += change
        grid.residual[pixel, direction] -= change
        if (
            grid.residual[parent, direction ^ 1] if outward else grid.residual[pixel, direction]
        ) == 0:
            _orphan(trees, pixel)
        pixel = parent
    grid.terminal[pixel] -= flow if outward else -flow
    if grid.terminal[pixel] == 0:
        _orphan(trees, pixel)


@inlined
def _adopt(grid: Grid, trees: Trees, clock: int) -> None:
    """Find new parents for all orphans, or set them free."""
    orphans = trees.ends[1]
    while orphans[COUNT] > 0:
        pixel = trees.orphans[orphans[HEAD]]
        orphans[HEAD], orphans[COUNT] = (orphans[HEAD] + 1) % len(trees.orphans), orphans[COUNT] - 1
        direction = _nearest_parent(grid, trees, pixel, clock)
        if direction != NO_PARENT:
            _attach(trees, pixel, direction, pixel + grid.steps[direction])
        else:
            _set_free(grid, trees, pixel)


@inlined
def _nearest_parent(grid: Grid, trees: Trees, pixel: int, clock: int) -> int:
    """Direction to the neighbour of the same tree that is nearest to its terminal, or NO_PARENT."""
    side, best, least = trees.side[pixel], NO_PARENT, 2**31
    for direction in range(len(grid.steps)):
        neighbour = pixel + grid.steps[direction]
        if trees.side[neighbour] != side:
            continue
        capacity = (
            grid.residual[neighbour, direction ^ 1]
            if side == SOURCE
            else grid.residual[pixel, direction]
        )
        if capacity > 0:
            depth = _depth(grid, trees, neighbour, clock)
            if 0 < depth < least:
                best, least = direction, depth
    return best


@inlined
def _depth(grid: Grid, trees: Trees, start: int, clock: int) -> int:
    """Steps from a pixel to its terminal, or 0 where an orphan lies between.

    The steps of pixels on the way are kept for the same `clock`.
    """
    pixel, steps = start, 0
    while trees.seen[pixel] != clock:
        steps += 1
        if trees.parent[pixel] == NO_PARENT:
            return 0
        if trees.parent[pixel] == TERMINAL:
            break
        pixel += grid.steps[trees.parent[pixel]]
    else:
        steps += trees.depth[pixel]
    # The path holds no orphan, and only orphans are set free: it stays for this clock.
    depth = steps
    pixel = start
    while steps > 0 and trees.seen[pixel] != clock:
        trees.seen[pixel], trees.depth[pixel] = clock, steps
        steps -= 1
        if trees.parent[pixel] != TERMINAL:
            pixel += grid.steps[trees.parent[pixel]]
    return depth


@inlined
def _set_free(grid: Grid, trees: Trees, pixel: int) -> None:
    """Take a pixel out of its tree.

    Its children become orphans; neighbours that could reach it become active.
    """
    side = trees.side[pixel]
    for direction in range(len(grid.steps)):
        neighbour = pixel + grid.steps[direction]
        if trees.side[neighbour] != side:
            continue
        capacity = (
            grid.residual[neighbour, direction ^ 1]
            if side == SOURCE
            else grid.residual[pixel, direction]
        )
        if capacity > 0:
            _activate(trees, neighbour)
        if trees.parent[neighbour] == direction ^ 1:
            _orphan(trees, neighbour)
    trees.side[pixel] = FREE
    trees.parent[pixel] = NO_PARENT
