"""Maps that were tested on the same blocks: intervals of their figures and of differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.percentile_intervals import LEVEL, intervals
from rs_seg.algorithms.reporting.block_counts import BlockPlace, places_of, stack_counts
from rs_seg.algorithms.reporting.bootstrap import (
    ENOUGH,
    FIGURES,
    difference_intervals,
    measuring,
    resample_figures,
)
from rs_seg.algorithms.reporting.class_intervals import describe_class_intervals
from rs_seg.algorithms.splitting.areas import rectangles_by_block
from rs_seg.values import Confusion
from rs_seg.values.comparison import (
    ClassIntervals,
    DifferencesToBest,
    GroundComparison,
    MajorityFigures,
    MapIntervals,
    Matrix,
    MeanIouDifferences,
)
from rs_seg.values.evaluation import Evaluation
from rs_seg.values.map_figures import FigureDifference, Interval, MapName

if TYPE_CHECKING:
    from rs_seg.values.split import Split

DIGITS = 6
"""Decimals that figures keep."""


def compare_grounds(
    evaluations: Sequence[Evaluation],
    *,
    preferred: Sequence[MapName] = (),
    resamples: int,
    seed: int,
) -> list[GroundComparison]:
    """Intervals of maps, differences between them and the majority class, for each set of pixels.

    Differences are to the map that comes first among those `preferred`, or to the first one.
    Maps of different folds, and of models that saw parts of the test ground, were tested on
    different pixels and are not compared. Intervals are None with fewer than two blocks.
    """
    ranks = {name.method: rank for rank, name in enumerate(preferred)}
    return [
        _compare_ground(own, ranks, resamples=resamples, seed=seed)
        for own in group_by_ground(evaluations)
    ]


def group_by_ground(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    """The evaluations of maps that were tested on the same blocks, each group in its order."""
    groups: dict[tuple[BlockPlace, ...], list[Evaluation]] = {}
    for evaluation in evaluations:
        groups.setdefault(blocks_of(evaluation), []).append(evaluation)
    return list(groups.values())


def blocks_of(evaluation: Evaluation) -> tuple[BlockPlace, ...]:
    """The places of the test blocks of a map, see `places_of`."""
    return places_of(evaluation.test.blocks)


def tested_in(evaluation: Evaluation, split: Split) -> bool:
    """Whether a map was tested on blocks of a split, and not on those of another fold."""
    # by the areas: a block that polygons cut may be called after another role
    places = {
        (scene, block.row, block.column)
        for scene in split.areas
        for block in rectangles_by_block(split, scene, "test")
    }
    return all(place[:3] in places for place in blocks_of(evaluation))


def majority_confusion(evaluation: Evaluation) -> Confusion:
    """The test confusion of a map that has the most common class of the training areas everywhere.

    Empty where nothing was trained, so that no class is known to be the most common one.
    """
    names = evaluation.class_names.names
    if evaluation.majority is None:
        return Confusion.empty(len(names))
    reference = (
        stack_counts(evaluation.test.blocks).sum(axis=(0, 2)) if evaluation.test.blocks else 0
    )
    counts = np.zeros((len(names),) * 2, dtype=np.int64)
    counts[:, names.index(evaluation.majority)] = reference
    return Confusion(counts)


def _compare_ground(
    evaluations: Sequence[Evaluation],
    ranks: Mapping[tuple[str, str], int],
    *,
    resamples: int,
    seed: int,
) -> GroundComparison:
    blocks = len(blocks_of(evaluations[0]))
    best = min(
        range(len(evaluations)),
        key=lambda number: ranks.get(evaluations[number].method, len(ranks)),
    )
    common = GroundComparison(
        blocks=blocks,
        reliable=blocks >= ENOUGH,
        level=LEVEL,
        resamples=resamples,
        best=MapName.of(evaluations[best]),
        majority=_describe_majority(evaluations[0]),
        maps=tuple(_without_intervals(evaluation) for evaluation in evaluations),
    )
    if blocks < 2:
        return common
    counts = [stack_counts(evaluation.test.blocks) for evaluation in evaluations]
    measured = measuring(evaluations[0].counted)
    figures = np.stack([measured(own.sum(axis=0).astype(float)) for own in counts])
    drawn = resample_figures(counts, resamples=resamples, seed=seed, figures=measured)
    ends, against = intervals(drawn), intervals(drawn - drawn[best])
    differences = figures - figures[best]
    names = evaluations[0].class_names.names
    of_classes = describe_class_intervals(counts, names, resamples=resamples, seed=seed)
    maps = [
        _describe_map(
            evaluation,
            _list_ends(ends[:, number]),
            _describe_differences(differences[number], against[:, number]),
            of_classes[number],
        )
        for number, evaluation in enumerate(evaluations)
    ]
    matrices = _describe_matrices(figures[:, 0], drawn[:, 0])
    return common.model_copy(update={"maps": tuple(maps), "mean_iou_differences": matrices})


def _without_intervals(evaluation: Evaluation) -> MapIntervals:
    nothing = dict.fromkeys(FIGURES)
    return MapIntervals(
        network=evaluation.network,
        refinement=evaluation.refinement,
        **nothing,
        against_best=DifferencesToBest(**nothing),
        classes=None,
    )


def _describe_map(
    evaluation: Evaluation,
    ends: Sequence[Interval | None],
    against_best: DifferencesToBest,
    classes: tuple[ClassIntervals, ...],
) -> MapIntervals:
    return MapIntervals(
        network=evaluation.network,
        refinement=evaluation.refinement,
        **dict(zip(FIGURES, ends, strict=True)),
        against_best=against_best,
        classes=classes,
    )


def _describe_differences(
    differences: NDArray[np.float64], ends: NDArray[np.float64]
) -> DifferencesToBest:
    """Differences of `FIGURES` (3), and the ends of their intervals (2, 3)."""
    return DifferencesToBest(
        **{
            name: FigureDifference(difference=_number(difference), interval=interval)
            for name, difference, interval in zip(
                FIGURES, differences, _list_ends(ends), strict=True
            )
        }
    )


def _describe_matrices(
    values: NDArray[np.float64], drawn: NDArray[np.float64]
) -> MeanIouDifferences:
    low, high = difference_intervals(drawn)
    return MeanIouDifferences(
        rows="less columns, in the order of maps",
        difference=_list_numbers(values[:, None] - values[None, :]),
        low=_list_numbers(low),
        high=_list_numbers(high),
    )


def _describe_majority(evaluation: Evaluation) -> MajorityFigures:
    confusion = majority_confusion(evaluation)
    ious = zip(evaluation.class_names.names, confusion.iou(), strict=True)
    return MajorityFigures(
        class_name=evaluation.majority,
        mean_iou=_number(confusion.mean_iou(evaluation.counted)),
        overall_accuracy=_number(confusion.overall_accuracy()),
        mcc=_number(confusion.multiclass_mcc()),
        kappa=_number(confusion.kappa()),
        iou={name: _number(iou) for name, iou in ious},
    )


def _list_ends(ends: NDArray[np.float64]) -> list[Interval | None]:
    """The intervals of `FIGURES`, of their ends (2, 3)."""
    pairs = [(_number(low), _number(high)) for low, high in ends.T]
    return [None if low is None or high is None else (low, high) for low, high in pairs]


def _list_numbers(values: NDArray[np.float64]) -> Matrix:
    return tuple(tuple(_number(value) for value in row) for row in values)


def _number(value: float) -> float | None:
    return round(float(value), DIGITS) if math.isfinite(value) else None
