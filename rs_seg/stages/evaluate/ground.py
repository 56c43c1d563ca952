"""The part of evaluate that tells test figures by scene and by distance to training ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rs_seg.algorithms.reporting.strata import average_scenes, describe_distances, describe_scenes
from rs_seg.algorithms.scoring.probability_curves import Thresholds
from rs_seg.algorithms.splitting.distances import Distances, TrainingGround
from rs_seg.ground.seen import LearnedBy
from rs_seg.ground.tallies import TalliedBlock, Tally, describe_tally
from rs_seg.values import ClassNames
from rs_seg.values.confusion import Counted
from rs_seg.values.evaluation import TestBlock, TestFigures
from rs_seg.values.map_figures import PolygonFigures

if TYPE_CHECKING:
    from rs_seg.values.grid import Grid

DIGITS = 3
"""Of distances, which are between edges of blocks and no better known than to a pixel."""


def describe_tested(
    tally: Tally,
    class_names: ClassNames,
    polygons: PolygonFigures | None,
    *,
    thresholds: Thresholds | None,
    grids: Mapping[str, Grid],
    learned: LearnedBy,
    counted: Counted = None,
) -> TestFigures:
    """The figures of a test set, also by scene and by distance, and its blocks.

    `thresholds` are those of validation ground, `grids` those of the scenes. Distances are None
    where a model does not say where it was trained, or nothing was. Means are over the classes with
    the indices `counted`; None: all.
    """
    blocks = _measure(tally.blocks, grids, learned)
    by_scene = describe_scenes(blocks, class_names.names, counted)
    return TestFigures(
        **dict(describe_tally(tally, class_names, thresholds, counted)),
        by_scene=by_scene,
        over_scenes=average_scenes(by_scene),
        by_distance=describe_distances(blocks, class_names.names, counted),
        blocks=tuple(blocks),
        polygons=polygons,
    )


def _measure(
    blocks: Sequence[TalliedBlock], grids: Mapping[str, Grid], learned: LearnedBy
) -> list[TestBlock]:
    """The blocks with their distances to training ground."""
    ground = TrainingGround(learned.grounds) if learned.complete else None
    measured: list[TestBlock] = []
    for scene in dict.fromkeys(block.scene for block in blocks):
        own = [block for block in blocks if block.scene == scene]
        places = [block.rectangles for block in own]
        distances = None if ground is None else ground.measure(grids[scene], places)
        measured += _join(own, distances)
    return measured


def _join(blocks: Sequence[TalliedBlock], distances: Distances | None) -> list[TestBlock]:
    """The blocks of a scene with what is known of their distances."""
    metres = [None] * len(blocks) if distances is None else map(_rounded, distances.metres)
    return [
        TestBlock(
            scene=block.scene,
            row=block.window.row,
            column=block.window.column,
            seen=block.seen.describe(),
            training_m=distance,
            training_in_scene=None if distances is None else distances.in_scene,
            confusion=block.confusion.counts.tolist(),
        )
        for block, distance in zip(blocks, metres, strict=True)
    ]


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else float(f"{metres:.{DIGITS}g}")
