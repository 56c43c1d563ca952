"""The part of report that shows a batch: scenes that failed, and all scenes in one picture."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rs_seg.algorithms.reporting.overview import BREADTH, draw_outlines, paint_samples, plan_canvas
from rs_seg.algorithms.reporting.pictures import color_indices, shrink
from rs_seg.config import ReportConfig, RunConfig
from rs_seg.io.html import embed_drawing
from rs_seg.maps.survey import SurveyedMap
from rs_seg.scenes.failures import aligned_image, gist
from rs_seg.scenes.footprints import common_crs, grid_where_known, outline
from rs_seg.values.failure import Failure
from rs_seg.values.grid import has_place

MOST_FAILURES = 50
"""Rows of the table of failures; the others are in failed.csv."""
SMALLEST_SAMPLE, GREATEST_SAMPLE = 16, 256
"""Rows and columns of a scene that the picture of all scenes is made of."""


def sample_size(config: ReportConfig, run: RunConfig) -> int:
    """Rows and columns of each scene in the picture of all scenes; 1 where there is none."""
    if len(run.scenes) <= config.max_scenes:
        return 1
    size = round(4 * config.picture_size / math.sqrt(len(run.scenes)))
    return min(max(size, SMALLEST_SAMPLE), GREATEST_SAMPLE)


def show_failures(run: RunConfig, failures: Sequence[Failure]) -> dict[str, Any] | None:
    """Counts, reasons that are alike, and the first rows; None where nothing failed."""
    if not failures:
        return None
    alike = Counter((failure.stage, gist(failure)) for failure in dict.fromkeys(failures))
    scenes = {failure.scene for failure in failures}
    reasons = [
        {"stage": stage, "reason": reason, "count": count}
        for (stage, reason), count in alike.most_common()
    ]
    return {
        "scenes": len(scenes),
        "all": len(scenes | {scene.name for scene in run.scenes}),
        "reasons": reasons,
        "rows": failures[:MOST_FAILURES],
        "more": max(0, len(failures) - MOST_FAILURES),
    }


def show_overview(
    config: ReportConfig,
    run: RunConfig,
    best: tuple[str, str],
    surveyed: Mapping[str, SurveyedMap],
    failures: Sequence[Failure],
) -> dict[str, Any] | None:
    """Outlines of all scenes by what became of them, and the best map of all.

    None where each scene is shown by itself and none failed, and for pictures without a place,
    which lie nowhere. The map is drawn where there are more
    scenes than are shown one by one.
    """
    many = len(run.scenes) > config.max_scenes
    if not (many or failures):
        return None
    names = dict.fromkeys(failure.scene for failure in failures)
    lost = {name: grid_where_known(aligned_image(run.results, name)) for name in names}
    known = [grid for grid in lost.values() if grid is not None]
    grids = [scene_map.grid for scene_map in surveyed.values()]
    if not all(has_place(grid) for grid in [*grids, *known]):
        return None
    crs = common_crs([*grids, *known])
    groups = {
        "finished": [outline(grid, crs) for grid in grids],
        "failed": [outline(grid, crs) for grid in known],
    }
    everything = groups["finished"] + groups["failed"]
    canvas = plan_canvas(everything, crs, size=BREADTH)
    return {
        "drawing": draw_outlines(groups, canvas),
        "map": _embed_all(config, run, best, surveyed, everything, crs) if many else "",
        "unplaced": len(lost) - len(known),
    }


def _embed_all(
    config: ReportConfig,
    run: RunConfig,
    best: tuple[str, str],
    surveyed: Mapping[str, SurveyedMap],
    outlines: Sequence[Any],
    crs: str,
) -> str:
    """The best map of all scenes; painted at twice its size, so that colours can be averaged."""
    legend = run.refinements[best[1]].map_legend(run.legend)
    names = legend.class_names
    samples = ((own.grid, names.decode(own.sample), own.step) for own in surveyed.values())
    painted = paint_samples(samples, plan_canvas(outlines, crs, size=2 * config.picture_size))
    return embed_drawing(
        shrink(color_indices(painted, [entry.rgb for entry in legend]), size=config.picture_size)
    )
