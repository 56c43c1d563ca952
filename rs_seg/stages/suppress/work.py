"""The work of `suppress`."""

from __future__ import annotations

import logging

from rs_seg.algorithms.objects.fusion import fuse
from rs_seg.algorithms.objects.merging import merge
from rs_seg.algorithms.objects.suppression import soften
from rs_seg.algorithms.objects.suppression import suppress as suppress_greedily
from rs_seg.config import (
    HardSuppression,
    Merging,
    SoftSuppression,
    SuppressionConfig,
    WeightedFusion,
)
from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.values import InPath, OutPath
from rs_seg.values.candidates import Candidates

logger = logging.getLogger(__name__)


def suppress(
    suppression: SuppressionConfig,
    *,
    candidates: InPath,
    survivors: OutPath,
) -> None:
    """See the signature."""
    found = read_candidates(candidates)
    left = choose_survivors(found, suppression)
    logger.info("suppress: %d of %d candidates stay", len(left), len(found))
    write_candidates(survivors, left)


def choose_survivors(candidates: Candidates, suppression: SuppressionConfig) -> Candidates:
    """The candidates that stay, best first, by the method of the configuration."""
    across = suppression.across
    match suppression:
        case HardSuppression(limit=limit, overlap=overlap):
            chosen = suppress_greedily(candidates, limit=limit, overlap=overlap, across=across)
            return candidates.take(chosen)
        case SoftSuppression(sigma=sigma, overlap=overlap):
            chosen, scores = soften(candidates, sigma=sigma, overlap=overlap, across=across)
            return candidates.take(chosen).with_scores(scores)
        case Merging(limit=limit):
            return merge(candidates, limit=match_score(limit), across=across)
        case WeightedFusion(limit=limit):
            return fuse([candidates], limit=limit, across=across)


def match_score(share: float) -> float:
    """The match score of OverFeat at which two boxes of one size share this part of their union.

    One of them is moved along a side by a part of that side: the distance, and what they do not
    share.
    """
    moved = (1 - share) / (1 + share)
    return moved + 1 - share
