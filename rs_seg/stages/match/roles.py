"""The part of match that matches the objects of one role in all scenes, and describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.figures import count_blocks, describe_shapes
from rs_seg.algorithms.objects.resampling import draw_blocks
from rs_seg.algorithms.objects.tallies import ClassTally, SceneMatches, join_scenes, match_scene
from rs_seg.ground.object_ground import RoleGround
from rs_seg.ground.object_sides import Sides, Sorted, sort_sides
from rs_seg.values import ClassNames
from rs_seg.values.confusion import Counted
from rs_seg.values.matches import MatchedBlock, ObjectError, RoleMatches

WORST = 6
"""Errors of each kind and class that are listed."""


@dataclass(frozen=True)
class RoleTally:
    """Objects of one role by class: the scenes one by one (boxes), and all together.

    `blocks` are scene, first row and first column of all blocks; `masks` are None where detections
    have boxes alone.
    """

    class_names: ClassNames
    scenes: tuple[str, ...]
    by_scene: tuple[tuple[SceneMatches, ...], ...]
    boxes: tuple[ClassTally, ...]
    masks: tuple[ClassTally, ...] | None
    blocks: tuple[tuple[str, int, int], ...]
    seen: int

    def of_classes(self, counted: Counted) -> tuple[ClassTally, ...]:
        """Boxes of the classes with these indices; None: of all."""
        return self.boxes if counted is None else tuple(self.boxes[place] for place in counted)

    def describe(self, *, least_score: float, seed: int, counted: Counted) -> RoleMatches:
        """The figures of the role; means are over the classes with the indices `counted`."""
        times = draw_blocks(len(self.blocks), seed=seed)
        boxes, masks = (
            None
            if tallies is None
            else describe_shapes(
                tallies, self.class_names, least_score=least_score, times=times, counted=counted
            )
            for tallies in (self.boxes, self.masks)
        )
        assert boxes is not None, "every detection has a box"
        return RoleMatches(
            boxes=boxes,
            masks=masks,
            seen_objects=self.seen,
            blocks=self._describe_blocks(least_score),
            errors=tuple(self._list_errors(least_score)),
        )

    def _describe_blocks(self, least_score: float) -> tuple[MatchedBlock, ...]:
        counts = [count_blocks(tally, least_score) for tally in self.boxes]
        return tuple(
            MatchedBlock(
                scene=scene,
                row=row,
                column=column,
                matched=tuple(int(own.matched[number]) for own in counts),
                missed=tuple(int(own.missed[number]) for own in counts),
                false=tuple(int(own.false[number]) for own in counts),
            )
            for number, (scene, row, column) in enumerate(self.blocks)
        )

    def _list_errors(self, least_score: float) -> Iterator[ObjectError]:
        for named, scenes in zip(self.class_names, self.by_scene, strict=True):
            errors = [
                error
                for scene, own in zip(self.scenes, scenes, strict=True)
                for error in _errors_of(own, scene, named.code, named.name, least_score)
            ]
            false = [error for error in errors if error.error == "false"]
            missed = [error for error in errors if error.error == "missed"]
            yield from sorted(false, key=lambda error: -(error.score or 0.0))[:WORST]
            yield from sorted(missed, key=lambda error: -error.area)[:WORST]


def tally_role(
    sides: Mapping[str, Sides],
    grounds: Mapping[str, RoleGround],
    class_names: ClassNames,
    *,
    iou: float,
    masks: bool,
) -> RoleTally:
    """The objects of all scenes on the ground of one role; both go by scene."""
    parts: list[Sorted] = []
    blocks: list[tuple[str, int, int]] = []
    for scene, ground in grounds.items():
        parts.append(sort_sides(sides[scene], ground, first_block=len(blocks)))
        blocks += [(scene, block.row, block.column) for block in ground.blocks]
    by_scene = _match_classes(parts, class_names, iou=iou, masks=False)
    outlines = _match_classes(parts, class_names, iou=iou, masks=True) if masks else None
    return RoleTally(
        class_names,
        tuple(grounds),
        by_scene,
        tuple(join_scenes(own, block_count=len(blocks)) for own in by_scene),
        None
        if outlines is None
        else tuple(join_scenes(own, block_count=len(blocks)) for own in outlines),
        tuple(blocks),
        sum(part.seen for part in parts),
    )


def _match_classes(
    parts: Sequence[Sorted], class_names: ClassNames, *, iou: float, masks: bool
) -> tuple[tuple[SceneMatches, ...], ...]:
    """Matches by class and scene."""
    return tuple(
        tuple(match_scene(part.of_class(code, masks=masks), iou) for part in parts)
        for code in class_names.codes
    )


def _errors_of(
    matches: SceneMatches, scene: str, code: int, name: str, least_score: float
) -> Iterator[ObjectError]:
    """The worst errors of a class in a scene, of each kind as many as are listed."""
    false, missed = matches.false(least_score)[:WORST], matches.missed(least_score)
    references = matches.objects.references.shapes
    largest = missed[np.argsort(-shapely.area(references[missed]), kind="stable")[:WORST]]
    scores = matches.objects.scores
    for place in false:
        box = _box_of(matches.objects.shapes[place])
        yield ObjectError(
            code=code,
            name=name,
            error="false",
            scene=scene,
            box=box,
            score=float(scores[place]),
            area=_area(box),
        )
    for place in largest:
        box = _box_of(references[place])
        yield ObjectError(
            code=code, name=name, error="missed", scene=scene, box=box, score=None, area=_area(box)
        )


Box = tuple[float, float, float, float]


def _box_of(shape: NDArray[np.object_]) -> Box:
    left, top, right, bottom = (round(float(side), 3) for side in shapely.bounds(shape))
    return left, top, right, bottom


def _area(box: Box) -> float:
    left, top, right, bottom = box
    return round((right - left) * (bottom - top), 3)
