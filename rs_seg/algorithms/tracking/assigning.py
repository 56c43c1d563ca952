"""Objects of two sides of one day as pairs, so that as many as possible are matched."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from rs_seg.algorithms.objects.overlap_pairs import Pairs, pair_shapes
from rs_seg.algorithms.tracking.objects import Ids

REWARD = 100.0
"""What a pair is worth besides its intersection over union: a further pair is worth more than
better ones."""


def match_shapes(first: NDArray[Any], second: NDArray[Any], *, iou: float) -> tuple[Ids, Ids]:
    """Positions (P,) in `first` and in `second` of the polygons that are matched.

    Each is in one pair at most. Pairs have an intersection over union above `iou`; there are as
    many as possible, and of as many those with the greatest sum of it.

    Source: `match_footprints` of the SpaceNet Change and Object Tracking metric (Van Etten et al.
    2021), a linear sum assignment.
    """
    pairs = pair_shapes(first, second, groups=np.zeros(len(second), dtype=bool))
    pairs = pairs.take(pairs.shares > iou)
    parts = [_assign(part) for part in _part(pairs, len(first), len(second))]
    chosen = pairs.take(np.concatenate([np.empty(0, np.int64), *parts])).ordered()
    return chosen.first, chosen.second


def _part(pairs: Pairs, first: int, second: int) -> list[tuple[Ids, Pairs]]:
    """The pairs in groups that have no polygon in common, each with their positions.

    An assignment of all is one of each group: a matrix of all polygons of a city has no room in
    memory.
    """
    if not len(pairs.first):
        return []
    ends = pairs.first, first + pairs.second
    graph = coo_array((np.ones(len(pairs.first)), ends), shape=(first + second,) * 2)
    group = connected_components(graph, directed=False)[1][pairs.first]
    order = np.argsort(group, kind="stable")
    places = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return [(own, pairs.take(own)) for own in places]


def _assign(part: tuple[Ids, Pairs]) -> Ids:
    """Positions of the pairs of a group that are matched."""
    places, pairs = part
    if len(places) == 1:
        return places
    rows, row = np.unique(pairs.first, return_inverse=True)
    columns, column = np.unique(pairs.second, return_inverse=True)
    rewards = np.zeros((len(rows), len(columns)))
    rewards[row, column] = REWARD + pairs.shares
    position = np.full(rewards.shape, -1, dtype=np.int64)
    position[row, column] = places
    # The assignment is complete: it also pairs polygons that share nothing, for a reward of 0.
    # These have no position.
    matched: Ids = position[linear_sum_assignment(rewards, maximize=True)]
    return matched[matched >= 0]
