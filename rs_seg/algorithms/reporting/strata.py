"""Figures of parts of the test ground: of each scene, and by distance to training ground."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from rs_seg.algorithms.reporting.pictures import round_length
from rs_seg.values import Confusion
from rs_seg.values.confusion import Counted, mean_of_known, number_or_none
from rs_seg.values.evaluation import (
    DistanceFigures,
    SceneFigures,
    SceneMeans,
    StratumFigures,
    TestBlock,
    TrainingPlace,
)

SAME: Final = "same scene"
OTHER: Final = "other scene"
UNKNOWN: Final = "unknown"
ORDER: tuple[TrainingPlace, ...] = (SAME, OTHER, UNKNOWN)
"""Where the nearest training ground lies, the nearest first."""
OVER_SCENES = ("overall_accuracy", "mean_iou", "mean_f1")
"""Figures of scenes that are averaged."""
Limits = tuple[float | None, float | None]


def describe_scenes(
    blocks: Sequence[TestBlock], names: Sequence[str], counted: Counted = None
) -> tuple[SceneFigures, ...]:
    """Blocks, pixels, accuracy, mean IoU and IoU by class of each scene with test blocks.

    Means are over the classes with the indices `counted`; None: all.
    """
    scenes: dict[str, list[TestBlock]] = {}
    for block in blocks:
        scenes.setdefault(block.scene, []).append(block)
    return tuple(
        SceneFigures(scene=scene, **dict(_describe(own, names, counted)))
        for scene, own in scenes.items()
    )


def average_scenes(scenes: Sequence[SceneFigures]) -> SceneMeans | None:
    """Means of the figures of scenes, each scene alike; None for fewer than two."""
    if len(scenes) < 2:
        return None
    return SceneMeans(
        scenes=len(scenes),
        **{name: _average([getattr(own, name) for own in scenes]) for name in OVER_SCENES},
    )


def _average(values: Sequence[float | None]) -> float | None:
    return number_or_none(mean_of_known(np.array(values, dtype=float)))


def describe_distances(
    blocks: Sequence[TestBlock], names: Sequence[str], counted: Counted = None
) -> tuple[DistanceFigures, ...]:
    """The same by distance, the nearest first: blocks from `from_m` to less than `to_m` away.

    Limits are 1, 2 or 5 times a power of ten, so that each ring is about twice as far as the one
    before; blocks that touch training ground have a row of their own, 0 to 0. Blocks in scenes
    without training ground stand together, `from_m` to `to_m` being their least and greatest
    distance; so do those of which nothing is known, both None.
    """
    groups: dict[tuple[TrainingPlace, float], list[TestBlock]] = {}
    for block in blocks:
        groups.setdefault(_group(block), []).append(block)
    rows = []
    for place, start in sorted(groups, key=lambda group: (ORDER.index(group[0]), group[1])):
        own = groups[place, start]
        nearest, furthest = _limits(place, start, own)
        figures = dict(_describe(own, names, counted))
        rows.append(DistanceFigures(training=place, from_m=nearest, to_m=furthest, **figures))
    return tuple(rows)


def _group(block: TestBlock) -> tuple[TrainingPlace, float]:
    """Where the nearest training ground of a block lies, and the lower limit of its ring."""
    metres = block.training_m
    if metres is None:
        return UNKNOWN, 0.0
    if not block.training_in_scene:
        return OTHER, 0.0
    return SAME, round_length(metres) if metres > 0 else 0.0


def _limits(place: TrainingPlace, start: float, blocks: Sequence[TestBlock]) -> Limits:
    if place == UNKNOWN:
        return None, None
    if place == OTHER:
        distances = [block.training_m for block in blocks if block.training_m is not None]
        return min(distances), max(distances)
    return start, round_length(2.5 * start) if start else 0.0


def _describe(
    blocks: Sequence[TestBlock], names: Sequence[str], counted: Counted
) -> StratumFigures:
    counts = [np.array(block.confusion, dtype=np.int64) for block in blocks]
    confusion = Confusion(np.sum(counts, axis=0))
    ious = zip(names, confusion.iou().tolist(), strict=True)
    return StratumFigures(
        blocks=len(blocks),
        pixels=confusion.total,
        overall_accuracy=number_or_none(confusion.overall_accuracy()),
        mean_f1=number_or_none(confusion.mean_f1(counted)),
        mean_iou=number_or_none(confusion.mean_iou(counted)),
        iou={name: number_or_none(iou) for name, iou in ious},
    )
