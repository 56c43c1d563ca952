"""Whether lines cross or crowd, and whether lines swept over points, as machine code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled


@compiled
def _distance(x: float, y: float, segment: NDArray[np.float64]) -> float:
    """Distance of a point from a segment (x, y, x, y)."""
    dx, dy = segment[2] - segment[0], segment[3] - segment[1]
    length = dx * dx + dy * dy
    share = (
        min(max(((x - segment[0]) * dx + (y - segment[1]) * dy) / length, 0.0), 1.0)
        if length > 0
        else 0.0
    )
    return float(np.hypot(segment[0] + share * dx - x, segment[1] + share * dy - y))


@compiled
def _turn(a: NDArray[np.float64], x: float, y: float) -> float:
    """Positive if a point lies on one side of a segment's line, negative if on the other."""
    return float((a[2] - a[0]) * (y - a[1]) - (a[3] - a[1]) * (x - a[0]))


@compiled
def _crowded(a: NDArray[np.float64], b: NDArray[np.float64], clearance: float) -> bool:
    """Whether two segments cross or come closer than the clearance.

    An end that they share does not count.
    """
    for first in (0, 2):
        for second in (0, 2):
            if a[first] == b[second] and a[first + 1] == b[second + 1]:
                near = (
                    _distance(a[2 - first], a[3 - first], b),
                    _distance(b[2 - second], b[3 - second], a),
                )
                return min(near) < clearance
    # They cross where each has the ends of the other on both sides of its line.
    if (
        _turn(a, b[0], b[1]) * _turn(a, b[2], b[3]) < 0
        and _turn(b, a[0], a[1]) * _turn(b, a[2], a[3]) < 0
    ):
        return True
    ends_of_b = min(_distance(b[0], b[1], a), _distance(b[2], b[3], a))
    return min(ends_of_b, _distance(a[0], a[1], b), _distance(a[2], a[3], b)) < clearance


@compiled
def are_crowded(segments: NDArray[np.float64], new: int, clearance: float) -> bool:
    """Whether one of the first `new` segments (S, 4) crosses or crowds any other segment.

    They crowd where they come closer than `clearance`.

    Segments that share one end must leave it apart: the other end of each keeps the clearance from
    the other.
    """
    # Segments that are not new were there before, so pairs of them are not looked at; the new ones
    # come first, so each other pair is looked at once.
    for i in range(new):
        a = segments[i]
        low_x, high_x = min(a[0], a[2]) - clearance, max(a[0], a[2]) + clearance
        low_y, high_y = min(a[1], a[3]) - clearance, max(a[1], a[3]) + clearance
        for j in range(i + 1, len(segments)):
            b = segments[j]
            # Rectangles first: nearly all segments are far apart.
            if (
                max(b[0], b[2]) < low_x
                or min(b[0], b[2]) > high_x
                or max(b[1], b[3]) < low_y
                or min(b[1], b[3]) > high_y
            ):
                continue
            if _crowded(a, b, clearance):
                return True
    return False


@compiled
def are_swept(points: NDArray[np.float64], loop: NDArray[np.float64]) -> bool:
    """Whether a closed line (M, 2) goes round any of the points (N, 2), not counting its own."""
    count = len(loop)
    for index in range(len(points)):
        x, y = points[index, 0], points[index, 1]
        turns, own = 0, False
        for start in range(count):
            after = (start + 1) % count
            ax, ay, bx, by = loop[start, 0], loop[start, 1], loop[after, 0], loop[after, 1]
            if ax == x and ay == y:
                own = True
                break
            # Winding number: edges beside the point that pass its row count by their direction. The
            # half-open test counts a corner in that row once.
            if (ay <= y) != (by <= y):
                cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                turns += (1 if cross > 0 else 0) if ay <= y else (-1 if cross < 0 else 0)
        if not own and turns != 0:
            return True
    return False
