"""Regular outlines for chosen regions of a map, put into its arcs without gap or overlap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.arcs import OUTSIDE, Arcs
from rs_seg.algorithms.vectorizing.buildings.footprints import Footprint, fit_footprint
from rs_seg.algorithms.vectorizing.buildings.outlines import ArcIndex, Ring
from rs_seg.algorithms.vectorizing.buildings.pixel_outlines import (
    Outline,
    lies_near,
    outline_of,
)
from rs_seg.algorithms.vectorizing.buildings.placement import Placement
from rs_seg.algorithms.vectorizing.buildings.plane import Plane

CLEARANCE = 0.05
"""Pixels that regular outlines keep from other borders."""
REACH = 4.0
"""Arcs that end on an outline are cut back or extended within this many times the greatest
departure."""

MANNERS = ((1.0, True), (0.1, True), (0.1, False))
"""How nodes are put on an outline, tried in this order: pixels within which on a corner, and
whether straight on."""


@dataclass(frozen=True)
class Regularized:
    """Arcs with regular outlines, and what became of the regions that were to get one."""

    arcs: Arcs
    regular: NDArray[np.bool_]
    """(R + 1,) by region number: its outer ring is regular."""
    kept: dict[str, int]
    """How many regions keep their outline, by reason: "edge" (at the edge of the map), "pinched"
    (touches itself at a corner), "irregular" (no regular outline is near enough), "crowded" (it
    would meet other borders)."""


def regularize(
    arcs: Arcs,
    *,
    traced: Arcs,
    chosen: NDArray[np.bool_],
    maximum_departure: float,
    pixel_size: tuple[float, float],
    advance: Callable[[float], None] | None = None,
) -> Regularized:
    """The arcs with straight walls around chosen regions, as far as their places allow.

    Walls meet at right angles and at 45 degrees.

    The outer ring of a region becomes the regular outline of `fit_footprint`, which no point of the
    outline as traced is farther from than `maximum_departure` (ground metres), nor the other way
    round. Arcs that end on the ring are extended, or cut back, to it; rings of holes stay. Regions
    are taken in the order of their numbers. Where one touches another that has become regular, the
    wall they share stays, and the rest has the other's direction if it fits, its own otherwise:
    only there angles may differ from multiples of 45 degrees. A region whose outline would meet,
    crowd or jump over any border as it then is keeps its own, and so do regions at the edge of the
    map.

    Number, order and sides of arcs stay, end points that are equal stay equal, and arcs meet at
    their ends only: polygons tile the plane as before, and neighbours share each wall. Memory and
    time grow with the borders near chosen regions.

    Args:
        arcs: the borders as they are, such as simplified; end points where they are in `traced`.
        traced: the same arcs along the sides of pixels.
        chosen: (R + 1,) by region number.
        maximum_departure: above half of a pixel; two pixels do well.
        pixel_size: height and width of a pixel in ground metres.
        advance: is told one for each region done.
    """
    assert np.array_equal(arcs.sides, traced.sides), "the same arcs"
    assert not chosen[OUTSIDE], "the outside has no outline"
    arcs = arcs.with_points(arcs.points.astype(np.float64), arcs.offsets)
    index = ArcIndex(traced, chosen)
    regions = np.flatnonzero(chosen)
    rings = [index.outer_ring(int(region)) for region in regions]
    regular, kept_by_reason = (
        np.zeros(len(chosen), bool),
        dict.fromkeys(("edge", "pinched", "irregular", "crowded"), 0),
    )
    site = _Site(arcs, index, rings, maximum_departure, pixel_size)
    for number, region in enumerate(regions):
        reason = site.settle(number)
        if reason is None:
            regular[region] = True
        else:
            kept_by_reason[reason] += 1
        if advance is not None:
            advance(1.0)
    return Regularized(site.plane.changed(), regular, kept_by_reason)


class _Site:
    """The map while outlines are put into it one after the other."""

    def __init__(
        self,
        arcs: Arcs,
        index: ArcIndex,
        rings: list[Ring | None],
        maximum_departure: float,
        pixel_size: tuple[float, float],
    ) -> None:
        self._arcs, self._index, self._rings = arcs, index, rings
        self._departure, self._pixel_size = maximum_departure, pixel_size
        self._size = np.array(pixel_size[::-1])
        self._reach = REACH * maximum_departure / min(pixel_size)
        self._outer = arcs.outer
        self._settled = np.zeros(len(arcs), bool)
        self._directions = np.zeros(len(arcs))
        self.plane = Plane(
            arcs, np.array([self._zone(ring) for ring in rings]).reshape(-1, 4), clearance=CLEARANCE
        )

    def settle(self, number: int) -> str | None:
        """Why a region keeps its outline; None where it has become regular."""
        ring = self._rings[number]
        if ring is None:
            return "pinched"
        ends = {arc for node in ring.nodes for arc, _ in self._index.ends_at(node)}
        if self._outer[list(ends)].any():
            return "edge"
        outline = outline_of(ring.corners, self._pixel_size)
        beside = sorted({float(self._directions[arc]) for arc in ring.arcs if self._settled[arc]})
        reason = "irregular"
        # A neighbour's direction first: walls that meet then do so at regular angles.
        for directions in (beside, []) if beside else ([],):
            footprint = fit_footprint(
                outline,
                maximum_departure=self._departure,
                pixel_size=self._pixel_size,
                directions=directions,
            )
            if footprint is not None:
                reason = "crowded"
                if any(self._put(number, ring, outline, footprint, manner) for manner in MANNERS):
                    return None
        return reason

    def _put(
        self,
        number: int,
        ring: Ring,
        outline: Outline,
        footprint: Footprint,
        manner: tuple[float, bool],
    ) -> bool:
        """Whether a footprint has taken the place of a ring."""
        placement = Placement(
            self.plane, self._index, ring, reach=self._reach, snap=manner[0], straight=manner[1]
        )
        if not placement.place(footprint, footprint.corners / self._size, self._settled):
            return False
        if not lies_near(
            placement.outline * self._size, outline, self._departure, min(self._pixel_size)
        ):
            return False
        if not self.plane.change(number, placement.courses, placement.loops):
            return False
        fresh = [arc for arc in ring.arcs if not self._settled[arc]]
        self._settled[fresh], self._directions[fresh] = True, footprint.direction
        return True

    def _zone(self, ring: Ring | None) -> NDArray[np.float64]:
        """Least and greatest x and y of where an outline may change borders."""
        if ring is None:
            return np.zeros(4)
        places = [ring.corners.astype(np.float64)]
        own = set(ring.arcs)
        for node in ring.nodes:
            for arc, last in self._index.ends_at(node):
                if arc not in own:
                    points = self._arcs[arc][::-1] if last else self._arcs[arc]
                    far = np.cumsum(np.hypot(*np.diff(points, axis=0).T)) > self._reach
                    places.append(points[: int(np.argmax(far)) + 2] if far.any() else points)
        places.extend(self._arcs[arc] for arc in ring.arcs)
        inside = np.concatenate(places)
        return np.concatenate([inside.min(axis=0) - self._reach, inside.max(axis=0) + self._reach])
