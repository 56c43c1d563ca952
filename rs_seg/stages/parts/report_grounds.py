"""The part of report that shows the best map by class with intervals, by scene, and by distance to training ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.config import ReportConfig

Evaluation = Mapping[str, Any]


def show_grounds(config: ReportConfig, evaluation: Evaluation, comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the tables of one map; those of its further test sets by their name. Scenes are cut to `max_rows`."""
    from rs_seg.algorithms.reporting.bootstrap import ENOUGH

    return {
        "enough": ENOUGH,
        "classes": _join_classes(evaluation, comparison),
        "test": _show_strata(config, evaluation["test"]),
        "test_sets": {name: _show_strata(config, figures) for name, figures in evaluation["test_sets"].items()},
    }


def _join_classes(evaluation: Evaluation, comparison: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Figures of each class with their intervals; nothing where there are too few blocks for any."""
    own = next(
        entry
        for ground in comparison["grounds"]
        for entry in ground["maps"]
        if (entry["network"], entry["refinement"]) == (evaluation["network"], evaluation["refinement"])
    )
    return [
        {"figures": figures, "intervals": intervals}
        for figures, intervals in zip(evaluation["test"]["per_class"], own["classes"] or (), strict=False)
    ]


def _show_strata(config: ReportConfig, figures: Mapping[str, Any]) -> dict[str, Any]:
    scenes = figures["by_scene"]
    return {
        "scenes": scenes[: config.max_rows],
        "more_scenes": max(0, len(scenes) - config.max_rows),
        "distances": figures["by_distance"],
    }
