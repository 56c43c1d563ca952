"""The part of evaluate that tells test figures by scene and by distance to training ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rs_seg.algorithms.reporting.strata import describe_distances, describe_scenes
from rs_seg.algorithms.splitting.distances import Distances, TrainingGround
from rs_seg.ground.seen import LearnedBy
from rs_seg.ground.tallies import Tally
from rs_seg.values import ClassNames

if TYPE_CHECKING:
    from rs_seg.values.grid import Grid

DIGITS = 3
"""Of distances, which are between edges of blocks and no better known than to a pixel."""
Block = dict[str, Any]


def describe_tested(
    tally: Tally, class_names: ClassNames, *, grids: Mapping[str, Grid], learned: LearnedBy
) -> dict[str, Any]:
    """The blocks of a test set with their distances, and its figures by scene and by distance.

    `grids` are those of the scenes. Distances are None where a model does not say where it was
    trained, or nothing was.
    """
    measured = _measure(tally, grids, learned)
    return {
        "by_scene": describe_scenes(measured, class_names.names),
        "by_distance": describe_distances(measured, class_names.names),
        "blocks": measured,
    }


def _measure(tally: Tally, grids: Mapping[str, Grid], learned: LearnedBy) -> list[Block]:
    ground = TrainingGround(learned.grounds) if learned.complete else None
    pairs = list(zip(tally.blocks, tally.rectangles, strict=True))
    measured: list[Block] = []
    for scene in dict.fromkeys(block["scene"] for block in tally.blocks):
        own = [(block, parts) for block, parts in pairs if block["scene"] == scene]
        places = [parts for _, parts in own]
        distances = None if ground is None else ground.measure(grids[scene], places)
        measured += _join([block for block, _ in own], distances)
    return measured


def _join(blocks: Sequence[Block], distances: Distances | None) -> list[Block]:
    """The blocks with what is known of their distances, before their confusions."""
    metres = [None] * len(blocks) if distances is None else map(_rounded, distances.metres)
    in_scene = None if distances is None else distances.in_scene
    return [
        {
            **{key: value for key, value in block.items() if key != "confusion"},
            "training_m": own,
            "training_in_scene": in_scene,
            "confusion": block["confusion"],
        }
        for block, own in zip(blocks, metres, strict=True)
    ]


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else float(f"{metres:.{DIGITS}g}")
