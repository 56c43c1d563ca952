"""Pieces of borders joined into arcs, in an order that depends on the map alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.arcs import Arcs, corner_keys

FREE = -1
"""The link of an end that goes on nowhere: a junction."""


def join(
    points: NDArray[np.int32],
    offsets: NDArray[np.int64],
    ends: NDArray[np.int32],
    sides: NDArray[np.int32],
    links: NDArray[np.int64],
) -> Arcs:
    """Arcs joined from pieces of borders; `links` says which ends belong together.

    End `2 * piece` is the first of a piece, `2 * piece + 1` its last; the link of a junction is
    FREE.

    Pieces (N,) have inner points `points[offsets[i]:offsets[i + 1]]`, `ends` (N, 2, 2) as x and y
    and `sides` (N, 2). Points on straight stretches go. Canonical: an arc begins at the end that
    comes first, row by row, and if both are one corner, with the step that comes first by the clock
    from east; one without a junction begins at its first corner and goes east. Arcs are in the
    order of their first points, then of their first steps.
    """
    chained, starts, beside = _walk(points, offsets, ends, sides, links)
    order = np.argsort(
        corner_keys(chained[starts[:-1]]) * 4 + _directions(chained, starts), kind="stable"
    )
    return select(Arcs(chained, starts, beside), order)


def select(arcs: Arcs, chosen: NDArray[np.integer]) -> Arcs:
    """The chosen arcs, in the order of `chosen`."""
    if len(chosen) == len(arcs) and (np.diff(chosen) > 0).all():
        return arcs
    counts = np.diff(arcs.offsets)[chosen]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return Arcs(
        _gather(arcs.points, arcs.offsets, chosen.astype(np.int64), offsets),
        offsets,
        arcs.sides[chosen],
    )


def link_ends(arcs: Arcs) -> NDArray[np.int64]:
    """Link (2 A,) of each end: the other end at its corner if just two arcs end there.

    FREE where one arc ends there, or more than two.
    """
    last = arcs.offsets[1:] - 1
    corners = np.stack([arcs.points[arcs.offsets[:-1]], arcs.points[last]], axis=1).reshape(-1, 2)
    keys = corner_keys(corners)
    order = np.argsort(keys, kind="stable")
    begins = np.flatnonzero(np.diff(keys[order], prepend=-1))
    pairs = begins[np.diff(begins, append=len(keys)) == 2]
    links = np.full(len(keys), FREE, dtype=np.int64)
    links[order[pairs]], links[order[pairs + 1]] = order[pairs + 1], order[pairs]
    return links


def dissolve(arcs: Arcs, merged: NDArray[np.int32]) -> Arcs:
    """Arcs between the regions that are left after each region `r` became `merged[r]`.

    Arcs inside a merged region go; arcs are joined where no junction is left. `arcs` are as traced.
    `merged` (R + 1,) keeps the outside: `merged[0]` is 0.
    """
    sides = merged[arcs.sides]
    remaining = select(
        Arcs(arcs.points, arcs.offsets, sides.astype(np.int32)),
        np.flatnonzero(sides[:, 0] != sides[:, 1]),
    )
    starts, stops = remaining.offsets[:-1], remaining.offsets[1:] - 1
    ends = np.stack([remaining.points[starts], remaining.points[stops]], axis=1)
    inner = np.ones(len(remaining.points), dtype=bool)
    inner[starts] = inner[stops] = False
    offsets = remaining.offsets - 2 * np.arange(len(remaining) + 1)
    return join(remaining.points[inner], offsets, ends, remaining.sides, link_ends(remaining))


def _directions(points: NDArray[np.int32], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The direction of the first step of each arc."""
    return (
        direction_of(points[offsets[:-1] + 1] - points[offsets[:-1]])
        if len(offsets) > 1
        else np.zeros(0, np.int64)
    )


def direction_of(steps: NDArray[np.int32]) -> NDArray[np.int64]:
    """Direction 0 to 3 (east, south, west, north) of steps (N, 2) along rows or columns."""
    x, y = steps[:, 0], steps[:, 1]
    return np.where(x != 0, np.where(x > 0, 0, 2), np.where(y > 0, 1, 3)).astype(np.int64)


