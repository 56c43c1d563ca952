"""Maps that were tested on the same blocks, with confidence intervals of their figures and of their differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.bootstrap import (
    ENOUGH,
    FIGURES,
    LEVEL,
    difference_intervals,
    intervals,
    measure,
    resample_figures,
)
from rs_seg.algorithms.reporting.class_intervals import describe_class_intervals
from rs_seg.algorithms.splitting.areas import rectangles_by_block
from rs_seg.values import Confusion

if TYPE_CHECKING:
    from rs_seg.values.split import Split

Evaluation = Mapping[str, Any]
DIGITS = 6
"""Decimals that matrices of differences keep."""


def compare_grounds(
    evaluations: Sequence[Evaluation], *, resamples: int, seed: int
) -> list[dict[str, Any]]:
    """A record for each set of test pixels: its maps with intervals, the differences between them, the majority class.

    `evaluations` are contents of the files of `evaluate`. Maps of different folds, and of models
    that saw parts of the test ground, were tested on different ground and stand in different
    records. Intervals are null with fewer than two blocks, `reliable` says whether there are
    enough. `classes` of a map has those of each class.
    """
    return [
        _compare_ground(own, resamples=resamples, seed=seed) for own in group_by_ground(evaluations)
    ]


def group_by_ground(evaluations: Sequence[Evaluation]) -> list[list[Evaluation]]:
    """The evaluations of maps that were tested on the same blocks, each group in its order."""
    groups: dict[tuple[Any, ...], list[Evaluation]] = {}
    for each in evaluations:
        groups.setdefault(blocks_of(each), []).append(each)
    return list(groups.values())


def blocks_of(evaluation: Evaluation) -> tuple[tuple[str, int, int, int], ...]:
    """Scene, row and column of the test blocks of a map, in order of these, and the pixels left out in each.

    Pixels are left out that the model of the map saw, so that maps with equal blocks were tested on
    the same pixels.
    """
    blocks = evaluation["test"]["blocks"]
    return tuple(
        sorted(
            (each["scene"], each["row"], each["column"], sum(each["seen"].values()))
            for each in blocks
        )
    )


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
    if evaluation["majority"] is None:
        return Confusion.empty(len(evaluation["classes"]))
    reference = _stack(evaluation).sum(axis=(0, 2)) if evaluation["test"]["blocks"] else 0
    counts = np.zeros((len(evaluation["classes"]),) * 2, dtype=np.int64)
    counts[:, [each["name"] for each in evaluation["classes"]].index(evaluation["majority"])] = (
        reference
    )
    return Confusion(counts)


def _compare_ground(
    evaluations: Sequence[Evaluation], *, resamples: int, seed: int
) -> dict[str, Any]:
    blocks = len(blocks_of(evaluations[0]))
    best = max(range(len(evaluations)), key=lambda number: _merit(evaluations[number]))
    counts = [_stack(each) for each in evaluations]
    record = {
        "blocks": blocks,
        "reliable": blocks >= ENOUGH,
        "level": LEVEL,
        "resamples": resamples,
        "best": _name(evaluations[best]),
        "majority": _describe_majority(evaluations[0]),
    }
    if blocks < 2:
        nothing = dict.fromkeys(FIGURES)
        empty = {**nothing, "against_best": nothing, "classes": None}
        return {**record, "maps": [{**_name(each), **empty} for each in evaluations]}
    figures = np.stack([measure(own.sum(axis=0).astype(float)) for own in counts])
    drawn = resample_figures(counts, resamples=resamples, seed=seed)
    ends, against = intervals(drawn), intervals(drawn - drawn[best])
    names = [each["name"] for each in evaluations[0]["classes"]]
    of_classes = describe_class_intervals(counts, names, resamples=resamples, seed=seed)
    maps = [
        {
            **_name(each),
            **{name: _ends(ends[:, number, place]) for place, name in enumerate(FIGURES)},
            "against_best": {
                name: {
                    "difference": _number(figures[number, place] - figures[best, place]),
                    "interval": _ends(against[:, number, place]),
                }
                for place, name in enumerate(FIGURES)
            },
            "classes": of_classes[number],
        }
        for number, each in enumerate(evaluations)
    ]
    return {
        **record,
        "maps": maps,
        "mean_iou_differences": _describe_differences(figures[:, 0], drawn[:, 0]),
    }


def _describe_differences(
    values: NDArray[np.float64], drawn: NDArray[np.float64]
) -> dict[str, Any]:
    low, high = difference_intervals(drawn)
    matrices = {"difference": values[:, None] - values[None, :], "low": low, "high": high}
    return {
        "rows": "less columns, in the order of maps",
        **{
            name: [[_number(value) for value in row] for row in matrix]
            for name, matrix in matrices.items()
        },
    }


def _describe_majority(evaluation: Evaluation) -> dict[str, Any]:
    confusion = majority_confusion(evaluation)
    names = [each["name"] for each in evaluation["classes"]]
    figures = {
        "mean_iou": confusion.mean_iou(),
        "overall_accuracy": confusion.overall_accuracy(),
        "mcc": confusion.multiclass_mcc(),
        "kappa": confusion.kappa(),
    }
    return {
        "class": evaluation["majority"],
        **{name: _number(value) for name, value in figures.items()},
        "iou": {name: _number(value) for name, value in zip(names, confusion.iou(), strict=True)},
    }


def _stack(evaluation: Evaluation) -> NDArray[np.int64]:
    """Confusions by block, in the order of the places of the blocks: not in that of the file."""
    ordered = sorted(
        evaluation["test"]["blocks"], key=lambda each: (each["scene"], each["row"], each["column"])
    )
    return np.array([each["confusion"] for each in ordered], dtype=np.int64)


def _merit(evaluation: Evaluation) -> float:
    score = evaluation["validation"]["mean_iou"]
    return -1.0 if score is None else float(score)


def _name(evaluation: Evaluation) -> dict[str, Any]:
    return {"network": evaluation["network"], "refinement": evaluation["refinement"]}


def _ends(ends: NDArray[np.float64]) -> list[float] | None:
    low, high = (_number(end) for end in ends)
    return None if low is None or high is None else [low, high]


def _number(value: float) -> float | None:
    return round(float(value), DIGITS) if math.isfinite(value) else None
