"""Polygons of several dates linked to tracks: which of them are the same object."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.overlap_pairs import Pairs, pair_shapes
from rs_seg.algorithms.tracking.objects import Ids

NEW = -1
"""Stands for no known object."""


def link_objects(shapes: NDArray[Any], days: Ids, *, iou: float) -> Ids:
    """Ids (N,) of polygons (N,) of one place, from 0 in the order in which objects are first seen.

    Day by day, the largest polygon first, each takes the known object with which it shares most, if
    their intersection over union is at least `iou` and no other polygon of the day has taken it;
    else it is a new object. An object is known by its outline on the day of its first sight,
    however long ago, so that outlines do not creep, and a month of clouds ends no track.

    Source: baseline of SpaceNet 7 (Van Etten et al. 2021), which compares with the first outline.
    """
    ids = np.full(len(shapes), NEW, dtype=np.int64)
    known = np.empty(0, dtype=np.int64)
    for day in np.unique(days):
        own = np.flatnonzero(days == day)
        own = own[np.argsort(-shapely.area(shapes[own]), kind="stable")]
        pairs = pair_shapes(shapes[own], shapes[known], groups=np.zeros(len(known), dtype=bool))
        taken = _take(pairs.take(pairs.shares >= iou), count=len(own), known=len(known))
        new = taken == NEW
        taken[new] = len(known) + np.arange(np.count_nonzero(new))
        ids[own] = taken
        known = np.concatenate([known, own[new]])
    return ids


def _take(pairs: Pairs, *, count: int, known: int) -> Ids:
    """The known object that each of `count` polygons takes in turn, or NEW; of equals the older."""
    taken, free = np.full(count, NEW, dtype=np.int64), np.ones(known, dtype=bool)
    starts = pairs.starts(count)
    for place, (begin, end) in enumerate(pairwise(starts)):
        # what others of the day have taken shares nothing any more
        shares = np.where(free[pairs.second[begin:end]], pairs.shares[begin:end], 0.0)
        if len(shares) and shares.max() > 0:
            taken[place] = pairs.second[begin + shares.argmax()]
            free[taken[place]] = False
    return taken
