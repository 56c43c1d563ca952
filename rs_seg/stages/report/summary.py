"""The part of report that sums up in sentences: without jargon first, then figures."""

from __future__ import annotations

from collections.abc import Sequence

from rs_seg.algorithms.reporting.findings import (
    describe_accuracy,
    describe_baseline,
    find_baseline,
)
from rs_seg.algorithms.reporting.grounds import blocks_of
from rs_seg.algorithms.reporting.plain_words import (
    describe_folds_plainly,
    describe_objects_plainly,
    describe_plainly,
)
from rs_seg.algorithms.reporting.verdicts import describe_pooled
from rs_seg.config import RandomForest, RunConfig
from rs_seg.stages.report.accuracy import summarize_comparison
from rs_seg.values.comparison import Comparison
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.matches import ObjectMatches


def summarize(
    run: RunConfig,
    assessed: list[Evaluation],
    best: tuple[str, str] | None,
    winner: Evaluation | None,
    compared: Comparison | None,
    matched: Sequence[ObjectMatches],
) -> list[str]:
    """Sentences on what the best map and the best objects are worth, or that nobody knows it."""
    objects = _summarize_objects(compared, matched)
    if best is None:
        return [*(objects or _describe_unlabelled_objects(run))]
    if compared is None or winner is None:
        return [
            f"Trained models mapped {len(run.scenes)} scene(s), {len(run.maps)} map(s) of each.",
            "No scene is labelled, so nothing here says how accurate the maps are.",
            (
                f"Shown first and measured below: {best[0]} + {best[1]}, the first of the "
                f"configuration."
            ),
        ]
    sentences = describe_accuracy(
        winner,
        map_count=len(assessed),
        select_by=run.compare.select_by,
        choice=compared.choice,
    )
    forests = [name for name, network in run.models.items() if isinstance(network, RandomForest)]
    alike = [own for own in assessed if blocks_of(own) == blocks_of(winner)]
    baseline = find_baseline(alike, networks=forests)
    against = [describe_baseline(winner, baseline)] if baseline else []
    pooled = describe_pooled(compared.replicates, compared.best_map)
    told = [
        *_open_plainly(winner, compared),
        *pooled,
        *sentences,
        *against,
        *summarize_comparison(assessed, compared),
    ]
    return [*told, *objects]


def _summarize_objects(
    compared: Comparison | None, matched: Sequence[ObjectMatches]
) -> tuple[str, ...]:
    """What the best objects are worth, in plain words first; nothing where none were compared."""
    if compared is None or compared.objects is None:
        return ()
    best = next((own for own in matched if own.method == compared.objects.best.method), None)
    plain = [] if best is None else describe_objects_plainly(best.test.boxes.per_class)
    return *plain, *compared.objects.verdict


def _open_plainly(winner: Evaluation, compared: Comparison) -> list[str]:
    """A first sentence without jargon: of all folds where there are any, else of the test areas."""
    folds = [
        sentence
        for group in compared.replicates
        if winner.network in group.networks and winner.refinement == group.refinement
        for sentence in describe_folds_plainly(group)
    ]
    return folds or describe_plainly(winner.test)


def _describe_unlabelled_objects(run: RunConfig) -> list[str]:
    return [
        (
            f"Detectors searched {len(run.scenes)} scene(s) for objects, in {len(run.detections)} "
            f"way(s) each."
        ),
        "No scene is labelled, so nothing here says how good the objects are.",
    ]
