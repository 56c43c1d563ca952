"""Figures of objects made from counts by block, for tests of what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rs_seg.algorithms.objects.figures import describe_shapes
from rs_seg.algorithms.objects.resampling import draw_blocks
from rs_seg.algorithms.objects.tallies import join_scenes, match_scene
from rs_seg.testing import TOY_CLASSES
from rs_seg.values import ClassNames
from rs_seg.values.matches import MatchedBlock, ObjectMatches, RoleMatches
from tests.algorithms.objects.test_tallies import objects_of

NAMES = ClassNames(tuple(TOY_CLASSES)[:1])


def make_role(counts: Sequence[tuple[int, int, int]], **changes: Any) -> RoleMatches:
    """A role of one class with so many matched, missed and false objects in each block."""
    truth, found, blocks, of_truth = [], [], [], []
    for number, (matched, missed, false) in enumerate(counts):
        for place in range(matched + missed):
            truth.append([place * 50, number * 100, place * 50 + 10, number * 100 + 10])
            of_truth.append(number)
        found += truth[len(truth) - matched - missed : len(truth) - missed]
        found += [[k * 50, number * 100 + 50, k * 50 + 9, number * 100 + 60] for k in range(false)]
        blocks += [number] * (matched + false)
    scene = objects_of(
        np.array(truth, dtype=float).reshape(-1, 4),
        np.array(found, dtype=float).reshape(-1, 4),
        np.full(len(found), 0.9),
        blocks=np.array(blocks, dtype=np.int64),
        reference_blocks=np.array(of_truth, dtype=np.int64),
    )
    tally = join_scenes([match_scene(scene, 0.5)], block_count=len(counts))
    times = draw_blocks(len(counts), seed=0)
    given = {
        "boxes": describe_shapes([tally], NAMES, least_score=0.5, times=times),
        "masks": None,
        "seen_objects": 0,
        "blocks": tuple(
            MatchedBlock(
                scene="town",
                row=100 * number,
                column=0,
                matched=(matched,),
                missed=(missed,),
                false=(false,),
            )
            for number, (matched, missed, false) in enumerate(counts)
        ),
        "errors": (),
    }
    return RoleMatches(**(given | changes))


def make_matches(
    detector: str,
    validation: Sequence[tuple[int, int, int]],
    test: Sequence[tuple[int, int, int]],
    **changes: Any,
) -> ObjectMatches:
    """Figures of objects with these counts by block."""
    given = {
        "detector": detector,
        "suppression": "nms",
        "kind": "detections",
        "iou": 0.5,
        "size_limits": (1024, 9216),
        "score": 0.5,
        "chosen_by": "",
        "ground": "disjoint",
        "resamples": 1000,
        "validation": make_role(validation),
        "test": make_role(test),
        "test_sets": {},
    }
    return ObjectMatches(**(given | changes))
