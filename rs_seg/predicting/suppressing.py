"""What stays of candidates by a suppression of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rs_seg.algorithms.objects.merging import merge
from rs_seg.algorithms.objects.suppression import soften, suppress
from rs_seg.config import HardSuppression, Merging, SoftSuppression, SuppressionConfig
from rs_seg.io.own_files import read_parameters
from rs_seg.values.candidates import Candidates


def choose_survivors(candidates: Candidates, suppression: SuppressionConfig) -> Candidates:
    """The candidates that stay, best first, by the method of the configuration."""
    overlap, across = suppression.overlap, suppression.across
    match suppression:
        case HardSuppression(limit=limit):
            chosen = suppress(candidates, limit=limit, overlap=overlap, across=across)
            return candidates.take(chosen)
        case SoftSuppression(sigma=sigma):
            chosen, scores = soften(candidates, sigma=sigma, overlap=overlap, across=across)
            return candidates.take(chosen).with_scores(scores)
        case Merging(limit=limit):
            return merge(candidates, limit=match_score(limit), across=across)


def with_found(suppression: SuppressionConfig, parameters: Sequence[Path]) -> SuppressionConfig:
    """The suppression with the parameter that a search has chosen, where there was one."""
    if not parameters:
        return suppression
    return suppression.model_copy(update=read_parameters(parameters[0])["chosen"])


def match_score(share: float) -> float:
    """The match score of OverFeat at which two boxes of one size share this part of their union.

    One of them is moved along a side by a part of that side: the distance, and what they do not
    share.
    """
    moved = (1 - share) / (1 + share)
    return moved + 1 - share
