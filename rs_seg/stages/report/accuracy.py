"""The part of report that shows what maps are worth: one table, what refinements changed, spread, and a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rs_seg.algorithms.reporting.dots import draw_dots
from rs_seg.algorithms.reporting.findings import find_evaluation, title_of
from rs_seg.algorithms.reporting.independence import (
    describe_doubts,
    describe_independence,
    describe_test_sets,
)
from rs_seg.algorithms.reporting.polygon_findings import describe_disagreement
from rs_seg.algorithms.reporting.verdicts import (
    count_losses,
    describe_certainty,
    describe_losses,
    describe_majority,
    gain_of,
)
from rs_seg.ground.tallies import describe_classes
from rs_seg.values import ClassNames, Confusion

Evaluation = Mapping[str, Any]


def show_accuracy(assessed: Sequence[Evaluation], comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Tables and drawings of all maps, from the files of evaluate and compare, in the order of the configuration."""
    rows = comparison["table"]
    return {
        "maps": [_show_map(each, row) for each, row in zip(assessed, rows, strict=False)],
        "baselines": rows[len(assessed) :],
        "refined": [
            _show_refining(each, change)
            for each, change in zip(assessed, comparison["changes"], strict=True)
            if each["test"]["before"] is not None
        ],
        "losses": describe_losses(assessed),
        "independence": describe_independence(_best_of(assessed, comparison)),
        "test_sets": describe_test_sets(_best_of(assessed, comparison)),
        "doubts": describe_doubts(assessed),
        "grounds": [
            _show_ground(ground, assessed, comparison["best"]) for ground in comparison["grounds"]
        ],
        "replicates": comparison["replicates"],
        "pooled": _show_pooled(assessed, comparison),
    }


def summarize_comparison(
    assessed: Sequence[Evaluation], comparison: Mapping[str, Any]
) -> list[str]:
    """Sentences for the summary: how sure the best map's figures are, what refinements cost, who beats the baseline."""
    grounds = comparison["grounds"]
    ground = next(
        each for each in grounds if any(_is(own, comparison["best"]) for own in each["maps"])
    )
    apart = (
        [
            (
                f"Maps were tested on {len(grounds)} sets of pixels (folds, seen ground); only maps "
                f"of one set are compared."
            )
        ]
        if len(grounds) > 1
        else []
    )
    return [
        *describe_disagreement(comparison["best_by"]),
        *describe_certainty(ground, comparison["best"]),
        *apart,
        *(describe_majority(each, assessed) for each in grounds),
        *count_losses(assessed),
    ]


def _show_map(evaluation: Evaluation, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "validation_overall_accuracy": evaluation["validation"]["overall_accuracy"],
        "selective_mean_iou": evaluation["test"]["selective"]["mean_iou"],
        "ious": [each["iou"] for each in evaluation["test"]["per_class"]],
    }


def _show_refining(evaluation: Evaluation, change: Mapping[str, Any]) -> dict[str, Any]:
    test, validation = evaluation["test"], evaluation["validation"]
    return {
        "network": evaluation["network"],
        "refinement": evaluation["refinement"],
        "changed": test["changed"]["share"],
        "roles": [
            {"before": role["before"]["mean_iou"], "after": role["mean_iou"], "gain": gain_of(role)}
            for role in (validation, test)
        ],
        "ious": [(test["before"]["iou"][each["name"]], each["iou"]) for each in test["per_class"]],
        "energy": change["energy"],
    }


def _show_pooled(
    assessed: Sequence[Evaluation], comparison: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Figures of the folds of each network together, in the form of a test set.

    Those of the best map's first.
    """
    names = ClassNames.model_validate(assessed[0]["classes"])
    best = comparison["best"]
    folded = [each for each in comparison["replicates"] if each["pooled"]]
    shown = []
    for each in folded:
        confusion = Confusion(np.array(each["pooled"]["confusion"], dtype=np.int64))
        figures = {
            "per_class": describe_classes(confusion, names),
            "confusion": confusion.selective().counts.tolist(),
        }
        own = {
            "title": f"{each['network']} + {each['refinement']}",
            "folds": len(each["networks"]),
            "best": best["network"] in each["networks"]
            and best["refinement"] == each["refinement"],
            "mean_f1": confusion.mean_f1(),
            "abstained": bool(confusion.abstained.sum()),
        }
        shown.append({**each["pooled"], **own, **figures})
    return sorted(shown, key=lambda own: not own["best"])


def _show_ground(
    ground: Mapping[str, Any], assessed: Sequence[Evaluation], best: Mapping[str, Any]
) -> dict[str, Any]:
    """The drawing of the maps of one set of test blocks, nothing where no map has a mean IoU."""
    rows = []
    for each in ground["maps"]:
        found = find_evaluation(assessed, network=each["network"], refinement=each["refinement"])
        if found["test"]["mean_iou"] is not None:
            rows.append((title_of(each), found["test"]["mean_iou"], each["mean_iou"]))
    drawing = (
        draw_dots(rows, best=title_of(best), baseline=ground["majority"]["mean_iou"])
        if rows
        else ""
    )
    return {
        "blocks": ground["blocks"],
        "reliable": ground["reliable"],
        "maps": len(rows),
        "drawing": drawing,
    }


def _best_of(assessed: Sequence[Evaluation], comparison: Mapping[str, Any]) -> Evaluation:
    return next(each for each in assessed if _is(each, comparison["best"]))


def _is(record: Mapping[str, Any], name: Mapping[str, Any]) -> bool:
    return (record["network"], record["refinement"]) == (name["network"], name["refinement"])
