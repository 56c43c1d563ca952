"""Several trainings of one network: how far seeds or folds alone move the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.bootstrap import (
    ENOUGH,
    FIGURES,
    LEVEL,
    intervals,
    resample_figures,
)
from rs_seg.algorithms.reporting.grounds import Evaluation, blocks_of
from rs_seg.values import Confusion


def summarize_replicates(
    evaluations: Sequence[Evaluation],
    groups: Mapping[str, Sequence[str]],
    *,
    resamples: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Mean, standard deviation (n - 1), least and greatest test figure of each group of networks, by refinement.

    `groups` are names of networks that are several trainings of one, by the name of that one. Where
    their test blocks have nothing in common, they are folds: `pooled` has the figures of the sum of
    their confusions, else it is null; its intervals are from the test blocks of all folds, drawn
    again together.
    """
    refinements = dict.fromkeys(each["refinement"] for each in evaluations)
    found = {(each["network"], each["refinement"]): each for each in evaluations}
    return [
        _summarize(group, refinement, [found[name, refinement] for name in names], resamples, seed)
        for group, names in groups.items()
        for refinement in refinements
    ]


def _summarize(
    group: str, refinement: str, own: Sequence[Evaluation], resamples: int, seed: int
) -> dict[str, Any]:
    return {
        "network": group,
        "refinement": refinement,
        "networks": [each["network"] for each in own],
        **{name: _spread([each["test"][name] for each in own]) for name in FIGURES},
        "pooled": _pool(own, resamples, seed) if _are_folds(own) else None,
    }


def _spread(values: Sequence[float | None]) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    if not known:
        return {"n": 0, "mean": None, "std": None, "min": None, "max": None}
    spread = stdev(known) if len(known) > 1 else None
    return {
        "n": len(known),
        "mean": mean(known),
        "std": spread,
        "min": min(known),
        "max": max(known),
    }


def _are_folds(own: Sequence[Evaluation]) -> bool:
    blocks = [place[:3] for each in own for place in blocks_of(each)]
    return len(own) > 1 and bool(blocks) and len(set(blocks)) == len(blocks)


def _pool(own: Sequence[Evaluation], resamples: int, seed: int) -> dict[str, Any]:
    matrices = np.array(
        [block["confusion"] for each in own for block in each["test"]["blocks"]], dtype=np.int64
    )
    confusion = Confusion(matrices.sum(axis=0))
    names = [each["name"] for each in own[0]["classes"]]
    ends = intervals(resample_figures([matrices], resamples=resamples, seed=seed)[0])
    return {
        "pixels": confusion.total,
        "blocks": len(matrices),
        "reliable": len(matrices) >= ENOUGH,
        "level": LEVEL,
        "intervals": {name: _ends(ends[:, place]) for place, name in enumerate(FIGURES)},
        "mean_iou": confusion.mean_iou(),
        "overall_accuracy": confusion.overall_accuracy(),
        "mcc": confusion.multiclass_mcc(),
        "iou": {
            name: None if np.isnan(value) else float(value)
            for name, value in zip(names, confusion.iou(), strict=True)
        },
        "confusion": confusion.counts.tolist(),
    }


def _ends(ends: NDArray[np.float64]) -> list[float] | None:
    return [float(end) for end in ends] if np.isfinite(ends).all() else None
