"""What the maps of a model are worth, from the comparison of all maps."""

from __future__ import annotations

from dataclasses import dataclass

from rs_seg.values.comparison import (
    ClassIntervals,
    Comparison,
    GroundComparison,
    MapIntervals,
)
from rs_seg.values.evaluation import Known
from rs_seg.values.map_figures import Figure, Interval
from rs_seg.values.object_comparison import ComparedObjects
from rs_seg.values.ranked_figures import RankedMap

NONE = "–"


@dataclass(frozen=True)
class MapFigures:
    """Figures of one map of the model on test blocks, with intervals where there are enough."""

    refinement: str
    ranked: RankedMap
    intervals: MapIntervals
    comparison: GroundComparison
    """Of the test blocks that it shares with other maps."""

    @property
    def ground(self) -> Known:
        """What is known of the test pixels."""
        return self.ranked.ground

    @property
    def classes(self) -> tuple[ClassIntervals, ...]:
        """Intervals of each class; none with fewer than two test blocks."""
        return self.intervals.classes or ()


def figures_of(comparison: Comparison | None, network: str) -> list[MapFigures]:
    """The figures of each map of a network, the best refinement first; none without labels."""
    if comparison is None:
        return []
    intervals = {own.method: (ground, own) for ground in comparison.grounds for own in ground.maps}
    return [
        MapFigures(
            ranked.refinement,
            ranked,
            intervals=intervals[ranked.method][1],
            comparison=intervals[ranked.method][0],
        )
        for ranked in comparison.ranking
        if ranked.network == network and ranked.method in intervals
    ]


def object_figures_of(comparison: Comparison | None, detector: str) -> list[ComparedObjects]:
    """The figures of the objects of a detector, by suppression; none without labels."""
    if comparison is None or comparison.objects is None:
        return []
    rows = comparison.objects.rows
    return [row for row in rows if row.kind == "detections" and row.detector == detector]


def show_figure(figure: Figure, interval: Interval | None) -> str:
    """A figure with its interval behind it, as in "0.812 (0.774 to 0.850)"."""
    if figure is None:
        return NONE
    return f"{figure:.3f}" + ("" if interval is None else f" ({show_interval(interval)})")


def show_interval(interval: Interval | None) -> str:
    """The ends of an interval; a dash where it is not defined."""
    return NONE if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"
