"""Detections and objects of one class on the ground of one role, matched and summed over scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from rs_seg.algorithms.objects.matching import (
    NOBODY,
    Ids,
    References,
    Takes,
    judge_takes,
    take_references,
)
from rs_seg.algorithms.objects.precision import COCO_THRESHOLDS, Matches, join

Floats = NDArray[np.float64]
SIZE_LIMITS = (32.0**2, 96.0**2)
"""Areas in square pixels that part small, medium and large objects, as COCO does."""
ELSEWHERE = -1
"""Block of objects that are on other ground."""


@dataclass(frozen=True)
class SceneObjects:
    """Both sides of one class in one scene, for one role.

    Detections: polygons `shapes` (N,), `scores` (N,) and the numbers of the `blocks` (N,) that they
    lie in. References: as `References`, those of other ground ignored, and the numbers of their
    blocks `reference_blocks` (M,), ELSEWHERE on other ground.
    """

    shapes: NDArray[Any]
    scores: Floats
    blocks: Ids
    references: References
    reference_blocks: Ids


@dataclass(frozen=True)
class SceneMatches:
    """What the detections of a `SceneObjects` take at `iou`, and the same by COCO's thresholds.

    `takes` has the thresholds of COCO and then `iou`, and so has `matches`; `sizes` are the matches
    of small, medium and large objects.
    """

    objects: SceneObjects
    takes: Takes
    matches: Matches
    sizes: tuple[Matches, ...]

    def false(self, least_score: float) -> Ids:
        """Places of detections from the score on that count and are no object, best first."""
        wrong = self.matches.counted[-1] & ~self.matches.right[-1]
        places: Ids = self.takes.order[wrong & (self.matches.scores >= least_score)]
        return places

    def missed(self, least_score: float) -> Ids:
        """Places of references that count and that no detection from the score on takes."""
        taken = self.takes.taken[-1][self.matches.scores >= least_score]
        free = ~self.objects.references.ignored
        free[taken[taken != NOBODY]] = False
        return np.flatnonzero(free)


@dataclass(frozen=True)
class ClassTally:
    """Detections of one class of all scenes, best first, and the objects that count.

    `matches` are at COCO's thresholds, `chosen` at that of the configuration alone, `sizes` those
    of small, medium and large objects; `shares` (N,) is the intersection over union with the object
    that a detection takes at the threshold of the configuration. `blocks` (N,) are those of the
    object that a detection takes, else its own. `objects` (B,) counts objects by block.
    """

    matches: Matches
    chosen: Matches
    sizes: tuple[Matches, ...]
    shares: Floats
    blocks: Ids
    objects: Ids
    ignored_objects: int


def match_scene(objects: SceneObjects, iou: float) -> SceneMatches:
    """The detections of a class in a scene, each with what it takes."""
    thresholds = (*COCO_THRESHOLDS, iou)
    references = objects.references
    takes = take_references(objects.shapes, objects.scores, references, thresholds=thresholds)
    return SceneMatches(
        objects,
        takes,
        judge_takes(takes, objects.scores, references),
        tuple(_match_size(objects, low, high) for low, high in _size_ranges()),
    )


def _size_ranges() -> tuple[tuple[float, float], ...]:
    small, large = SIZE_LIMITS
    return ((0.0, small), (small, large), (large, np.inf))


def _match_size(objects: SceneObjects, low: float, high: float) -> Matches:
    """The matches of objects of some sizes; those of other sizes are ignored on both sides."""
    references = objects.references
    asked, own = (
        _is_between(shapely.area(shapes), low, high)
        for shapes in (references.shapes, objects.shapes)
    )
    of_size = replace(references, ignored=references.ignored | ~asked)
    takes = take_references(objects.shapes, objects.scores, of_size, thresholds=COCO_THRESHOLDS)
    return judge_takes(takes, objects.scores, of_size, outside=~own)


def _is_between(areas: Floats, low: float, high: float) -> NDArray[np.bool_]:
    # both ends belong to a range, as in COCO's program
    return (areas >= low) & (areas <= high)


def join_scenes(scenes: Sequence[SceneMatches], *, block_count: int) -> ClassTally:
    """The scenes together; `block_count` is how many blocks there are in all of them."""
    joined = join([scene.matches for scene in scenes])
    scores = np.concatenate([scene.matches.scores for scene in scenes])
    order = np.argsort(-scores, kind="stable")  # that of `join`
    counting = [_counting_blocks(scene.objects) for scene in scenes]
    return ClassTally(
        matches=_at(joined, slice(None, -1)),
        chosen=_at(joined, slice(-1, None)),
        sizes=tuple(join(parts) for parts in zip(*(scene.sizes for scene in scenes), strict=True)),
        shares=np.concatenate([scene.takes.shares[-1] for scene in scenes])[order],
        blocks=np.concatenate([_blocks_of_detections(scene) for scene in scenes])[order],
        objects=np.bincount(np.concatenate(counting), minlength=block_count),
        ignored_objects=sum(
            int((own.references.ignored & (own.reference_blocks != ELSEWHERE)).sum())
            for own in (scene.objects for scene in scenes)
        ),
    )


def _at(matches: Matches, thresholds: slice) -> Matches:
    return replace(matches, right=matches.right[thresholds], counted=matches.counted[thresholds])


def _counting_blocks(objects: SceneObjects) -> Ids:
    """Blocks of the objects that count."""
    return objects.reference_blocks[~objects.references.ignored]


def _blocks_of_detections(scene: SceneMatches) -> Ids:
    """Blocks of the objects that detections take, else their own (N,), best first.

    A detection that is right goes with its object when blocks are drawn, so that no more objects
    are found than there are.
    """
    own = scene.objects.blocks[scene.takes.order]
    of_taken = np.append(scene.objects.reference_blocks, ELSEWHERE)[scene.takes.taken[-1]]
    return np.where(scene.matches.right[-1], of_taken, own)
