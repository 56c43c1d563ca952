"""Several trainings of one network: how far seeds or folds alone move the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.percentile_intervals import LEVEL, intervals
from rs_seg.algorithms.reporting.bootstrap import ENOUGH, FIGURES, measuring, resample_figures
from rs_seg.algorithms.reporting.grounds import blocks_of
from rs_seg.values import Confusion
from rs_seg.values.comparison import (
    FigureIntervals,
    PooledFigures,
    ReplicateFigures,
)
from rs_seg.values.confusion import number_or_none
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.map_figures import Interval, Spread


def summarize_replicates(
    evaluations: Sequence[Evaluation],
    groups: Mapping[str, Sequence[str]],
    *,
    resamples: int,
    seed: int,
) -> list[ReplicateFigures]:
    """Spread of the test figures of each group of networks, by refinement.

    `groups` are names of networks that are several trainings of one, by the name of that one; those
    of detectors, which make no maps, are passed over. Where their test blocks have nothing in
    common, they are folds: `pooled` has the figures of the sum of their confusions, else it is
    null; its intervals are from the test blocks of all folds, drawn again together.
    """
    refinements = dict.fromkeys(evaluation.refinement for evaluation in evaluations)
    of_map = {evaluation.method: evaluation for evaluation in evaluations}
    return [
        _summarize(group, refinement, [of_map[name, refinement] for name in names], resamples, seed)
        for group, names in groups.items()
        for refinement in refinements
        if all((name, refinement) in of_map for name in names)
    ]


def _summarize(
    group: str, refinement: str, own: Sequence[Evaluation], resamples: int, seed: int
) -> ReplicateFigures:
    tests = [evaluation.test for evaluation in own]
    return ReplicateFigures(
        network=group,
        refinement=refinement,
        networks=tuple(evaluation.network for evaluation in own),
        mean_iou=spread_of([test.mean_iou for test in tests]),
        overall_accuracy=spread_of([test.overall_accuracy for test in tests]),
        mcc=spread_of([test.mcc for test in tests]),
        pooled=_pool(own, resamples, seed) if _are_folds(own) else None,
    )


def spread_of(values: Sequence[float | None]) -> Spread:
    """Mean, standard deviation (n - 1), least and greatest of the values that are known."""
    known = [value for value in values if value is not None]
    return Spread(
        n=len(known),
        mean=mean(known) if known else None,
        std=stdev(known) if len(known) > 1 else None,
        min=min(known, default=None),
        max=max(known, default=None),
    )


def _are_folds(own: Sequence[Evaluation]) -> bool:
    blocks = [place[:3] for evaluation in own for place in blocks_of(evaluation)]
    return len(own) > 1 and bool(blocks) and len(set(blocks)) == len(blocks)


def _pool(own: Sequence[Evaluation], resamples: int, seed: int) -> PooledFigures:
    matrices = np.array(
        [block.confusion for evaluation in own for block in evaluation.test.blocks], dtype=np.int64
    )
    confusion = Confusion(matrices.sum(axis=0))
    ious = zip(own[0].class_names.names, confusion.iou(), strict=True)
    counted = own[0].counted
    drawn = resample_figures([matrices], resamples=resamples, seed=seed, figures=measuring(counted))
    ends = intervals(drawn[0])
    return PooledFigures(
        pixels=confusion.total,
        blocks=len(matrices),
        reliable=len(matrices) >= ENOUGH,
        level=LEVEL,
        intervals=FigureIntervals(
            **{name: _ends(ends[:, place]) for place, name in enumerate(FIGURES)}
        ),
        mean_iou=confusion.mean_iou(counted),
        overall_accuracy=confusion.overall_accuracy(),
        mcc=confusion.multiclass_mcc(),
        iou={name: number_or_none(iou) for name, iou in ious},
        confusion=confusion.counts.tolist(),
    )


def _ends(ends: NDArray[np.float64]) -> Interval | None:
    low, high = ends.tolist()
    return (low, high) if np.isfinite(ends).all() else None
