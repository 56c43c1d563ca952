"""What stays of candidates by a suppression of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rs_seg.algorithms.objects.fusion import fuse
from rs_seg.algorithms.objects.merging import merge
from rs_seg.algorithms.objects.suppression import soften, suppress
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
from rs_seg.io.parameters import read_parameters
from rs_seg.values.candidates import Candidates, join_candidates


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
            chosen = suppress(candidates, limit=limit, overlap=overlap, across=across)
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
    return [own.take(suppress(own, limit=limit, across=across)) for own in models]


def match_score(share: float) -> float:
    """The match score of OverFeat at which two boxes of one size share this part of their union.

    One of them is moved along a side by a part of that side: the distance, and what they do not
    share.
    """
    moved = (1 - share) / (1 + share)
    return moved + 1 - share


def with_found(suppression: SuppressionConfig, parameters: Sequence[Path]) -> SuppressionConfig:
    """The suppression with the parameter that a search has chosen, where there was one."""
    if not parameters:
        return suppression
    return suppression.model_copy(update=read_parameters(parameters[0])["chosen"])


def weigh_members(detector: AnyDetector, file_count: int) -> tuple[float, ...]:
    """The weight of each file of candidates.

    Raises:
        UserError: there is not one file for the detector, or for each member of an ensemble.
    """
    members = detector.members if isinstance(detector, DetectorEnsemble) else (detector.name,)
    if file_count != len(members):
        raise UserError(
            "the files are not those of the detector",
            where=f"detectors.{detector.name}",
            found=f"{file_count} files for --candidates",
            expected=f"one for each of {', '.join(members)}, in this order",
        )
    given = detector.weights if isinstance(detector, DetectorEnsemble) else None
    return given or (1.0,) * file_count
