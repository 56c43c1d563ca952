"""The arcs of a map while single arcs are changed, and what lies near each place of change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.buildings.crossings import are_crowded, are_swept

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """How an arc runs now: new points, then points that it always had, then new points again."""

    head: Points
    first: int
    """Of the old points that are kept, a range of the arc's own."""
    last: int
    """One beyond the last that is kept; `first` where none is."""
    tail: Points


class Plane:
    """Arcs that change and stay apart.

    No two ever cross, touch except at their ends, or jump over one another.
    """

    def __init__(self, arcs: Arcs, zones: Points, *, clearance: float) -> None:
        """Watch changes inside zones (Z, 4), in the units of the arcs.

        A zone is its least x and y and its greatest x and y.
        """
        self._arcs = arcs
        self._zones = zones
        self._clearance = clearance
        self._courses: dict[int, Course] = {}
        self._segments: dict[int, Points] = {}  # of courses, as others around ask for them
        self._first = np.zeros(len(arcs), np.int64)
        self._last = np.diff(arcs.offsets)
        self._changed_in: list[set[int]] = [set() for _ in zones]
        boxes: Any = shapely.box(*zones.T)
        tree = shapely.STRtree(boxes)
        self._near_segments, self._near_first = _group(*_segments_near(arcs, tree), len(zones))
        pairs = tree.query(tree.geometries)
        self._near_zones, self._first_zone = _group(pairs[1], pairs[0], len(zones))
        self._arc_of = np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets))

    def course(self, arc: int) -> Course:
        """How an arc runs now."""
        whole = Course(np.zeros((0, 2)), 0, len(self._arcs[arc]), np.zeros((0, 2)))
        return self._courses.get(arc, whole)

    def points(self, arc: int, course: Course | None = None) -> Points:
        """Points (N, 2) of an arc as it runs now, or would run."""
        course = self._courses.get(arc) if course is None else course
        if course is None:
            return self._arcs[arc]
        old_points = self._arcs[arc][course.first : course.last]
        return np.concatenate([course.head, old_points, course.tail])

    def change(self, zone: int, courses: dict[int, Course], loops: Sequence[Points]) -> bool:
        """Run arcs along other courses if all of the plane stays apart; whether it was done.

        If not, nothing changes.

        `loops` are closed lines around what the arcs sweep: nothing that stays may lie within.
        """
        low, high = self._zones[zone, :2], self._zones[zone, 2:]
        if any((loop.min(axis=0) < low).any() or (loop.max(axis=0) > high).any() for loop in loops):
            return False
        before = {arc: self._courses.get(arc) for arc in courses}
        self._run(courses)
        new = np.concatenate([self._new_segments(arc) for arc in courses])
        around = self._surroundings(zone, courses)
        # Points that changed arcs keep, even one alone, may not change sides either.
        remaining = [
            self._arcs[arc][[c.first, c.last - 1]] for arc, c in courses.items() if c.last > c.first
        ]
        staying = np.concatenate([around.reshape(-1, 2), *remaining])
        free = not are_crowded(
            np.concatenate([new, around]), len(new), self._clearance
        ) and not any(are_swept(staying, loop) for loop in loops)
        if free:
            self._changed_in[zone].update(courses)
        else:
            self._run(before)
        return free

    def changed(self) -> Arcs:
        """All arcs as they run now."""
        counts = np.diff(self._arcs.offsets)
        for arc in self._courses:
            counts[arc] = len(self.points(arc))
        offsets = np.concatenate([[0], np.cumsum(counts)])
        points = np.empty((offsets[-1], 2))
        same = np.ones(len(counts), bool)
        same[list(self._courses)] = False
        points[np.repeat(same, counts)] = self._arcs.points[same[self._arc_of]]
        for arc in self._courses:
            points[offsets[arc] : offsets[arc + 1]] = self.points(arc)
        return self._arcs.with_points(points, offsets)

    def _run(self, courses: dict[int, Course] | dict[int, Course | None]) -> None:
        for arc, course in courses.items():
            self._segments.pop(arc, None)
            if course is None:
                del self._courses[arc]
                self._first[arc], self._last[arc] = 0, np.diff(self._arcs.offsets[arc : arc + 2])[0]
            else:
                self._courses[arc] = course
                self._first[arc], self._last[arc] = course.first, course.last

    def _surroundings(self, zone: int, changing: Iterable[int]) -> Points:
        """Segments (S, 4) that reach into a zone, less the new ones of arcs that are changing."""
        segments = self._near_segments[self._near_first[zone] : self._near_first[zone + 1]]
        arcs = self._arc_of[segments]
        places = segments - self._arcs.offsets[arcs]
        segments = segments[(places >= self._first[arcs]) & (places + 1 < self._last[arcs])]
        old = np.concatenate([self._arcs.points[segments], self._arcs.points[segments + 1]], axis=1)
        near: set[int] = set()
        for near_zone in self._near_zones[self._first_zone[zone] : self._first_zone[zone + 1]]:
            near |= self._changed_in[near_zone]
        return np.concatenate(
            [old, *(self._new_segments(arc) for arc in sorted(near.difference(changing)))]
        )

    def _new_segments(self, arc: int) -> Points:
        """Segments (S, 4) of a changed arc that it did not always have."""
        if arc not in self._segments:
            course, points = self._courses[arc], self.points(arc)
            segments = np.concatenate([points[:-1], points[1:]], axis=1)
            kept_count = course.last - course.first - 1
            if kept_count > 0:
                places = slice(len(course.head), len(course.head) + kept_count)
                segments = np.delete(segments, places, axis=0)
            self._segments[arc] = segments
        return self._segments[arc]