@compiled
def _walk(
    points: NDArray[np.int32],
    offsets: NDArray[np.int64],
    ends: NDArray[np.int32],
    sides: NDArray[np.int32],
    links: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Points, offsets and sides of all chains of linked pieces, each in its canonical direction."""
    count = len(sides)
    chained = np.empty((len(points) + 2 * count, 2), dtype=np.int32)
    starts = np.zeros(count + 1, dtype=np.int64)
    beside = np.empty((count, 2), dtype=np.int32)
    done = np.zeros(count, dtype=np.bool_)
    chains = 0
    # Chains that begin at a junction come first: pieces that are not done after them form rings.
    for rings in (False, True):
        for end in range(2 * count):
            if done[end // 2] or (links[end] >= 0 and not rings):
                continue
            begin = starts[chains]
            place = _chain(points, offsets, ends, links, end, chained, begin, done)
            beside[chains, 0], beside[chains, 1] = (
                sides[end // 2, end % 2],
                sides[end // 2, 1 - end % 2],
            )
            if rings:
                place = _close(chained, begin, place)
            if _is_backward(chained, begin, place):
                _reverse(chained, begin, place)
                beside[chains, 0], beside[chains, 1] = beside[chains, 1], beside[chains, 0]
            chains += 1
            starts[chains] = place
    return chained[: starts[chains]].copy(), starts[: chains + 1].copy(), beside[:chains].copy()


@compiled
def _chain(
    points: NDArray[np.int32],
    offsets: NDArray[np.int64],
    ends: NDArray[np.int32],
    links: NDArray[np.int64],
    end: int,
    chained: NDArray[np.int32],
    begin: int,
    done: NDArray[np.bool_],
) -> int:
    """Write the points of the chain that begins with this end from place `begin` on.

    The place after the last.
    """
    place = begin
    while True:
        piece, backward = end // 2, end % 2
        done[piece] = True
        place = _push(chained, begin, place, ends[piece, backward, 0], ends[piece, backward, 1])
        first, last = offsets[piece], offsets[piece + 1]
        for index in range(last - first):
            point = last - 1 - index if backward else first + index
            place = _push(chained, begin, place, points[point, 0], points[point, 1])
        # The piece was walked from one end, so it goes on at the other.
        link = links[2 * piece + 1 - backward]
        if link < 0:
            x, y = ends[piece, 1 - backward, 0], ends[piece, 1 - backward, 1]
            return _push(chained, begin, place, x, y)
        if done[link // 2]:
            return place
        end = link


@inlined
def _push(chained: NDArray[np.int32], begin: int, place: int, x: int, y: int) -> int:
    """Append a point; it replaces the last one where that lies on a straight line to it.

    By numbers: a slice for each point counts references, which took most of the time of joining.
    """
    if place >= begin + 2:
        in_column = chained[place - 2, 0] == chained[place - 1, 0] == x
        in_row = chained[place - 2, 1] == chained[place - 1, 1] == y
        if in_column or in_row:
            place -= 1
    chained[place, 0], chained[place, 1] = x, y
    return place + 1


@inlined
def _aligned(first: NDArray[np.int32], second: NDArray[np.int32], third: NDArray[np.int32]) -> bool:
    """Whether three points lie in one row or one column."""
    return bool((first[0] == second[0] == third[0]) or (first[1] == second[1] == third[1]))


@compiled
def _close(chained: NDArray[np.int32], begin: int, place: int) -> int:
    """Turn a chain without ends so that it begins with its first corner, and end it there.

    The place after the last.
    """
    # A ring was begun anywhere, perhaps on a straight stretch: points in line go at its seam too.
    if _aligned(chained[place - 2], chained[place - 1], chained[begin]):
        place -= 1
    if _aligned(chained[place - 1], chained[begin], chained[begin + 1]):
        chained[begin : place - 1] = chained[begin + 1 : place].copy()
        place -= 1
    first = begin
    for index in range(begin + 1, place):
        earlier = chained[index, 1] < chained[first, 1]
        if earlier or (
            chained[index, 1] == chained[first, 1] and chained[index, 0] < chained[first, 0]
        ):
            first = index
    ring = chained[begin:place].copy()
    split = place - first
    chained[begin : begin + split] = ring[first - begin :]
    chained[begin + split : place] = ring[: first - begin]
    chained[place] = chained[begin]
    return place + 1


@inlined
def _is_backward(chained: NDArray[np.int32], begin: int, place: int) -> bool:
    """Whether a chain must be turned around to be canonical."""
    first, last = chained[begin], chained[place - 1]
    if first[0] == last[0] and first[1] == last[1]:
        return _step(first, chained[place - 2]) < _step(first, chained[begin + 1])
    return bool(last[1] < first[1] or (last[1] == first[1] and last[0] < first[0]))


@inlined
def _step(first: NDArray[np.int32], second: NDArray[np.int32]) -> int:
    """Direction from a point to the next."""
    if first[1] == second[1]:
        return 0 if second[0] > first[0] else 2
    return 1 if second[1] > first[1] else 3


@compiled
def _reverse(chained: NDArray[np.int32], begin: int, place: int) -> None:
    """Turn a chain around."""
    chained[begin:place] = chained[begin:place][::-1].copy()


@compiled
def _gather(
    points: NDArray[np.int32],
    offsets: NDArray[np.int64],
    chosen: NDArray[np.int64],
    target: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Points of the chosen arcs, one after another."""
    gathered = np.empty((target[-1], 2), dtype=points.dtype)
    for index in range(len(chosen)):
        start = offsets[chosen[index]]
        for step in range(target[index + 1] - target[index]):
            gathered[target[index] + step, 0] = points[start + step, 0]
            gathered[target[index] + step, 1] = points[start + step, 1]
    return gathered
