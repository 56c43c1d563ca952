"""The work of `suppress`."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rs_seg.algorithms.objects.fusion import fuse
from rs_seg.algorithms.objects.merging import merge
from rs_seg.algorithms.objects.suppression import soften
from rs_seg.algorithms.objects.suppression import suppress as suppress_greedily
from rs_seg.config import (
    AnyDetector,
    DetectorEnsemble,
    HardSuppression,
    Merging,
    SoftSuppression,
    SuppressionConfig,
    WeightedFusion,
)
from rs_seg.errors import UserError
from rs_seg.io.candidates import read_candidates, write_candidates
from rs_seg.values import InPaths, OutPath
from rs_seg.values.candidates import Candidates, join_candidates

logger = logging.getLogger(__name__)


def suppress(
    suppression: SuppressionConfig,
    detector: AnyDetector,
    *,
    candidates: InPaths,
    survivors: OutPath,
) -> None:
    """See the signature."""
    weights = _weigh_members(detector, len(candidates))
    models = [read_candidates(path) for path in candidates]
    left = choose_survivors(models, suppression, weights=weights)
    logger.info("suppress: %d of %d candidates stay", len(left), sum(map(len, models)))
    write_candidates(survivors, left)


def choose_survivors(
    models: Sequence[Candidates], suppression: SuppressionConfig, *, weights: Sequence[float]
) -> Candidates:
    """Of the candidates of all models those that stay, best first, by the configured method.

    `weights` of the models count where boxes are averaged by weights.
    """
    across = suppression.across
    if isinstance(suppression, WeightedFusion):
        chosen_of_each = _choose_within(models, suppression) if len(models) > 1 else models
        return fuse(chosen_of_each, weights=weights, limit=suppression.limit, across=across)
    candidates = join_candidates(models)
    match suppression:
        case HardSuppression(limit=limit, overlap=overlap):
            chosen = suppress_greedily(candidates, limit=limit, overlap=overlap, across=across)
            return candidates.take(chosen)
        case SoftSuppression(sigma=sigma, overlap=overlap):
            chosen, scores = soften(candidates, sigma=sigma, overlap=overlap, across=across)
            return candidates.take(chosen).with_scores(scores)
        case Merging(limit=limit):
            return merge(candidates, limit=match_score(limit), across=across)


def _choose_within(
    models: Sequence[Candidates], suppression: WeightedFusion
) -> Sequence[Candidates]:
    """Of each model one candidate for each object: many poor ones would lower the mean score."""
    limit, across = suppression.member_limit, suppression.across
    if limit is None:
        return models
    return [own.take(suppress_greedily(own, limit=limit, across=across)) for own in models]


def match_score(share: float) -> float:
    """The match score of OverFeat at which two boxes of one size share this part of their union.

    One of them is moved along a side by a part of that side: the distance, and what they do not
    share.
    """
    moved = (1 - share) / (1 + share)
    return moved + 1 - share


def _weigh_members(detector: AnyDetector, files: int) -> tuple[float, ...]:
    """The weight of each file of candidates.

    Raises:
        UserError: there is not one file for the detector, or for each member of an ensemble.
    """
    members = detector.members if isinstance(detector, DetectorEnsemble) else (detector.name,)
    if files != len(members):
        raise UserError(
            "the files are not those of the detector",
            where=f"detectors.{detector.name}",
            found=f"{files} files for --candidates",
            expected=f"one for each of {', '.join(members)}, in this order",
        )
    given = detector.weights if isinstance(detector, DetectorEnsemble) else None
    return given or (1.0,) * files
