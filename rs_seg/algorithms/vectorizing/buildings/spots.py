"""Spots on the walls of an outline, and the way from one spot to another.

`corners` (K, 2) are those of the outline, in pixels; wall `k` runs from corner `k` to the next.
"""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.vectorizing.buildings.meeting import Spot, cross
from rs_seg.algorithms.vectorizing.buildings.plane import Points

SNAP = 0.1
"""Pixels: spots nearer than this to the corner before them are put on it."""


def make_spot(corners: Points, wall: int, share: float) -> Spot:
    """The spot at a share of a wall; exactly the corner where the share is 0."""
    begin, end = corners[wall], corners[(wall + 1) % len(corners)]
    return Spot(wall, share, begin + share * (end - begin) if share > 0 else begin)


def wall_length(corners: Points, wall: int) -> float:
    """Pixels from the corner where a wall begins to the next."""
    return float(np.hypot(*(corners[(wall + 1) % len(corners)] - corners[wall])))


def move_wall(corners: Points, wall: int, point: Points) -> None:
    """Move a wall, in place, so that its line passes a point; its neighbours keep their lines."""
    count = len(corners)
    along, offset = corners[(wall + 1) % count] - corners[wall], point - corners[wall]
    for corner, beyond in ((wall, wall - 1), ((wall + 1) % count, (wall + 2) % count)):
        side = corners[corner] - corners[beyond]
        amount = cross(along, offset) / cross(along, side)
        corners[corner] = corners[corner] + amount * side


def snap_to_corner(spot: Spot, corners: Points, reach: float) -> Spot:
    """The same spot, or the corner if it is nearer than `reach` and half of the wall."""
    length = wall_length(corners, spot.wall)
    near = min(reach, length / 2)
    if spot.share * length < near:
        return make_spot(corners, spot.wall, 0.0)
    if (1 - spot.share) * length < near:
        return make_spot(corners, (spot.wall + 1) % len(corners), 0.0)
    return spot


def spread(spots: list[Spot], corners: Points) -> list[Spot]:
    """The same spots, with those of one wall some way apart, and off its end."""
    apart = list(spots)
    for wall in {spot.wall for spot in spots}:
        numbers = [number for number, spot in enumerate(spots) if spot.wall == wall]
        # A wall on which the ring begins is met twice: what follows the break comes later.
        breaks = [
            place for place in range(1, len(numbers)) if numbers[place] > numbers[place - 1] + 1
        ]
        numbers = numbers[breaks[-1] :] + numbers[: breaks[-1]] if breaks else numbers
        length = wall_length(corners, wall)
        gap = min(5 * SNAP / length, 1 / (len(numbers) + 1))
        shares = np.array([spots[number].share for number in numbers])
        # Forward: a gap after the spot before. Backward: a gap before the next one and the end.
        steps = gap * np.arange(len(shares))
        shares = np.maximum.accumulate(shares - steps) + steps
        steps = gap * np.arange(len(shares), 0, -1)
        shares = np.minimum.accumulate((shares + steps)[::-1])[::-1] - steps
        shares = np.minimum(shares, 1 - steps)
        for number, share in zip(numbers, shares, strict=True):
            on_corner = share * length < SNAP
            apart[number] = make_spot(corners, wall, 0.0 if on_corner else float(share))
    return apart


def in_order(spots: list[Spot], walls: int, *, closed: bool) -> bool:
    """Whether spots follow one another along an outline of so many walls, at most once round.

    Just once round where the run of spots is closed.
    """
    places = np.array([spot.wall + spot.share for spot in spots])
    steps = np.diff(places) % walls
    if closed and len(spots) == 2:
        return True
    total = float(steps.sum())
    return bool((steps > 0).all()) and (round(total) == walls if closed else total < walls)


def stretch(here: Spot, there: Spot, corners: Points, *, whole: bool) -> Points:
    """The outline from one spot to another.

    On one wall, all round where `whole`, or where the second spot is not ahead of the first.
    """
    walls = (there.wall - here.wall) % len(corners)
    if walls == 0 and (whole or there.share <= here.share):
        walls = len(corners)
    between = corners[(here.wall + 1 + np.arange(walls)) % len(corners)]
    if there.share == 0:
        between = between[:-1]
    return np.concatenate([here.point[None], between, there.point[None]])
