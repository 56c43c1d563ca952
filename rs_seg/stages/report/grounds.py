"""The part of report that shows the best map by class with intervals, by scene, by distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.algorithms.reporting.bootstrap import ENOUGH
from rs_seg.config import ReportConfig

Evaluation = Mapping[str, Any]


def show_grounds(
    config: ReportConfig,
    evaluation: Evaluation,
    comparison: Mapping[str, Any],
) -> dict[str, Any]:
    """Rows of the tables of one map, its further test sets by name; at most `max_rows` scenes."""
    further = evaluation["test_sets"].items()
    return {
        "enough": ENOUGH,
        "classes": _join_classes(evaluation, comparison["grounds"]),
        "test": _show_strata(config, evaluation["test"]),
        "test_sets": {name: _show_strata(config, figures) for name, figures in further},
    }


def _join_classes(
    evaluation: Evaluation,
    grounds: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Figures of each class with their intervals; nothing where too few blocks give any."""
    maps = {
        (own["network"], own["refinement"]): own for ground in grounds for own in ground["maps"]
    }
    intervals = maps[evaluation["network"], evaluation["refinement"]]["classes"]
    if intervals is None:
        return []
    per_class = evaluation["test"]["per_class"]
    return [
        {"figures": figures, "intervals": own}
        for figures, own in zip(per_class, intervals, strict=True)
    ]


def _show_strata(config: ReportConfig, figures: Mapping[str, Any]) -> dict[str, Any]:
    scenes = figures["by_scene"]
    return {
        "scenes": scenes[: config.max_rows],
        "more_scenes": max(0, len(scenes) - config.max_rows),
        "distances": figures["by_distance"],
    }
