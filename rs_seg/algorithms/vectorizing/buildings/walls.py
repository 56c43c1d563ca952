"""Which stretches of an outline are walls of one direction: its best partition.

As machine code.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled, inlined

FIRST = -1
"""In place of what came before the first wall."""


@compiled
def find_breaks(points: NDArray[np.float64], tolerance: float) -> NDArray[np.int64]:
    """Indices (B,) of the points of a closed line (N, 2) where walls may end.

    They are the points that Douglas and Peucker (1973) keep.

    The first is 0, which should be a corner.
    """
    count = len(points)
    is_break = np.zeros(count + 1, np.bool_)
    is_break[0] = is_break[count] = True
    # A split takes a stretch from the stack and puts two there. There are fewer splits than points,
    # so the stack never has more stretches than that.
    pending = np.zeros((count + 1, 2), np.int64)
    pending[0, 1] = count
    waiting = 1
    while waiting > 0:
        waiting -= 1
        first, last = pending[waiting, 0], pending[waiting, 1]
        x, y = points[first, 0], points[first, 1]
        dx, dy = points[last % count, 0] - x, points[last % count, 1] - y
        length = np.hypot(dx, dy)
        farthest, position = tolerance, -1
        for index in range(first + 1, last):
            ex, ey = points[index, 0] - x, points[index, 1] - y
            # From the endless line, as walls are judged too. The first stretch is the whole
            # outline, which ends where it begins: there it is the distance from that point.
            distance = abs(dx * ey - dy * ex) / length if length > 0 else np.hypot(ex, ey)
            if distance > farthest:
                farthest, position = distance, index
        if position >= 0:
            is_break[position] = True
            pending[waiting, 0], pending[waiting, 1] = first, position
            pending[waiting + 1, 0], pending[waiting + 1, 1] = position, last
            waiting += 2
    return np.flatnonzero(is_break[:count])


@compiled
def _measure_stretches(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    breaks: NDArray[np.int64],
    frame: tuple[float, float, float],
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Squared misfit (B, B + 1, 4) of stretches between breaks as walls of four directions.

    Also the directed wall of each, 0 to 7.

    Infinite where a stretch departs from its wall, or is shorter, than the frame (main direction,
    bound, shortest) allows.
    """
    direction, bound, shortest = frame
    count = len(breaks)
    misfit = np.full((count, count + 1, 4), np.inf)
    directed = np.zeros((count, count + 1, 4), np.int8)
    ends = np.empty(count + 1, np.int64)
    ends[:count] = breaks
    ends[count] = len(points)
    along, across = np.empty(len(points)), np.empty(len(points))
    for turn in range(4):
        angle = direction + turn * np.pi / 4
        cosine, sine = np.cos(angle), np.sin(angle)
        for index in range(len(points)):
            along[index] = cosine * points[index, 0] + sine * points[index, 1]
            across[index] = cosine * points[index, 1] - sine * points[index, 0]
        for start in range(count):
            # Running sums: each longer stretch adds only its new points.
            weight, first, second = 0.0, 0.0, 0.0
            least, most = np.inf, -np.inf
            for end in range(start + 1, count + 1):
                for index in range(ends[end - 1], ends[end]):
                    value = across[index]
                    weight += weights[index]
                    first += weights[index] * value
                    second += weights[index] * value * value
                    least, most = min(least, value), max(most, value)
                if most - least > 2 * bound:
                    # Longer stretches reach at least as far across, so none of them fits.
                    break
                mean = first / weight
                advance = along[ends[end] - 1] - along[ends[start]]
                if max(most - mean, mean - least) <= bound and abs(advance) >= shortest:
                    misfit[start, end, turn] = max(second - first * mean, 0.0)
                    directed[start, end, turn] = turn if advance > 0 else turn + 4
    return misfit, directed


@compiled
def _add_wall(
    lowest: NDArray[np.float64],
    source: NDArray[np.int64],
    stretch: tuple[int, int, int],
    price: float,
) -> None:
    """Let a stretch follow the cheapest walls up to its start, where that is cheaper.

    A stretch is its start, its end and its directed wall.
    """
    start, end, wall = stretch
    if start == 0:
        # Nothing cheaper is overwritten: a stretch has one price for each directed wall, and
        # stretches from 0 come before all others.
        lowest[end, wall, wall] = price
        source[end, wall, wall] = FIRST
        return
    # Turns by 45 and 90 degrees to both sides. Of equal sums the first one stays.
    for bend in (1, 2, 6, 7):
        before = (wall + bend) % 8
        for first in range(8):
            total = lowest[start, before, first] + price
            if total < lowest[end, wall, first]:
                lowest[end, wall, first] = total
                source[end, wall, first] = 8 * start + before


