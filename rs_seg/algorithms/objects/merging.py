"""OverFeat's way to one candidate per object: boxes that match are averaged, the best pair first.

Source: Sermanet et al. 2014, OverFeat, section 4.3.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.objects.overlap_pairs import Pairs, pair_boxes
from rs_seg.values.candidates import Boxes, Candidates

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
LIMIT = 0.8
"""Match score above which boxes are of two objects: boxes of one size that are moved by 0.3 of a
side have 0.76."""
MOST_CERTAIN = 1 - 1e-12
"""Scores of 1 would be evidence without end."""


def merge(candidates: Candidates, *, limit: float = LIMIT, across: bool = False) -> Candidates:
    """One candidate for each object, best first.

    The two boxes with the lowest match score are replaced by one, until no pair has a score of
    `limit` or less; of the same class, or `across` classes, where the better one names the class.
    The match score is the distance of the centres plus what the boxes do not share: the paper adds
    distance and intersection, but says neither their units nor how more intersection can match
    better; here the distance is a part of the mean of the four sides, and 1 - intersection over
    union stands beside it. The new box is the mean of all that have become it. Its score adds their
    evidence, as the paper does: 1 minus the product of (1 - score). A new box is compared with what
    its members overlap. Shapes are left out: boxes have moved. The result does not depend on the
    order of the candidates.
    """
    ranked = candidates.take(candidates.ranked())
    codes = None if across else ranked.codes
    pairs = pair_boxes(ranked.boxes, overlap="iou", above=0.0, codes=codes)
    both = Pairs(
        np.concatenate([pairs.first, pairs.second]),
        np.concatenate([pairs.second, pairs.first]),
        np.concatenate([pairs.shares, pairs.shares]),
    ).ordered()
    owner, boxes = _merge_pairs(both.starts(len(ranked)), both.second, ranked.boxes, limit)
    heads = np.flatnonzero(owner == np.arange(len(owner)))
    doubt = np.log1p(-ranked.scores.clip(0, MOST_CERTAIN))
    scores = -np.expm1(np.bincount(owner, doubt, minlength=len(owner))[heads])
    # what nothing has joined keeps its score to the bit
    alone = np.bincount(owner, minlength=len(owner))[heads] == 1
    scores[alone] = ranked.scores[heads[alone]]
    merged = Candidates(boxes[heads], scores, ranked.codes[heads])
    return merged.take(merged.ranked())


class Clusters(NamedTuple):
    """What each rank (N,) has become a part of.

    A cluster goes by the best rank in it, its `owner`; there lie its mean box, its number of
    `members`, and its `age`, which counts its changes. Members are a chained list: `following` of
    each, and the `last` of each owner. `looked` (N, 2) is the cluster that last looked at a rival,
    and its age then: each rival is looked at once.
    """

    owner: Ids
    following: Ids
    last: Ids
    age: Ids
    members: Floats
    means: Boxes
    looked: Ids


def _merge_pairs(starts: Ids, neighbours: Ids, boxes: Boxes, limit: float) -> tuple[Ids, Boxes]:
    """The best rank (N,) that each has been merged with, and the mean boxes (N, 4) there."""
    count = len(boxes)
    clusters = Clusters(
        owner=np.arange(count),
        following=np.full(count, -1),
        last=np.arange(count),
        age=np.zeros(count, np.int64),
        members=np.ones(count),
        means=boxes.copy(),
        looked=np.full((count, 2), -1),
    )
    _merge_best_first(clusters, starts, neighbours, limit)
    return clusters.owner, clusters.means


@compiled
def _merge_best_first(clusters: Clusters, starts: Ids, neighbours: Ids, limit: float) -> None:
    """Merge the pair with the lowest match score until none is left.

    The heap keeps entries of old clusters: one is used only if both ages are still right.
    """
    owner, age = clusters.owner, clusters.age
    heap = [(np.inf, 0, 0, 0, 0)]
    for rank in range(len(owner)):
        _push_rivals(heap, clusters, rank, starts, neighbours, limit)
    while True:
        score, one, other, age_one, age_other = heapq.heappop(heap)
        if score == np.inf:
            return
        are_owners = owner[one] == one and owner[other] == other
        if are_owners and age[one] == age_one and age[other] == age_other:
            _absorb(clusters, one, other)
            _push_rivals(heap, clusters, one, starts, neighbours, limit)


@compiled
def _push_rivals(
    heap: list[tuple[float, int, int, int, int]],
    clusters: Clusters,
    one: int,
    starts: Ids,
    neighbours: Ids,
    limit: float,
) -> None:
    """Add the pairs of a cluster and of those that its members overlap."""
    owner, age, looked = clusters.owner, clusters.age, clusters.looked
    member = one
    while member != -1:
        for pair in range(starts[member], starts[member + 1]):
            rival = owner[neighbours[pair]]
            # Two clusters may overlap through many members. The mark is the cluster and its age,
            # which occur together in one call only, so marks need no clearing between calls.
            if rival == one or (looked[rival, 0] == one and looked[rival, 1] == age[one]):
                continue
            looked[rival, 0], looked[rival, 1] = one, age[one]
            score = _match(clusters.means[one], clusters.means[rival])
            # Whichever of two clusters changed last has pushed their pair with both ages of now.
            # What is above the limit is looked at again when one of them changes.
            if score <= limit:
                # The better rank first: equal scores go by rank, and `_absorb` keeps the first.
                first, second = min(one, rival), max(one, rival)
                heapq.heappush(heap, (score, first, second, age[first], age[second]))
        member = clusters.following[member]


@compiled
def _absorb(clusters: Clusters, one: int, other: int) -> None:
    """Make one cluster of two: the first, which has the better rank."""
    means, members = clusters.means, clusters.members
    total = members[one] + members[other]
    for edge in range(4):
        added = members[one] * means[one, edge] + members[other] * means[other, edge]
        means[one, edge] = added / total
    members[one] = total
    clusters.age[one] += 1
    member = other
    while member != -1:
        clusters.owner[member] = one
        member = clusters.following[member]
    clusters.following[clusters.last[one]] = other
    clusters.last[one] = clusters.last[other]


@compiled
def _match(one: Floats, other: Floats) -> float:
    """Distance of the centres by the mean side, plus 1 - intersection over union."""
    sides = np.array([one[2] - one[0], one[3] - one[1], other[2] - other[0], other[3] - other[1]])
    mean = sides.sum() / 4
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    shared = width * height
    union = sides[0] * sides[1] + sides[2] * sides[3] - shared
    if union <= 0 or mean <= 0:
        return np.inf
    across = (one[0] + one[2] - other[0] - other[2]) / 2
    down = (one[1] + one[3] - other[1] - other[3]) / 2
    return float(np.hypot(across, down) / mean + 1 - shared / union)
