"""Polygons assembled from arcs: which arcs, in which direction, bound each region."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined
from rs_seg.algorithms.vectorizing.arcs import OUTSIDE, Arcs, corner_keys
from rs_seg.algorithms.vectorizing.borders.joining import direction_of

NOTHING = -1


class Rings(NamedTuple):
    """Rings of all regions as sequences of steps: `2 * arc` along an arc, `2 * arc + 1` against it.

    Ring `i` is `steps[offsets[i]:offsets[i + 1]]`; the region is on its left. Rings of region r
    (from 1) are `first[r] .. first[r + 1]`: its outline first, then its holes.
    """

    steps: NDArray[np.int64]
    offsets: NDArray[np.int64]
    first: NDArray[np.int64]


def assemble(traced: Arcs, *, count: int) -> Rings:
    """The rings of the regions 1..count between arcs as they were traced.

    Valid by construction: where the corners of two pixels of one region touch, rings part instead
    of crossing, so that each passes a corner once; a region of pixels connected by sides has one
    outline.
    """
    starts, ends, out = _junctions(traced)
    steps, offsets, owners = _walk_rings(traced.sides, starts, ends, out)
    turned = _turns(traced.points, traced.offsets, steps, offsets)
    order = np.lexsort((~turned, owners))
    first = np.searchsorted(owners[order], np.arange(count + 2))
    outlines = np.bincount(owners[turned], minlength=count + 1)
    assert (outlines[1:] == 1).all(), "every region has one outline"
    gathered = np.concatenate([[0], np.cumsum(np.diff(offsets)[order])])
    return Rings(_gather_steps(steps, offsets, order, gathered), gathered, first)


@compiled
def _gather_steps(
    steps: NDArray[np.int64],
    offsets: NDArray[np.int64],
    order: NDArray[np.int64],
    gathered: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Steps of the rings in another order."""
    moved = np.empty_like(steps)
    for ring in range(len(order)):
        start = offsets[order[ring]]
        for index in range(gathered[ring + 1] - gathered[ring]):
            moved[gathered[ring] + index] = steps[start + index]
    return moved


def _junctions(arcs: Arcs) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Where each arc starts and ends, and the step that leaves each such place.

    A place is `4 * corner + direction`, the direction in which the arc leaves the corner.
    """
    first, last = arcs.offsets[:-1], arcs.offsets[1:] - 1
    keys = corner_keys(np.concatenate([arcs.points[first], arcs.points[last]]))
    places, corners = _number_equal(keys, np.argsort(keys, kind="stable"))
    places *= 4
    places[: len(arcs)] += direction_of(arcs.points[first + 1] - arcs.points[first])
    places[len(arcs) :] += direction_of(arcs.points[last - 1] - arcs.points[last])
    out = np.full(4 * corners, NOTHING, dtype=np.int64)
    out[places[: len(arcs)]] = np.arange(0, 2 * len(arcs), 2)
    out[places[len(arcs) :]] = np.arange(1, 2 * len(arcs), 2)
    return places[: len(arcs)], places[len(arcs) :], out


@compiled
def _number_equal(
    keys: NDArray[np.int64], order: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int]:
    """A number for each key, the same for equal keys, and how many numbers there are.

    `order` puts equal keys beside one another.
    """
    numbers = np.empty_like(keys)
    count = 0
    for index in range(len(order)):
        if index == 0 or keys[order[index]] != keys[order[index - 1]]:
            count += 1
        numbers[order[index]] = count - 1
    return numbers, count


@compiled
def _walk_rings(
    sides: NDArray[np.int32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    out: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """All rings with a region on their left: steps, offsets, and the region."""
    count = len(sides)
    steps = np.empty(2 * count, dtype=np.int64)
    offsets = np.zeros(2 * count + 1, dtype=np.int64)
    owners = np.empty(2 * count, dtype=np.int32)
    done = np.zeros(2 * count, dtype=np.bool_)
    rings, place = 0, 0
    for begin in range(2 * count):
        owner = sides[begin // 2, begin % 2]
        if done[begin] or owner == OUTSIDE:
            continue
        step = begin
        # Every step leads to one step and is reached from one: the walk closes where it began.
        while not done[step]:
            done[step] = True
            steps[place] = step
            place += 1
            arrival = starts[step // 2] if step % 2 else ends[step // 2]
            step = _next_step(sides, out, arrival, owner)
        owners[rings] = owner
        rings += 1
        offsets[rings] = place
    return steps[:place].copy(), offsets[: rings + 1].copy(), owners[:rings].copy()


@inlined
def _next_step(sides: NDArray[np.int32], out: NDArray[np.int64], arrival: int, owner: int) -> int:
    """The step that goes on around `owner` from a corner.

    The corner was reached against the direction `arrival % 4`.

    By the clock from where one came from, the first step out has the same region on its left. If
    the region also lies across the corner, the other step with it on the left is taken, which keeps
    what the ring encloses in one piece.
    """
    corner, direction = arrival // 4, arrival % 4
    first_step = -1
    for turn in range(1, 5):
        step = int(out[4 * corner + (direction + turn) % 4])
        if step >= 0 and sides[step // 2, step % 2] == owner:
            if first_step >= 0:
                return step
            first_step = step
    return first_step


@compiled
def _turns(
    points: NDArray[np.int32],
    arc_offsets: NDArray[np.int64],
    steps: NDArray[np.int64],
    offsets: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Whether each ring is an outline: it turns against the clock on the map, its region inside."""
    # Twice the signed area below each arc, in whole numbers and therefore exact. A ring adds up its
    # arcs.
    areas = np.zeros(len(arc_offsets) - 1, dtype=np.int64)
    for arc in range(len(areas)):
        for point in range(arc_offsets[arc], arc_offsets[arc + 1] - 1):
            areas[arc] += (
                points[point, 0] * points[point + 1, 1] - points[point + 1, 0] * points[point, 1]
            )
    turned = np.zeros(len(offsets) - 1, dtype=np.bool_)
    for ring in range(len(turned)):
        area = 0
        for index in range(offsets[ring], offsets[ring + 1]):
            step = steps[index]
            area += areas[step // 2] if step % 2 == 0 else -areas[step // 2]
        turned[ring] = area < 0
    return turned


def count_points(rings: Rings, arcs: Arcs) -> NDArray[np.int64]:
    """Points (rings,) of each ring along `arcs`, the first repeated at its end."""
    lengths = (np.diff(arcs.offsets) - 1)[rings.steps // 2]
    counts: NDArray[np.int64] = (
        np.add.reduceat(lengths, rings.offsets[:-1]) + 1 if len(lengths) else lengths
    )
    return counts
