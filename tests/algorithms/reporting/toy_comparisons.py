"""Comparisons of maps that were tested on the same blocks, with the intervals a test is about."""

from __future__ import annotations

from collections.abc import Mapping

from rs_seg.values.comparison import (
    DifferencesToBest,
    GroundComparison,
    MajorityFigures,
    MapIntervals,
)
from rs_seg.values.map_figures import FigureDifference, Interval, MapName


def make_ground(
    intervals: Mapping[MapName, Interval | None],
    *,
    best: MapName,
    block_count: int = 20,
    difference: Interval | None = None,
) -> GroundComparison:
    """Maps with these intervals of mean IoU, and one interval of all differences to the best."""
    own = FigureDifference(difference=-0.01, interval=difference)
    against = DifferencesToBest(mean_iou=own, overall_accuracy=None, mcc=None)
    return GroundComparison(
        blocks=block_count,
        reliable=block_count >= 10,
        level=0.95,
        resamples=100,
        best=best,
        maps=tuple(
            MapIntervals(
                **dict(name),
                mean_iou=interval,
                overall_accuracy=None,
                mcc=None,
                against_best=against,
                classes=None,
            )
            for name, interval in intervals.items()
        ),
        majority=MajorityFigures(
            class_name="wood", overall_accuracy=0.7, mean_iou=0.2, mcc=None, kappa=None, iou={}
        ),
    )
