"""Candidates that hardly differ, reduced to the best: what a detector does before suppression."""

from __future__ import annotations

import numpy as np

from rs_seg.algorithms.objects.overlap_pairs import pair_boxes
from rs_seg.values.candidates import Candidates

LIMIT = 0.7
"""Intersection over union of two boxes that hardly differ. Suppression of the whole scene comes
later, at a lower limit (0.4 by default): at this one it still sees nearly all it would have seen.
"""


def thin(candidates: Candidates, *, limit: float = LIMIT) -> Candidates:
    """The candidates, best first, that share at most `limit` with every better one of their class.

    A candidate goes even if the better one goes too, unlike in greedy suppression: whether it stays
    depends on the boxes that it overlaps and nothing further away, so that tiles agree.
    """
    ranked = candidates.take(candidates.ranked())
    stays = np.ones(len(ranked), dtype=bool)
    for code in np.unique(ranked.codes):
        (own,) = np.nonzero(ranked.codes == code)
        pairs = pair_boxes(ranked.boxes[own], overlap="iou", above=limit)
        stays[own[pairs.second]] = False
    return ranked.take(stays)
