"""Objects of several detectors beside one another, and beside polygons of the best map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rs_seg.algorithms.objects.rates import measure_rates
from rs_seg.algorithms.objects.resampling import Floats, draw_blocks, mean_of_known
from rs_seg.algorithms.reporting.bootstrap import known_interval
from rs_seg.algorithms.reporting.object_verdicts import describe_objects
from rs_seg.values.comparison import Cell
from rs_seg.values.map_figures import FigureDifference, Interval
from rs_seg.values.matches import ObjectIntervals, ObjectMatches, ObjectName, RoleMatches
from rs_seg.values.object_comparison import ComparedObjects, ObjectComparison, ObjectCosts

FIGURES = tuple(ObjectIntervals.model_fields)
"""Figures that have intervals."""
COSTS = tuple(ObjectCosts.model_fields)


def compare_objects(
    matched: Sequence[ObjectMatches],
    costs: Mapping[tuple[str, str], ObjectCosts],
    *,
    resamples: int,
    seed: int,
) -> ObjectComparison | None:
    """The rows of all, the best detector and the best map, and which of both is better.

    The best are chosen by their F1 on the validation areas; test areas are never looked at. None
    where there is no detector.
    """
    detected = [own for own in matched if own.kind == "detections"]
    drawn = [own for own in matched if own.kind == "polygons"]
    if not detected:
        return None
    best = max(detected, key=_merit)
    baseline = max(drawn, key=_merit, default=None)
    rows = tuple(_describe(own, costs[own.method]) for own in (*detected, *drawn))
    difference = (
        None if baseline is None else _compare_f1(best, baseline, resamples=resamples, seed=seed)
    )
    return ObjectComparison(
        iou=best.iou,
        blocks=len(best.test.blocks),
        rows=rows,
        best=ObjectName.of(best),
        baseline=None if baseline is None else ObjectName.of(baseline),
        f1_difference=difference,
        verdict=tuple(describe_objects(best, baseline, difference, count=len(detected))),
    )


def _merit(matches: ObjectMatches) -> float:
    """F1 on the validation areas; of equals the first is taken, what has none comes last."""
    f1 = matches.validation.boxes.f1
    return -1.0 if f1 is None else f1


def _describe(matches: ObjectMatches, costs: ObjectCosts) -> ComparedObjects:
    boxes, masks = matches.test.boxes, matches.test.masks
    return ComparedObjects(
        **dict(ObjectName.of(matches)),
        **dict(costs),
        kind=matches.kind,
        ground=matches.ground,
        score=matches.score,
        validation_f1=matches.validation.boxes.f1,
        objects=sum(own.objects for own in boxes.per_class),
        detections=sum(own.detections for own in boxes.per_class),
        **{name: getattr(boxes, name) for name in FIGURES},
        intervals=boxes.intervals,
        mask_ap=masks.ap if masks else None,
        mask_f1=masks.f1 if masks else None,
        mask_quality=masks.panoptic_quality if masks else None,
    )


def _compare_f1(
    best: ObjectMatches, baseline: ObjectMatches, *, resamples: int, seed: int
) -> FigureDifference:
    """The difference of F1 on test ground; its interval is paired, block by block.

    There is none where both were not tested on the same blocks, because models saw other ground.
    """
    first, second = best.test.boxes.f1, baseline.test.boxes.f1
    if first is None or second is None:
        return FigureDifference(difference=None, interval=None)
    return FigureDifference(
        difference=first - second,
        interval=_paired_interval(best.test, baseline.test, resamples=resamples, seed=seed),
    )


def _paired_interval(
    first: RoleMatches, second: RoleMatches, *, resamples: int, seed: int
) -> Interval | None:
    places = [
        [(block.scene, block.row, block.column) for block in own.blocks] for own in (first, second)
    ]
    if places[0] != places[1] or first.seen_objects != second.seen_objects:
        return None
    times = draw_blocks(len(first.blocks), seed=seed, resamples=resamples)
    drawn = [_mean_f1(own, times) for own in (first, second)]
    return known_interval(drawn[0] - drawn[1])


def _mean_f1(role: RoleMatches, times: np.ndarray) -> Floats:
    """Mean F1 over classes in each draw (R,) of blocks (R, B)."""
    counts = [
        np.array([getattr(block, name) for block in role.blocks]).T  # (K, B)
        for name in ("matched", "missed", "false")
    ]
    return mean_of_known(measure_rates(*(own @ times.T for own in counts)).f1)


def tabulate_objects(objects: ObjectComparison) -> list[dict[str, Cell]]:
    """The rows as those of a table: figures with the ends of their intervals, and costs."""
    return [_tabulate(row) for row in objects.rows]


def _tabulate(row: ComparedObjects) -> dict[str, Cell]:
    cells: dict[str, Cell] = {
        name: getattr(row, name)
        for name in ("detector", "suppression", "score", "validation_f1", "objects", "detections")
    }
    for name in FIGURES:
        low, high = getattr(row.intervals, name) or (None, None)
        cells |= {name: getattr(row, name), f"{name}_low": low, f"{name}_high": high}
    cells |= {name: getattr(row, name) for name in ("mask_ap", "mask_f1", "mask_quality")}
    return cells | {name: getattr(row, name) for name in COSTS}
