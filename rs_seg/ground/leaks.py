"""What leaks between the roles of a split: as measured between scenes, and as is known of a set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from rs_seg.algorithms.splitting.blocks import LEARNT
from rs_seg.algorithms.splitting.neighbours import NearGround, find_near_ground
from rs_seg.values.grid import Grid, has_place
from rs_seg.values.split import Split
from rs_seg.values.window import Window

UNPLACED = (
    "Scenes of different roles have no place, so it is not known whether some show the same "
    "ground, as frames of a film or overlapping patches do: give such ones one role."
)


def describe_leaks(split: Split, known: str | None) -> tuple[str, ...]:
    """A sentence for each way in which tested ground is not apart from what is learnt from.

    `known` is what the configuration says of the split. Measured is the ground of different scenes;
    within a scene areas are a buffer apart. A split that does not say where scenes lie, and a split
    at random, which leaks on purpose, are not measured.
    """
    told = () if known is None else (f"Known of this split: {known}",)
    if split.grids is None or split.random:
        return told
    grids = {scene: own.grid for scene, own in split.grids.items()}
    buffers = {scene: split.buffers.get(scene, split.buffer) for scene in split.areas}
    near = find_near_ground(grids, split.areas, buffers)
    same = [pair for pair in near if pair.overlap]
    touching = [pair for pair in near if not pair.overlap]
    return (
        *told,
        *_describe(same, "lie on the same ground"),
        *_describe(touching, "are closer together than the buffer"),
        *_describe_unplaced(split.areas, grids),
    )


def _describe_unplaced(
    areas: Mapping[str, Mapping[str, Sequence[Window]]], grids: Mapping[str, Grid]
) -> tuple[str, ...]:
    """What cannot be measured: scenes without a place, learnt from and used otherwise."""
    scenes: dict[str, set[str]] = {}
    for scene, own in areas.items():
        if scene in grids and not has_place(grids[scene]):
            for role in (role for role, windows in own.items() if windows):
                scenes.setdefault(role, set()).add(scene)
    apart = any(
        len(scenes[first] | scenes[second]) > 1 and {first, second} & {*LEARNT}
        for first, second in combinations(scenes, 2)
    )
    return (UNPLACED,) if apart else ()


def _describe(pairs: Sequence[NearGround], what: str) -> tuple[str, ...]:
    if not pairs:
        return ()
    nearest = min(pairs, key=lambda pair: pair.metres)
    count = "1 pair of scenes" if len(pairs) == 1 else f"{len(pairs)} pairs of scenes"
    example = f"{nearest.first} ({nearest.first_role}) and {nearest.second} ({nearest.second_role})"
    apart = "" if nearest.overlap else f", {_metres(nearest.metres)}"
    such = "" if len(pairs) == 1 else "such as "
    return (
        (
            f"Areas of different roles in {count} {what}: {such}{example}{apart}. Neighbouring "
            f"ground is alike, so test figures may be too good."
        ),
    )


def _metres(metres: float) -> str:
    return "which touch" if metres == 0 else f"{metres:.3g} m apart"
