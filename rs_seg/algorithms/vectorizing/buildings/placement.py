"""A regular outline put in the place of a region's ring.

Where the arcs of the ring run then, and the arcs that end on it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.buildings.crossings import are_swept
from rs_seg.algorithms.vectorizing.buildings.footprints import Footprint
from rs_seg.algorithms.vectorizing.buildings.meeting import (
    Landing,
    Spot,
    bends,
    cross,
    land,
    last_crossing,
)
from rs_seg.algorithms.vectorizing.buildings.outlines import ArcIndex, Ring
from rs_seg.algorithms.vectorizing.buildings.plane import Course, Plane, Points, cut_end, cut_start
from rs_seg.algorithms.vectorizing.buildings.spots import (
    in_order,
    make_spot,
    move_wall,
    snap_to_corner,
    spread,
    stretch,
    wall_length,
)

FLUSH = 1.0
"""Pixels: a wall that meets that of a neighbour this near to its corner is moved to it, as facades
in a row are."""
ON_THE_LINE = 1e-9
"""Pixels: rounding."""
NOWHERE = np.zeros((0, 2))


class Placement:
    """New courses of arcs for a regular outline, and loops around what they sweep; in pixels."""

    def __init__(
        self,
        plane: Plane,
        index: ArcIndex,
        ring: Ring,
        *,
        reach: float,
        snap: float,
        straight: bool,
    ) -> None:
        """Nodes go to where the arcs that end there lead straight on, or to the nearest wall.

        In pixels: `reach`, along an arc, within which it is cut back or extended; `snap`, to a
        corner of the outline, within which a node is put on it.
        """
        self._plane, self._index, self._ring, self._reach = plane, index, ring, reach
        self._snapping, self._straight = snap, straight
        self.courses: dict[int, Course] = {}
        self.loops: list[Points] = []
        self._corners: Points = NOWHERE
        self._moved: set[int] = set()

    @property
    def outline(self) -> Points:
        """The ring as it will be, closed, the first point not repeated."""
        walk = zip(self._ring.arcs, self._ring.forward, strict=True)
        return np.concatenate(
            [self._points(arc)[:-1] if along else self._points(arc)[:0:-1] for arc, along in walk]
        )

    def place(self, footprint: Footprint, corners: Points, settled: NDArray[np.bool_]) -> bool:
        """Whether the outline with these corners (K, 2) fits; settled arcs (A,) keep their line."""
        self._corners, self._footprint, self._settled = corners.copy(), footprint, settled
        ring, count = self._ring, len(self._ring.arcs)
        if count == 1 and len(self._index.ends_at(ring.nodes[0])) == 2:
            self._run(0, np.concatenate([corners, corners[:1]]))
            return True
        free = [number for number in range(count) if not settled[ring.arcs[number]]]
        if len(free) == count:
            numbers = list(range(count))
            return self._lay([*numbers, 0], None, None)
        # Runs of free arcs, each between two settled ones.
        begins = [number for number in free if (number - 1) % count not in free]
        runs = []
        for begin in begins:
            length = next(step for step in range(1, count) if (begin + step) % count not in free)
            runs.append([(begin + step) % count for step in range(length + 1)])
        return bool(runs) and all(self._lay_between(run) for run in runs)

    def _lay_between(self, numbers: list[int]) -> bool:
        """Lay the arcs between these nodes; the ends slide along the settled arcs beside them."""
        start = self._slide(numbers[0], (numbers[0] - 1) % len(self._ring.arcs), onward=True)
        if start is None:
            return False
        end = self._slide(numbers[-1], numbers[-1], onward=False)
        return end is not None and self._lay(numbers, start, end)

    def _lay(
        self, numbers: list[int], start: tuple[Spot, Points] | None, end: tuple[Spot, Points] | None
    ) -> bool:
        """Run the arcs between these nodes along the outline, and lead foreign arcs to it."""
        movable = numbers[:-1] if start is None else numbers[1:-1]
        if self._straight:
            spots = [
                snap_to_corner(
                    self._meet(number) or self._project(number), self._corners, self._snapping
                )
                for number in movable
            ]
        else:
            spots = spread([self._project(number) for number in movable], self._corners)
        places = [*spots, spots[0]] if start is None or end is None else [start[0], *spots, end[0]]
        if not in_order(places, len(self._corners), closed=start is None):
            return False
        for place, number in enumerate(numbers[:-1]):
            line = stretch(
                places[place],
                places[place + 1],
                self._corners,
                whole=len(numbers) == 2 and start is None,
            )
            after = end[1] if end is not None and place == len(numbers) - 2 else NOWHERE
            before = start[1][::-1] if start is not None and place == 0 else NOWHERE
            self._run(number, line, after, before)
        return all(
            self._attach(number, spot.point) for number, spot in zip(movable, spots, strict=True)
        )

    def _run(
        self, number: int, line: Points, after: Points = NOWHERE, before: Points = NOWHERE
    ) -> None:
        """Run an arc of the ring along a line.

        `after` leads from its old to its new end, `before` from its new to its old start.
        """
        arc, forward = self._ring.arcs[number], self._ring.forward[number]
        old = self._points(arc) if forward else self._points(arc)[::-1]
        self.loops.append(np.concatenate([old, after, line[::-1], before]))
        self.courses[arc] = Course(line if forward else line[::-1], 0, 0, NOWHERE)

    def _foreign(self, number: int) -> list[tuple[int, bool]]:
        """Arcs not of the ring that end at a node of it, and whether with their last points."""
        own = set(self._ring.arcs)
        return [
            (arc, last)
            for arc, last in self._index.ends_at(self._ring.nodes[number])
            if arc not in own
        ]

    def _points(self, arc: int) -> Points:
        return self._plane.points(arc, self.courses.get(arc))

    def _lead(self, arc: int, last: bool) -> Points:
        """Points of an arc, walked inward from one end, to the first one beyond the reach."""
        points = self._points(arc)
        points = points[::-1] if last else points
        if set(self._index.nodes[arc].tolist()) <= set(self._ring.nodes):
            # The other end is on the ring too: each has its half.
            points = points[: len(points) // 2 + 1]
        far = np.cumsum(np.hypot(*np.diff(points, axis=0).T)) > self._reach
        return points[: int(np.argmax(far)) + 2] if far.any() else points

    def _meet(self, number: int) -> Spot | None:
        """Where the arc that ends at a node, led straight on, first meets the outline.

        None where not just one arc ends there, or where the outline is too far away.
        """
        foreign = self._foreign(number)
        if len(foreign) != 1:
            return None
        lead = self._lead(*foreign[0])
        way = lead[0] - lead[1]
        beyond = lead[0] + way / np.hypot(*way) * (self._reach / 2)
        met = last_crossing(np.concatenate([beyond[None], lead]), self._corners)
        return (
            None if met is None or np.hypot(*(met[1].point - lead[0])) > self._reach / 2 else met[1]
        )

    def _project(self, number: int) -> Spot:
        """The point nearest to a node on the wall that stands for the sides of pixels there."""
        wall = self._wall_at(number)
        begin, end = self._corners[wall], self._corners[(wall + 1) % len(self._corners)]
        along = end - begin
        corner = self._ring.corners[self._ring.places[number]]
        share = float(np.clip((corner - begin) @ along / (along @ along), 0, 1))
        return make_spot(self._corners, wall, share)

    def _wall_at(self, number: int) -> int:
        """The wall that stands for the sides of pixels at a node."""
        starts = self._footprint.starts
        order = np.argsort(starts)
        return int(
            order[np.searchsorted(starts[order], self._ring.positions[number], side="right") - 1]
        )

    def _slide(self, number: int, beside: int, *, onward: bool) -> tuple[Spot, Points] | None:
        """Where a free run begins (onward) or ends on a neighbour's regular outline.

        Also the way there from the node.

        The node moves along the outline, which keeps its line: what one of its two arcs there loses
        the other gains.
        """
        foreign = self._foreign(number)
        if len(foreign) != 1 or not self._settled[foreign[0][0]]:
            return None
        own = (self._ring.arcs[beside], self._ring.forward[beside] == onward)
        lines = (self._lead(*own), self._lead(*foreign[0]))
        for wall in self._walls_beside(number, onward=onward):
            along = self._corners[(wall + 1) % len(self._corners)] - self._corners[wall]
            landing = land(self._corners[wall], along, lines, self._reach / 2, FLUSH)
            if landing is None:
                continue
            landing = self._make_flush(wall, landing, lines)
            offset = landing.point - self._corners[wall]
            if abs(cross(along, offset)) > ON_THE_LINE * np.hypot(*along):
                continue
            share = float(offset @ along / (along @ along))
            if share < 1 if onward else share > 0:
                return self._move_node(
                    (own, foreign[0]), lines, landing, Spot(wall, share, landing.point)
                )
        return None

    def _walls_beside(self, number: int, *, onward: bool) -> list[int]:
        """The wall at a node, and the wall after (onward) or before it; the likelier one first."""
        nearest = self._project(number)
        adjacent = (nearest.wall + (1 if onward else -1)) % len(self._corners)
        rest = (1 - nearest.share if onward else nearest.share) * wall_length(
            self._corners, nearest.wall
        )
        return [adjacent, nearest.wall] if rest < FLUSH else [nearest.wall, adjacent]

    def _make_flush(self, wall: int, landing: Landing, lines: tuple[Points, Points]) -> Landing:
        """The landing, or the corner near to it, to which the wall is moved."""
        line = lines[landing.line]
        for place in range(max(landing.passed - 1, 0), landing.passed + 1):
            if (
                np.hypot(*(line[place] - landing.point)) > FLUSH
                or wall in self._moved
                or place == len(line) - 1
            ):
                continue
            move_wall(self._corners, wall, line[place])
            self._moved.add(wall)
            return Landing(landing.line, place, line[place])
        return landing

    def _move_node(
        self,
        ends: tuple[tuple[int, bool], tuple[int, bool]],
        lines: tuple[Points, Points],
        landing: Landing,
        spot: Spot,
    ) -> tuple[Spot, Points] | None:
        """Shorten one of two arcs to the landing and lengthen the other.

        The spot, and the way from the node to it.
        """
        shorter, longer = lines[landing.line], lines[1 - landing.line]
        way = np.concatenate([shorter[: max(landing.passed, 1)], spot.point[None]])
        if landing.passed == 0:
            return spot, way
        dropped = landing.passed + int(np.array_equal(shorter[landing.passed], spot.point))
        if dropped >= len(shorter):
            return None
        # The node stays a point of the longer arc only where the outline turns.
        between = shorter[1 : landing.passed][::-1]
        ahead = between[-1] if len(between) else spot.point
        turn = shorter[:1] if bends(ahead, shorter[0], longer[1]) else NOWHERE
        self._cut(*ends[landing.line], dropped, spot.point[None])
        self._cut(*ends[1 - landing.line], 1, np.concatenate([spot.point[None], between, turn]))
        return spot, way

    def _cut(self, arc: int, last: bool, dropped: int, start: Points) -> None:
        """Let an arc begin, or end, with other points, given from the end inward."""
        course = self.courses.get(arc) or self._plane.course(arc)
        self.courses[arc] = (
            cut_end(course, dropped, start[::-1]) if last else cut_start(course, dropped, start)
        )

    def _attach(self, number: int, point: NDArray[np.float64]) -> bool:
        """End the foreign arcs of a node at a point of the outline.

        The part of them inside the outline goes.
        """
        for arc, last in self._foreign(number):
            if self._settled[arc]:
                return False
            lead = self._lead(arc, last)
            met = last_crossing(lead, self._corners)
            dropped = 1 if met is None else met[0] + 1
            if dropped >= len(lead) or are_swept((point + lead[dropped])[None] / 2, self._corners):
                return False
            self._cut(arc, last, dropped, point[None])
            self.loops.append(np.concatenate([lead[: dropped + 1], point[None]]))
        return True
