"""Objects of several detectors beside one another, and beside polygons of the best map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rs_seg.algorithms.objects.resampling import draw_blocks
from rs_seg.algorithms.percentile_intervals import known_interval
from rs_seg.algorithms.reporting.object_replicates import (
    measure_blocks,
    place_of,
    pool_folds,
    summarize_object_replicates,
)
from rs_seg.algorithms.reporting.object_verdicts import Tested, describe_objects
from rs_seg.algorithms.reporting.protocols import protocol_columns
from rs_seg.values.comparison import Cell
from rs_seg.values.map_figures import FigureDifference, Interval
from rs_seg.values.matches import ObjectIntervals, ObjectMatches, ObjectName
from rs_seg.values.object_comparison import ComparedObjects, ObjectComparison, ObjectCosts

FIGURES = tuple(ObjectIntervals.model_fields)
"""Figures that have intervals."""
COSTS = tuple(ObjectCosts.model_fields)


def compare_objects(
    matched: Sequence[ObjectMatches],
    costs: Mapping[tuple[str, str], ObjectCosts],
    groups: Mapping[str, Sequence[str]],
    *,
    resamples: int,
    seed: int,
) -> ObjectComparison | None:
    """The rows of all, the best detector and the best map, and which of both is better.

    The best are chosen by their F1 on the validation areas; test areas are never looked at.
    `groups` are names of detectors or networks that are several trainings of one, by the name of
    that one. Folds count with the mean of their validation areas, of which some are easier, and are
    compared on the test areas of all of them. None where there is no detector.
    """
    detected = [own for own in matched if own.kind == "detections"]
    drawn = [own for own in matched if own.kind == "polygons"]
    if not detected:
        return None
    draws = {"resamples": resamples, "seed": seed}
    folds = {own.method: _list_folds(own, matched, groups) for own in matched}
    best, baseline = (
        max(kind, key=lambda own: _merit(folds[own.method]), default=None)
        for kind in (detected, drawn)
    )
    assert best is not None, "there is a detector"
    first, second = (
        None if own is None else Tested(own, pool_folds(folds[own.method], **draws))
        for own in (best, baseline)
    )
    assert first is not None, "the best is one"
    difference = (
        None
        if second is None
        else _compare_f1(
            first, second, [folds[own.matches.method] for own in (first, second)], **draws
        )
    )
    return ObjectComparison(
        protocol=best.protocol,
        iou=best.iou,
        blocks=sum(len(own.test.blocks) for own in folds[best.method]),
        rows=tuple(_describe(own, costs[own.method]) for own in (*detected, *drawn)),
        best=ObjectName.of(best),
        baseline=None if baseline is None else ObjectName.of(baseline),
        f1_difference=difference,
        replicates=tuple(summarize_object_replicates(matched, groups, **draws)),
        verdict=tuple(describe_objects(first, second, difference, count=len(detected))),
    )


def _list_folds(
    own: ObjectMatches, matched: Sequence[ObjectMatches], groups: Mapping[str, Sequence[str]]
) -> list[ObjectMatches]:
    """All folds of a training, by the same suppression; of a training that is no fold, itself."""
    names = next((names for names in groups.values() if own.detector in names), (own.detector,))
    together = [
        other
        for other in matched
        if other.detector in names and other.suppression == own.suppression
    ]
    blocks = [place_of(block) for other in together for block in other.test.blocks]
    # without test blocks nothing says that they are folds: seeds have none in common either
    return together if blocks and len(set(blocks)) == len(blocks) else [own]


def _merit(folds: Sequence[ObjectMatches]) -> float:
    """Mean F1 on the validation areas; what has none comes last."""
    known = [f1 for own in folds if (f1 := own.validation.boxes.f1) is not None]
    return sum(known) / len(known) if known else -1.0


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
    best: Tested,
    baseline: Tested,
    folds: Sequence[Sequence[ObjectMatches]],
    *,
    resamples: int,
    seed: int,
) -> FigureDifference:
    """The difference of F1 on test ground; its interval is paired, block by block.

    There is none where both were not tested on the same blocks, because models saw other ground.
    """
    if best.f1 is None or baseline.f1 is None:
        return FigureDifference(difference=None, interval=None)
    return FigureDifference(
        difference=best.f1 - baseline.f1,
        interval=_paired_interval(*folds, resamples=resamples, seed=seed),
    )


def _paired_interval(
    first: Sequence[ObjectMatches], second: Sequence[ObjectMatches], *, resamples: int, seed: int
) -> Interval | None:
    """Ends of the difference of mean F1; `first` and `second` are one training or its folds."""
    sides = [
        sorted((block for own in side for block in own.test.blocks), key=place_of)
        for side in (first, second)
    ]
    places = [[place_of(block) for block in blocks] for blocks in sides]
    seen = [sum(own.test.seen_objects for own in side) for side in (first, second)]
    if places[0] != places[1] or seen[0] != seen[1]:
        return None
    times = draw_blocks(len(sides[0]), seed=seed, resamples=resamples)
    counted = first[0].counted
    drawn = [measure_blocks(blocks, times, counted)["f1"] for blocks in sides]
    return known_interval(drawn[0] - drawn[1])


def tabulate_objects(objects: ObjectComparison) -> list[dict[str, Cell]]:
    """The rows as those of a table: figures with the ends of their intervals, and costs."""
    protocol = protocol_columns(objects.protocol)
    return [{**_tabulate(row), **protocol} for row in objects.rows]


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
