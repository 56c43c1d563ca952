"""Several maps of the same ground beside one another: which is best, and how far they agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.reporting.polygon_findings import SELECTIONS, figure_of, polygon_columns
from rs_seg.values import Window

FIGURES = (
    "overall_accuracy",
    "mean_f1",
    "mean_iou",
    "kappa",
    "mcc",
    "balanced_accuracy",
    "abstained",
)
COUNTS = ("pixels", "seen")
"""Pixels that figures are of, and those on ground that the models saw."""


def rank(
    evaluations: Sequence[dict[str, Any]],
    cross_validations: Mapping[str, Sequence[str]] | None = None,
    *,
    select_by: str = "mean_iou",
) -> list[dict[str, Any]]:
    """Network, refinement, figures and what the model saw of each evaluation, best first.

    `select_by` names the figure of the validation areas that decides (`compare.select_by`).
    Folds of one network (`cross_validations`, names by the key they come from) have validation
    areas of their own, of which some are easier: each counts with the mean over its folds, so that
    the first of the best stands first. Test areas are never looked at; where validation is
    undefined the evaluation comes last; ties keep their order.
    """
    together = {name: names for names in (cross_validations or {}).values() for name in names}

    def merit(evaluation: dict[str, Any]) -> float:
        names = together.get(evaluation["network"], [evaluation["network"]])
        own = [each for each in evaluations if each["refinement"] == evaluation["refinement"]]
        scores = [
            figure_of(each["validation"], select_by) for each in own if each["network"] in names
        ]
        known = [score for score in scores if score is not None]
        return sum(known) / len(known) if known else -1.0

    return [
        {
            "network": each["network"],
            "refinement": each["refinement"],
            "ground": each["ground"],
            **{role: _choose(each[role]) for role in ("validation", "test")},
            "test_sets": {
                name: {"ground": own["ground"], **_choose(own)}
                for name, own in each["test_sets"].items()
            },
        }
        for each in sorted(evaluations, key=merit, reverse=True)
    ]


def _choose(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: figures[name] for name in (*FIGURES, *COUNTS)}, **polygon_columns(figures)}


def choose_by_each(
    evaluations: Sequence[dict[str, Any]], cross_validations: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, str] | None]:
    """Network and refinement of the best map by each figure that can select it; None where no map has the figure."""
    best: dict[str, dict[str, str] | None] = {}
    for figure in SELECTIONS:
        first = rank(evaluations, cross_validations, select_by=figure)[0]
        known = any(figure_of(each["validation"], figure) is not None for each in evaluations)
        best[figure] = {name: first[name] for name in ("network", "refinement")} if known else None
    return best


def agreement(
    stacks: Iterable[NDArray[np.integer]], *, maps: int, classes: int
) -> NDArray[np.float64]:
    """Share of the pixels with a class in both maps on which they have the same, for each pair (M, M); NaN for none.

    `stacks` are pieces of all maps, class indices (M, H, W), negative where a map has no class, of
    less than 2**24 pixels each: up to there products of matrices count exactly, many times faster
    than one pair after the other.
    """
    equal, both = np.zeros((maps, maps), dtype=np.int64), np.zeros((maps, maps), dtype=np.int64)
    for stack in stacks:
        flat = stack.reshape(maps, -1)
        both += _count_pairs(flat >= 0)
        for index in range(classes):
            equal += _count_pairs(flat == index)
    shares: NDArray[np.float64] = np.divide(
        equal, both, out=np.full((maps, maps), np.nan), where=both > 0
    )
    return shares


def _count_pairs(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pixels (M, N) that are marked in both of two rows, for each pair (M, M)."""
    ones = marked.astype(np.float32)
    pairs: NDArray[np.int64] = (ones @ ones.T).astype(np.int64)
    return pairs


def crop_windows(
    rectangles: Iterable[Window], *, size: int, height: int, width: int
) -> list[Window]:
    """Windows of `size` pixels (fewer where the image is smaller) around each rectangle, moved inside the image."""
    shown_height, shown_width = min(size, height), min(size, width)
    windows = {
        Window(
            min(max(each.row + (each.height - shown_height) // 2, 0), height - shown_height),
            min(max(each.column + (each.width - shown_width) // 2, 0), width - shown_width),
            shown_height,
            shown_width,
        )
        for each in rectangles
    }
    return sorted(windows)


def cover(window: Window, rectangles: Iterable[Window]) -> NDArray[np.bool_]:
    """Which pixels (H, W) of the window lie in any of the rectangles."""
    covered = np.zeros((window.height, window.width), dtype=bool)
    for each in rectangles:
        part = each.intersect(window)
        if part is not None:
            covered[part.relative_to(window).slices] = True
    return covered


def best_map(
    maps: Sequence[tuple[str, str]], comparison: Mapping[str, Any] | None
) -> tuple[str, str]:
    """Network and refinement of the best map by `comparison`; of the first one where nothing was compared (None)."""
    if comparison is None:
        return maps[0]
    best = comparison["best"]
    return str(best["network"]), str(best["refinement"])