@compiled
def find_walls(
    points: NDArray[np.float64],
    weights: NDArray[np.float64],
    breaks: NDArray[np.int64],
    frame: tuple[float, float, float],
    costs: tuple[float, float],
    begun_anywhere: bool,
) -> tuple[float, NDArray[np.int64]]:
    """Lowest cost and walls (W, 2) of a closed outline.

    A wall is the index of its first point and its direction 0 ... 7.

    The cost is the squared misfit of the points (N, 2) to their walls, weighted, plus the cost of
    each wall (straight, diagonal). A wall ends at breaks; the first begins at the first point;
    neighbours turn by 45 or 90 degrees, the last and the first also not at all if the outline is
    begun anywhere. No walls, at infinite cost, where none fit. `frame` is main direction, greatest
    distance of a point from its wall, and least length of a wall. Found by dynamic programming over
    the breaks, for each direction of the first wall.
    """
    misfit, directed = _measure_stretches(points, weights, breaks, frame)
    count = len(breaks)
    # Least cost (end, last wall, first wall) of walls up to a break. The first wall is kept so that
    # the last one can be fitted to it.
    lowest = np.full((count + 1, 8, 8), np.inf)
    source = np.zeros((count + 1, 8, 8), np.int64)
    # Stretches lead forward only: the costs up to a start are final when it is reached.
    for start in range(count):
        for end in range(start + 1, count + 1):
            for turn in range(4):
                if misfit[start, end, turn] == np.inf:
                    continue
                wall = directed[start, end, turn]
                _add_wall(
                    lowest, source, (start, end, wall), misfit[start, end, turn] + costs[turn % 2]
                )
    return _trace_back(lowest, source, breaks, begun_anywhere)


@compiled
def _trace_back(
    lowest: NDArray[np.float64],
    source: NDArray[np.int64],
    breaks: NDArray[np.int64],
    begun_anywhere: bool,
) -> tuple[float, NDArray[np.int64]]:
    """The cheapest closed sequence of walls in the tables of `find_walls`."""
    cost, last, first = np.inf, -1, -1
    for wall in range(8):
        for bend in (0, 1, 2, 6, 7):
            if bend == 0 and not begun_anywhere:
                continue
            # The first wall has to turn from the last as any other from the one before it.
            candidate = (wall + bend) % 8
            if lowest[-1, wall, candidate] < cost:
                cost, last, first = lowest[-1, wall, candidate], wall, candidate
    # Walls are met from the last to the first, and are filled in from the end. Each takes a break
    # at least, so there are no more than breaks.
    walls = np.zeros((len(breaks), 2), np.int64)
    used, end = len(breaks), len(breaks)
    while cost < np.inf and last >= 0:
        before = source[end, last, first]
        end = max(before, 0) // 8
        used -= 1
        walls[used, 0], walls[used, 1] = breaks[end], last
        last = before % 8 if before >= 0 else FIRST
    return cost, walls[used:]


@compiled
def part_outline(
    points: NDArray[np.float64],
    lengths: NDArray[np.float64],
    breaks: NDArray[np.int64],
    frame: tuple[float, float, float],
    costs: tuple[float, float],
) -> tuple[float, NDArray[np.int64]]:
    """Cost and walls (W, 2) of a closed outline, as of `find_walls`, begun at any of its points.

    They are computed twice, the second time from a corner that was found the first time.
    """
    count, start = len(points), breaks[0]
    price, walls = np.inf, np.zeros((0, 2), np.int64)
    for begun_anywhere in (True, False):
        rolled = np.sort((breaks - start) % count)
        line = np.concatenate((points[start:], points[:start]))
        weights = np.concatenate((lengths[start:], lengths[:start]))
        price, walls = find_walls(line, weights, rolled, frame, costs, begun_anywhere)
        if len(walls) < 2:
            return np.inf, walls
        for wall in range(len(walls)):
            walls[wall, 0] = (walls[wall, 0] + start) % count
        start = walls[len(walls) // 2, 0]
    return price, walls


@compiled
def lie_within(points: NDArray[np.float64], ring: NDArray[np.float64], limit: float) -> bool:
    """Whether every point (N, 2) has a closed line (M, 2) within a distance.

    Fast where points follow one another.
    """
    near = 0
    for index in range(len(points)):
        near = _find_side(points[index, 0], points[index, 1], ring, near, limit)
        if near < 0:
            return False
    return True


@compiled
def runs_within(
    line: NDArray[np.float64], step: float, ring: NDArray[np.float64], limit: float
) -> bool:
    """Whether a closed line (K, 2) has another one (M, 2) within a distance all along.

    It is looked at in points that are no farther apart than `step`.
    """
    near = 0
    for corner in range(len(line)):
        x, y = line[corner, 0], line[corner, 1]
        after = (corner + 1) % len(line)
        dx, dy = line[after, 0] - x, line[after, 1] - y
        count = int(np.ceil(np.hypot(dx, dy) / step))
        for place in range(count):
            share = place / count
            near = _find_side(x + share * dx, y + share * dy, ring, near, limit)
            if near < 0:
                return False
    return True


@inlined
def _find_side(x: float, y: float, ring: NDArray[np.float64], near: int, limit: float) -> int:
    """A side of a closed line (M, 2) within a distance of a point, or -1.

    The search goes out from the side `near`, to both hands.
    """
    count = len(ring)
    for step in range(count):
        side = (near + (step + 1) // 2 * (1 if step % 2 else -1)) % count
        ax, ay = ring[side, 0], ring[side, 1]
        dx, dy = ring[(side + 1) % count, 0] - ax, ring[(side + 1) % count, 1] - ay
        length = dx * dx + dy * dy
        share = min(max(((x - ax) * dx + (y - ay) * dy) / length, 0.0), 1.0) if length > 0 else 0.0
        if np.hypot(ax + share * dx - x, ay + share * dy - y) <= limit:
            return side
    return -1
