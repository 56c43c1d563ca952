"""One candidate per object: suppression of a whole scene at once.

Candidates are compared with those they overlap only, found with a tree. What stays is what one pass
over all candidates would leave, whatever the tiles that they come from. Candidates with shapes are
compared by what their shapes share, others by what their boxes share.
"""

from __future__ import annotations

import heapq

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.compiled import compiled
from rs_seg.algorithms.objects.overlap_pairs import (
    Overlap,
    Pairs,
    Polygons,
    compare_polygons,
    measure_polygons,
    pair_boxes,
    pair_polygons,
)
from rs_seg.values.candidates import Candidates

Ids = NDArray[np.int64]


def suppress(
    candidates: Candidates, *, limit: float = 0.5, overlap: Overlap = "iou", across: bool = False
) -> Ids:
    """Indices (K,) of the candidates that stay, best first.

    A candidate goes where one with a higher score that stays shares more than `limit` (0 to 1) with
    it; of the same class, or `across` classes. Equal scores go by place (`Candidates.ranked`).
    Source: greedy non-maximum suppression as in Felzenszwalb et al. 2010, section 7.2.
    """
    ranked = candidates.ranked()
    codes = None if across else candidates.codes[ranked]
    if candidates.shapes is not None:
        polygons = measure_polygons(candidates.shapes[ranked])
        return ranked[_stay_by_shape(polygons, codes, limit, overlap)]
    rivals = pair_boxes(candidates.boxes[ranked], overlap=overlap, above=limit, codes=codes)
    return ranked[suppress_ranks(rivals, len(ranked))]


def suppress_ranks(rivals: Pairs, count: int) -> NDArray[np.bool_]:
    """Which of `count` ranks stay (N,): the better of each pair, where it stays itself.

    Pairs are in order, the better rank first.
    """
    stays = np.ones(count, dtype=np.bool_)
    _suppress_greedily(rivals.starts(count), rivals.second, stays)
    return stays


def soften(
    candidates: Candidates,
    *,
    sigma: float = 0.5,
    least: float = 0.001,
    overlap: Overlap = "iou",
    across: bool = False,
) -> tuple[Ids, NDArray[np.float64]]:
    """Indices (K,) of the candidates that stay, best first, and their new scores.

    Those stay whose score remains at `least`.

    The best of what is left is taken, and the scores of what overlaps it are multiplied by
    exp(-share^2 / sigma), until nothing is left. Source: soft-NMS, Bodla et al. 2017, equation 4.
    """
    ranked = candidates.ranked()
    codes = None if across else candidates.codes[ranked]
    if candidates.shapes is None:
        boxes = candidates.boxes[ranked]
        rivals = pair_boxes(boxes, overlap=overlap, above=0.0, codes=codes)
    else:
        polygons = measure_polygons(candidates.shapes[ranked])
        rivals = pair_polygons(polygons, overlap=overlap, above=0.0, codes=codes)
    taken, final = soften_ranks(rivals, candidates.scores[ranked], sigma=sigma, least=least)
    return ranked[taken], final


def soften_ranks(
    rivals: Pairs, scores: NDArray[np.float64], *, sigma: float, least: float
) -> tuple[Ids, NDArray[np.float64]]:
    """Ranks (K,) that stay, best first, and their new scores; `scores` (N,) are in order."""
    both = Pairs(
        np.concatenate([rivals.first, rivals.second]),
        np.concatenate([rivals.second, rivals.first]),
        np.concatenate([rivals.shares, rivals.shares]),
    ).ordered()
    scores = scores.astype(np.float64)
    factors = np.exp(-(both.shares**2) / sigma)
    taken = _soften(both.starts(len(scores)), both.second, factors, scores, least)
    final = scores[taken]
    best_first = np.lexsort((taken, -final))
    return taken[best_first], final[best_first]


def _stay_by_shape(
    polygons: Polygons, codes: Ids | None, limit: float, overlap: Overlap
) -> NDArray[np.bool_]:
    """Whether each of the polygons (N,), best first, stays.

    Each survivor is cut out of what is left at its turn: what has gone before needs no
    intersection, and no list of pairs is in memory.
    """
    tree = shapely.STRtree(polygons.shapes)
    stays = np.ones(len(polygons.shapes), dtype=np.bool_)
    for rank in range(len(stays)):
        if not stays[rank]:
            continue
        rivals = tree.query(polygons.shapes[rank])
        rivals = rivals[(rivals > rank) & stays[rivals]]
        if codes is not None:
            rivals = rivals[codes[rivals] == codes[rank]]
        pairs = compare_polygons(polygons, np.full_like(rivals, rank), rivals, overlap, limit)
        stays[pairs.second] = False
    return stays


@compiled
def _suppress_greedily(starts: Ids, rivals: Ids, stays: NDArray[np.bool_]) -> None:
    # Ranks come best first, and rivals of a rank are worse: when a rank is reached, everything
    # that could remove it has been decided.
    for rank in range(len(stays)):
        if stays[rank]:
            for pair in range(starts[rank], starts[rank + 1]):
                stays[rivals[pair]] = False


@compiled
def _soften(
    starts: Ids,
    rivals: Ids,
    factors: NDArray[np.float64],
    scores: NDArray[np.float64],
    least: float,
) -> Ids:
    """Ranks in the order in which they are taken; `scores` become the final ones.

    A heap of (score, rank) would hold old scores: an entry is used only if its score is still that
    of its rank, and each change of a score adds an entry.
    """
    heap = [(-scores[rank], rank) for rank in range(len(scores))]
    heapq.heapify(heap)
    is_taken = np.zeros(len(scores), dtype=np.bool_)
    taken = np.empty(len(scores), dtype=np.int64)
    count = 0
    while len(heap) > 0:
        negative, rank = heapq.heappop(heap)
        # Scores only fall: an old entry comes before that of the score of now, so dropping it loses
        # nothing, and a rank below `least` never comes back. Equal scores go to the better rank,
        # which is the second key of the heap.
        if is_taken[rank] or -negative != scores[rank] or scores[rank] < least:
            continue
        is_taken[rank] = True
        taken[count] = rank
        count += 1
        # Each pair stands in the list of both of its ranks, since either may be taken first.
        for pair in range(starts[rank], starts[rank + 1]):
            rival = rivals[pair]
            if not is_taken[rival]:
                scores[rival] *= factors[pair]
                heapq.heappush(heap, (-scores[rival], rival))
    return taken[:count]
