"""Several trainings of one network: how far seeds or folds alone move the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

import numpy as np

from rs_seg.algorithms.reporting.bootstrap import FIGURES
from rs_seg.algorithms.reporting.grounds import Evaluation, blocks_of
from rs_seg.values import Confusion


def summarize_replicates(
    evaluations: Sequence[Evaluation], groups: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Mean, standard deviation (n - 1), least and greatest test figure of each group of networks, by refinement.

    `groups` are names of networks that are several trainings of one, by the name of that one. Where their test blocks
    have nothing in common, they are folds: `pooled` has the figures of the sum of their confusions, else it is null.
    """
    refinements = dict.fromkeys(each["refinement"] for each in evaluations)
    found = {(each["network"], each["refinement"]): each for each in evaluations}
    return [
        _summarize(group, refinement, [found[name, refinement] for name in names])
        for group, names in groups.items()
        for refinement in refinements
    ]


def _summarize(group: str, refinement: str, own: Sequence[Evaluation]) -> dict[str, Any]:
    return {
        "network": group,
        "refinement": refinement,
        "networks": [each["network"] for each in own],
        **{name: _spread([each["test"][name] for each in own]) for name in FIGURES},
        "pooled": _pool(own) if _are_folds(own) else None,
    }


def _spread(values: Sequence[float | None]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    if not known:
        return {"n": 0, "mean": None, "std": None, "min": None, "max": None}
    spread = stdev(known) if len(known) > 1 else None
    return {"n": len(known), "mean": mean(known), "std": spread, "min": min(known), "max": max(known)}


def _are_folds(own: Sequence[Evaluation]) -> bool:
    blocks = [place[:3] for each in own for place in blocks_of(each)]
    return len(own) > 1 and bool(blocks) and len(set(blocks)) == len(blocks)


def _pool(own: Sequence[Evaluation]) -> dict[str, Any]:
    matrices = [np.array(block["confusion"], dtype=np.int64) for each in own for block in each["test"]["blocks"]]
    confusion = Confusion(np.sum(matrices, axis=0))
    names = [each["name"] for each in own[0]["classes"]]
    return {
        "pixels": confusion.total,
        "mean_iou": confusion.mean_iou(),
        "overall_accuracy": confusion.overall_accuracy(),
        "mcc": confusion.multiclass_mcc(),
        "iou": {
            name: None if np.isnan(value) else float(value) for name, value in zip(names, confusion.iou(), strict=True)
        },
        "confusion": confusion.counts.tolist(),
    }
