"""The part of report that shows the best map by class with intervals, by scene, by distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rs_seg.algorithms.reporting.bootstrap import ENOUGH
from rs_seg.config import ReportConfig
from rs_seg.values.comparison import Comparison, GroundComparison
from rs_seg.values.evaluation import Evaluation, TestFigures


def show_grounds(
    config: ReportConfig,
    evaluation: Evaluation,
    comparison: Comparison,
) -> dict[str, Any]:
    """Rows of the tables of one map, its further test sets by name; at most `max_rows` scenes."""
    further = evaluation.test_sets.items()
    return {
        "enough": ENOUGH,
        "classes": _join_classes(evaluation, comparison.grounds),
        "test": _show_strata(config, evaluation.test),
        "test_sets": {name: _show_strata(config, figures) for name, figures in further},
    }


def _join_classes(
    evaluation: Evaluation,
    grounds: Sequence[GroundComparison],
) -> list[dict[str, Any]]:
    """Figures of each class with their intervals; nothing where too few blocks give any."""
    maps = {own.method: own for ground in grounds for own in ground.maps}
    intervals = maps[evaluation.method].classes
    if intervals is None:
        return []
    return [
        {"figures": figures, "intervals": own}
        for figures, own in zip(evaluation.test.per_class, intervals, strict=True)
    ]


def _show_strata(config: ReportConfig, figures: TestFigures) -> dict[str, Any]:
    return {
        "scenes": figures.by_scene[: config.max_rows],
        "more_scenes": max(0, len(figures.by_scene) - config.max_rows),
        "distances": figures.by_distance,
    }
