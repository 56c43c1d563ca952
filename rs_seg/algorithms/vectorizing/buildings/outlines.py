"""Outlines of single regions, and what meets them, looked up in the arcs of a map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.vectorizing.arcs import Arcs
from rs_seg.algorithms.vectorizing.buildings.pixel_outlines import following, signed_area


@dataclass(frozen=True)
class Ring:
    """The outer ring of a region as arcs, walked with the region on the right."""

    arcs: tuple[int, ...]
    forward: tuple[bool, ...]
    """Whether each arc is walked from its first point to its last."""
    nodes: tuple[int, ...]
    """Where each arc begins on this walk."""
    corners: NDArray[np.int64]
    """(M, 2) as traced, the first not repeated."""
    places: NDArray[np.int64]
    """Of the nodes among the corners."""
    positions: NDArray[np.int64]
    """Sides of pixels before each of the nodes."""


class ArcIndex:
    """Nodes (the ends of arcs), the arcs at each node, and the arcs of each chosen region."""

    def __init__(self, traced: Arcs, chosen: NDArray[np.bool_]) -> None:
        self._traced = traced
        ends = traced.points[np.stack([traced.offsets[:-1], traced.offsets[1:] - 1], axis=1)]
        keys = ends[..., 1].astype(np.int64) * (int(ends[..., 0].max(initial=0)) + 1) + ends[..., 0]
        unique, numbers = np.unique(keys, return_inverse=True)
        self.nodes: NDArray[np.int64] = numbers.reshape(-1, 2)
        """(A, 2), of the first and the last point of each arc."""
        self._ends_by_node = np.argsort(self.nodes.ravel(), kind="stable")
        self._first_end = np.searchsorted(
            self.nodes.ravel()[self._ends_by_node], np.arange(len(unique) + 1)
        )
        bordering = np.flatnonzero(chosen[traced.sides].ravel())
        regions = traced.sides.ravel()[bordering]
        self._sides_by_region = bordering[np.argsort(regions, kind="stable")]
        self._first_side = np.searchsorted(np.sort(regions), np.arange(len(chosen) + 1))

    def ends_at(self, node: int) -> list[tuple[int, bool]]:
        """Arcs that end at a node, and whether it is their last point; closed ones twice."""
        ends = self._ends_by_node[self._first_end[node] : self._first_end[node + 1]]
        return [(int(end) // 2, bool(end % 2)) for end in ends]

    def outer_ring(self, region: int) -> Ring | None:
        """The outer ring of a chosen region.

        None where it touches itself at a corner, or encloses its outer ring.
        """
        sides = self._sides_by_region[self._first_side[region] : self._first_side[region + 1]]
        arcs, forward = sides // 2, sides % 2 == 1
        starts = np.where(forward, self.nodes[arcs, 0], self.nodes[arcs, 1]).tolist()
        ends = np.where(forward, self.nodes[arcs, 1], self.nodes[arcs, 0]).tolist()
        following = {node: number for number, node in enumerate(starts)}
        if len(following) < len(starts):
            return None
        while following:
            walked = []
            node = next(iter(following))
            while node in following:
                walked.append(following.pop(node))
                node = ends[walked[-1]]
            ring = self._ring(arcs[walked], forward[walked], [starts[number] for number in walked])
            if ring is not None:
                return ring
        return None

    def _ring(
        self, arcs: NDArray[np.int64], forward: NDArray[np.bool_], nodes: list[int]
    ) -> Ring | None:
        """The ring of these arcs; None where it is the ring of a hole."""
        pieces = [
            self._traced[arc][:-1] if along else self._traced[arc][:0:-1]
            for arc, along in zip(arcs, forward, strict=True)
        ]
        corners = np.concatenate(pieces).astype(np.int64)
        if signed_area(corners.astype(np.float64)) <= 0:
            return None
        steps = np.abs(following(corners) - corners).sum(axis=1)
        first = np.cumsum([0, *(len(piece) for piece in pieces[:-1])])
        positions = (np.cumsum(steps) - steps)[first]
        return Ring(
            tuple(arcs.tolist()), tuple(forward.tolist()), tuple(nodes), corners, first, positions
        )
