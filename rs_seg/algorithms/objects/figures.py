"""Figures of objects as they stand in files, from tallies by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rs_seg.algorithms.objects.choosing import thin_curve
from rs_seg.algorithms.objects.matching import Ids
from rs_seg.algorithms.objects.precision import (
    average_precision,
    coco_precision,
    draw_curve,
    sum_precision,
)
from rs_seg.algorithms.objects.rates import measure_rates
from rs_seg.algorithms.objects.resampling import mean_of_known, resample_precision
from rs_seg.algorithms.objects.tallies import ClassTally
from rs_seg.algorithms.percentile_intervals import known_interval
from rs_seg.values import ClassNames
from rs_seg.values.confusion import Counted, number_or_none
from rs_seg.values.legend import ClassName
from rs_seg.values.matches import (
    ClassMatches,
    CurvePoint,
    ObjectFigures,
    ObjectIntervals,
    ShapeFigures,
)

Floats = NDArray[np.float64]
AT_50, AT_75 = 0, 5
"""Places of these among COCO's thresholds."""
LEAST_BLOCKS = 2
"""Blocks with objects of a class without which its figures have no intervals."""


@dataclass(frozen=True)
class BlockCounts:
    """Objects that are found or not, and other detections, by block (B,), at one score."""

    matched: Ids
    missed: Ids
    false: Ids


@dataclass(frozen=True)
class _Measured:
    """Figures of a class by name, NaN where not defined, and in each draw (R,)."""

    figures: dict[str, float]
    drawn: dict[str, Floats]


def count_blocks(tally: ClassTally, least_score: float) -> BlockCounts:
    """Counts by block of the detections with this score or a higher one."""
    counted = tally.chosen.counted[0] & (tally.chosen.scores >= least_score)
    right = tally.chosen.right[0] & counted
    matched, detections = (
        np.bincount(tally.blocks[chosen], minlength=len(tally.objects))
        for chosen in (right, counted)
    )
    return BlockCounts(matched, tally.objects - matched, detections - matched)


def describe_shapes(
    tallies: Sequence[ClassTally],
    class_names: ClassNames,
    *,
    least_score: float,
    times: Ids,
    counted: Counted = None,
) -> ShapeFigures:
    """Figures of each class and their means, with intervals from draws of blocks (R, B).

    Means are over the classes with the indices `counted`; None: all.
    """
    measured = [_measure(tally, least_score, times) for tally in tallies]
    meant = measured if counted is None else [measured[place] for place in counted]
    figures = {
        name: float(_mean_over_classes(name, [own.figures[name] for own in meant]))
        for name in ObjectFigures.model_fields
    }
    drawn = {
        name: _mean_over_classes(name, [own.drawn[name] for own in meant])
        for name in ObjectIntervals.model_fields
    }
    return ShapeFigures(
        **_or_none(figures),
        intervals=_describe_intervals(drawn),
        per_class=tuple(
            _describe_class(name, tally, own, least_score)
            for name, tally, own in zip(class_names, tallies, measured, strict=True)
        ),
    )


def _mean_over_classes(name: str, figures: Sequence[Floats | float]) -> Floats:
    values = np.array(figures, dtype=float)
    return mean_of_known(np.abs(values) if name == "count_error" else values)


def _measure(tally: ClassTally, least_score: float, times: Ids) -> _Measured:
    counts = count_blocks(tally, least_score)
    totals = [own.sum() for own in (counts.matched, counts.missed, counts.false)]
    rates = measure_rates(*totals)
    right = tally.chosen.right[0] & (tally.chosen.scores >= least_score)
    quality = float(tally.shares[right].mean()) if right.any() else np.nan
    curves = [draw_curve(tally.matches, place) for place in (AT_50, AT_75)]
    ap50, ap75 = (average_precision(curve) for curve in curves)
    small, medium, large = (coco_precision(matches) for matches in tally.sizes)
    figures = {
        "ap": coco_precision(tally.matches),
        "ap50": ap50,
        "ap75": ap75,
        "textbook_ap": sum_precision(draw_curve(tally.chosen, 0)),
        "ap_small": small,
        "ap_medium": medium,
        "ap_large": large,
        **{name: float(value) for name, value in vars(rates).items()},
        "segmentation_quality": quality,
        # nothing found is worth 0 where there was something to find or to leave alone
        "panoptic_quality": float(rates.f1) * (quality if right.any() else 1.0),
    }
    drawn_rates = measure_rates(
        *(times @ own for own in (counts.matched, counts.missed, counts.false))
    )
    drawn_ap, drawn_ap50 = resample_precision(tally, times)
    return _Measured(figures, {"ap": drawn_ap, "ap50": drawn_ap50, **vars(drawn_rates)})


def _describe_class(
    name: ClassName, tally: ClassTally, measured: _Measured, least_score: float
) -> ClassMatches:
    counts = count_blocks(tally, least_score)
    matched, missed, false = (
        int(own.sum()) for own in (counts.matched, counts.missed, counts.false)
    )
    from_score = tally.chosen.scores >= least_score
    curve = draw_curve(tally.chosen, 0)
    alone = (tally.objects > 0).sum() < LEAST_BLOCKS
    drawn = {name: own[:0] if alone else own for name, own in measured.drawn.items()}
    return ClassMatches(
        code=name.code,
        name=name.name,
        objects=matched + missed,
        detections=matched + false,
        matched=matched,
        missed=missed,
        false=false,
        ignored_objects=tally.ignored_objects,
        ignored_detections=int((from_score & ~tally.chosen.counted[0]).sum()),
        **_or_none(measured.figures),
        intervals=_describe_intervals(drawn),
        curve=tuple(
            CurvePoint(
                score=float(curve.scores[place]),
                precision=float(curve.precision[place]),
                recall=float(curve.recall[place]),
            )
            for place in thin_curve(curve)
        ),
    )


def _describe_intervals(drawn: dict[str, Floats]) -> ObjectIntervals:
    return ObjectIntervals(**{name: known_interval(figures) for name, figures in drawn.items()})


def _or_none(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: number_or_none(value) for name, value in figures.items()}
