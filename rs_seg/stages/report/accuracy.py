"""The part of report that shows what maps are worth, from the files of evaluate and compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rs_seg.algorithms.reporting.dots import draw_dots
from rs_seg.algorithms.reporting.findings import find_evaluation
from rs_seg.algorithms.reporting.independence import (
    describe_doubts,
    describe_independence,
    describe_test_sets,
)
from rs_seg.algorithms.reporting.polygon_findings import describe_disagreement
from rs_seg.algorithms.reporting.protocols import describe_protocol, describe_scene_means
from rs_seg.algorithms.reporting.verdicts import (
    count_losses,
    describe_certainty,
    describe_losses,
    describe_majority,
    gain_of,
)
from rs_seg.ground.tallies import describe_classes
from rs_seg.values import Confusion
from rs_seg.values.changes import EnergyChange
from rs_seg.values.comparison import Cell, Comparison, GroundComparison, ReplicateFigures
from rs_seg.values.evaluation import Evaluation, RoleFigures
from rs_seg.values.map_figures import FiguresBefore, MapName


def show_accuracy(
    assessed: Sequence[Evaluation], comparison: Comparison, *, data: str | None = None
) -> dict[str, Any]:
    """Tables and drawings of all maps, in the order of the configuration; `data` are a title."""
    rows = comparison.table
    best = find_evaluation(assessed, comparison.best_map.method)
    return {
        "maps": [_show_map(own, row) for own, row in zip(assessed, rows, strict=False)],
        "baselines": rows[len(assessed) :],
        "refined": [
            _show_refining(evaluation, evaluation.test.before, change.energy)
            for evaluation, change in zip(assessed, comparison.changes, strict=True)
            if evaluation.test.before is not None
        ],
        "losses": describe_losses(assessed),
        "independence": describe_independence(best.ground, best.test),
        "test_sets": describe_test_sets(best.test_sets),
        "doubts": describe_doubts(assessed),
        "protocol": []
        if comparison.protocol is None
        else [describe_protocol(comparison.protocol, best.class_names.names, data=data)],
        "scene_means": describe_scene_means(best.test),
        "leaks": comparison.leaks or (),
        "grounds": [
            _show_ground(ground, assessed, comparison.best_map) for ground in comparison.grounds
        ],
        "replicates": comparison.replicates,
        "random_split": comparison.random_split or (),
        "sensors": comparison.sensors or (),
        "pooled": _show_pooled(assessed, comparison),
    }


def summarize_comparison(assessed: Sequence[Evaluation], comparison: Comparison) -> list[str]:
    """Sentences for the summary.

    How sure the best map's figures are, what refinements cost, who beats the baseline.
    """
    grounds, best = comparison.grounds, comparison.best_map
    of_best = comparison.ground_of(best)
    apart = (
        [
            (
                f"Maps were tested on {len(grounds)} sets of pixels (folds, seen ground); only "
                f"maps of one set are compared."
            )
        ]
        if len(grounds) > 1
        else []
    )
    return [
        *describe_disagreement(comparison.best_by),
        *describe_certainty(of_best, best),
        *(own.verdict for own in comparison.random_split or () if own.network == best.network),
        *(own.verdict for own in comparison.sensors or () if own.network == best.network),
        *apart,
        *(describe_majority(ground, assessed) for ground in grounds),
        *count_losses(assessed),
    ]


def _show_map(evaluation: Evaluation, row: dict[str, Cell]) -> dict[str, Any]:
    return {
        **row,
        "validation_overall_accuracy": evaluation.validation.overall_accuracy,
        "selective_mean_iou": evaluation.test.selective.mean_iou,
        "ious": [figures.iou for figures in evaluation.test.per_class],
    }


def _show_refining(
    evaluation: Evaluation, before: FiguresBefore, energy: EnergyChange | None
) -> dict[str, Any]:
    """`before` has the test figures of the most probable class."""
    test = evaluation.test
    return {
        "network": evaluation.network,
        "refinement": evaluation.refinement,
        "changed": test.changed.share if test.changed else None,
        "roles": [_show_gain(role) for role in (evaluation.validation, test)],
        "ious": [(before.iou[figures.name], figures.iou) for figures in test.per_class],
        "energy": energy,
    }


def _show_gain(role: RoleFigures) -> dict[str, float | None]:
    before = role.before.mean_iou if role.before else None
    return {"before": before, "after": role.mean_iou, "gain": gain_of(role)}


def _show_pooled(assessed: Sequence[Evaluation], comparison: Comparison) -> list[dict[str, Any]]:
    """Figures of the folds of each network together, in the form of a test set.

    Those of the best map's first.
    """
    shown = [
        _show_folds(group, assessed[0], comparison.best_map) for group in comparison.replicates
    ]
    return sorted((figures for figures in shown if figures), key=lambda own: not own["best"])


def _show_folds(
    group: ReplicateFigures, evaluation: Evaluation, best: MapName
) -> dict[str, Any] | None:
    """The folds of one network together; None where the trainings are no folds.

    `evaluation` is of any map.
    """
    if group.pooled is None:
        return None
    confusion = Confusion(np.array(group.pooled.confusion, dtype=np.int64))
    return {
        **dict(group.pooled),
        "title": group.title,
        "folds": len(group.networks),
        "best": best.network in group.networks and best.refinement == group.refinement,
        "mean_f1": confusion.mean_f1(evaluation.counted),
        "abstained": bool(confusion.abstained.sum()),
        "per_class": describe_classes(confusion, evaluation.class_names),
        "confusion": confusion.selective().counts.tolist(),
    }


def _show_ground(
    ground: GroundComparison, assessed: Sequence[Evaluation], best: MapName
) -> dict[str, Any]:
    """The drawing of the maps of one set of test blocks, nothing where no map has a mean IoU."""
    figures = {evaluation.method: evaluation.test.mean_iou for evaluation in assessed}
    rows = []
    for own in ground.maps:
        mean_iou = figures[own.method]
        if mean_iou is not None:
            rows.append((own.title, mean_iou, own.mean_iou))
    drawing = draw_dots(rows, best=best.title, baseline=ground.majority.mean_iou) if rows else ""
    return {
        "blocks": ground.blocks,
        "reliable": ground.reliable,
        "maps": len(rows),
        "drawing": drawing,
    }
