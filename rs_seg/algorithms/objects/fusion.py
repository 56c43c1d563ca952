"""Candidates of several models as those of one: boxes of one object are averaged, not chosen.

Source: Solovyev et al. 2021, Weighted boxes fusion, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.objects.overlap_pairs import Pairs, pair_boxes
from rs_seg.values.candidates import Boxes, Candidates, join_candidates

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
LIMIT = 0.55
"""Intersection over union above which boxes are of one object (section 4)."""


def fuse(
    models: Sequence[Candidates],
    *,
    weights: Sequence[float] | None = None,
    limit: float = LIMIT,
    across: bool = False,
) -> Candidates:
    """One candidate for each object, best first, from the candidates of each of several models.

    From the best candidate down, each joins the cluster of its class, or `across` classes, whose
    mean box shares most with it, if that is more than `limit`, or begins a cluster. The class is
    that of the best candidate in a cluster. A mean is weighted by the scores
    times the models' `weights` (default: equal). The score is the weighted mean of those of the
    cluster, and where models are missing they count as scores of 0. The result has no shapes, since
    boxes have moved. It does not depend on the order of candidates or models. A candidate is
    compared with clusters that have a member which it overlaps.
    """
    given = np.ones(len(models)) if weights is None else np.asarray(weights, dtype=np.float64)
    assert len(given) == len(models), "a weight for each model"
    assert (given > 0).all(), "weights are positive"
    joined = join_candidates([Candidates(one.boxes, one.scores, one.codes) for one in models])
    weight = np.repeat(given, [len(one) for one in models])
    left, top, right, bottom = joined.boxes.T
    places = (joined.codes, right, bottom, left, top)
    # The last key comes first. Of equal products the higher score, so that no order is left open.
    order = np.lexsort((*places, -joined.scores, -joined.scores * weight))
    ranked, weight = joined.take(order), weight[order]
    neighbours = _find_neighbours(ranked, across=across)
    cluster, boxes = _join_clusters(
        neighbours.starts(len(ranked)),
        neighbours.second,
        ranked.boxes,
        ranked.scores * weight,
        limit,
    )
    first = np.unique(cluster, return_index=True)[1]
    agreeing, sums = (
        np.bincount(cluster, values, minlength=len(boxes))
        for values in (weight, weight * ranked.scores)
    )
    # Equation 6 with weights in the place of numbers: no score can exceed 1, however many
    # candidates of the heaviest model are in a cluster.
    fused = Candidates(boxes, sums / np.maximum(agreeing, given.sum()), ranked.codes[first])
    return fused.take(fused.ranked())


def _find_neighbours(ranked: Candidates, *, across: bool) -> Pairs:
    """For each candidate the better ones that it overlaps, of its class or `across` classes.

    First is the worse one.
    """
    codes = None if across else ranked.codes
    pairs = pair_boxes(ranked.boxes, overlap="iou", above=0.0, codes=codes)
    return Pairs(pairs.second, pairs.first, pairs.shares).ordered()


@compiled
def _join_clusters(
    starts: Ids, neighbours: Ids, boxes: Boxes, weights: Floats, limit: float
) -> tuple[Ids, Boxes]:
    """The cluster (N,) of each candidate, and the mean box (C, 4) of each cluster."""
    count = len(weights)
    cluster = np.empty(count, dtype=np.int64)
    means = np.empty((count, 4))
    sums = np.zeros((count, 4))
    totals = np.zeros(count)
    clusters = 0
    # Candidates come best first: when one is reached, its better neighbours are in their clusters.
    for rank in range(count):
        most, best = limit, -1
        for pair in range(starts[rank], starts[rank + 1]):
            other = cluster[neighbours[pair]]
            share = _iou(boxes[rank], means[other])
            # of equal shares the cluster of the better candidate, which has the lower number
            if share > most or (share == most and best > other):
                most, best = share, other
        if best == -1:
            best = clusters
            clusters += 1
        cluster[rank] = best
        # boxes with a score of 0 would be a mean of nothing
        weight = max(weights[rank], 1e-12)
        totals[best] += weight
        for edge in range(4):
            sums[best, edge] += weight * boxes[rank, edge]
            means[best, edge] = sums[best, edge] / totals[best]
    return cluster, means[:clusters]


@compiled
def _iou(one: Floats, other: Floats) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return float(shared / (areas - shared))