def cut_start(course: Course, dropped: int, start: Points) -> Course:
    """A course without its first points, from a new start (1 or more points) instead."""
    if dropped <= len(course.head):
        return replace(course, head=np.concatenate([start, course.head[dropped:]]))
    dropped -= len(course.head)
    kept_count = course.last - course.first
    if dropped <= kept_count:
        return replace(course, head=start, first=course.first + dropped)
    return replace(course, head=start, first=course.last, tail=course.tail[dropped - kept_count :])


def cut_end(course: Course, dropped: int, end: Points) -> Course:
    """A course without its last points, to a new end (1 or more points) instead."""
    if dropped <= len(course.tail):
        return replace(
            course, tail=np.concatenate([course.tail[: len(course.tail) - dropped], end])
        )
    dropped -= len(course.tail)
    kept_count = course.last - course.first
    if dropped <= kept_count:
        return replace(course, tail=end, last=course.last - dropped)
    return replace(
        course,
        tail=end,
        last=course.first,
        head=course.head[: len(course.head) - (dropped - kept_count)],
    )


def _segments_near(
    arcs: Arcs, tree: shapely.STRtree
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a segment (the position of its first point) and a zone that it may reach into."""
    starts, counts = arcs.offsets[:-1], np.diff(arcs.offsets)
    if len(arcs) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    low, high = np.minimum.reduceat(arcs.points, starts), np.maximum.reduceat(arcs.points, starts)
    touching = np.unique(tree.query(shapely.box(*low.T, *high.T))[0])
    runs = counts[touching] - 1
    first = np.repeat(starts[touching] - (np.cumsum(runs) - runs), runs) + np.arange(runs.sum())
    ends = arcs.points[np.stack([first, first + 1])]
    pairs = tree.query(shapely.box(*ends.min(axis=0).T, *ends.max(axis=0).T))
    return first[pairs[0]], pairs[1]


def _group(
    items: NDArray[np.int64], groups: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Items ordered by group and then by themselves, and where each group begins (count + 1,)."""
    order = np.lexsort([items, groups])
    return items[order], np.searchsorted(groups[order], np.arange(count + 1))
