"""Tallies of a class: sizes as in COCO's program, blocks, what is false and what is missed."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
import shapely
from faster_coco_eval import COCO, COCOeval_faster

from rs_seg.algorithms.objects.figures import count_blocks
from rs_seg.algorithms.objects.matching import References
from rs_seg.algorithms.objects.precision import coco_precision
from rs_seg.algorithms.objects.tallies import ELSEWHERE, SceneObjects, join_scenes, match_scene


def objects_of(truth, found, scores, *, blocks=None, reference_blocks=None) -> SceneObjects:
    nobody = np.zeros(len(truth), dtype=bool)
    return SceneObjects(
        np.asarray(shapely.box(*np.reshape(found, (-1, 4)).T.astype(float)), dtype=object),
        np.asarray(scores, dtype=float),
        np.zeros(len(found), np.int64) if blocks is None else np.asarray(blocks),
        References(
            np.asarray(shapely.box(*np.reshape(truth, (-1, 4)).T.astype(float)), dtype=object),
            nobody,
            nobody,
        ),
        np.zeros(len(truth), np.int64) if reference_blocks is None else reference_blocks,
    )


def coco_by_size(truth: np.ndarray, found: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """AP of small, medium and large boxes by COCO's program, which has its own limits."""

    def box(corners):
        return [*corners[:2], *(corners[2:] - corners[:2])]

    references = [
        {
            "id": number + 1,
            "image_id": 1,
            "category_id": 1,
            "bbox": box(corners),
            "area": float(np.prod(corners[2:] - corners[:2])),
            "iscrowd": 0,
        }
        for number, corners in enumerate(truth)
    ]
    detections = [
        {"image_id": 1, "category_id": 1, "bbox": box(corners), "score": float(score)}
        for corners, score in zip(found, scores, strict=True)
    ]
    content = {
        "images": [{"id": 1, "height": 2000, "width": 2000}],
        "annotations": references,
        "categories": [{"id": 1, "name": "x"}],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO(content)
        evaluation = COCOeval_faster(reference, reference.loadRes(detections), "bbox")
        evaluation.params.maxDets = [1, 10, 10_000]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, 0, 1:, -1].mean(axis=(0, 1))


@pytest.mark.parametrize("seed", range(4))
def test_average_precision_by_size_is_that_of_the_program_of_coco(seed):
    generator = np.random.default_rng(seed)
    corners = generator.uniform(0, 1800, (150, 2))
    truth = np.hstack([corners, corners + generator.uniform(10, 180, (150, 2))])
    moved = truth + generator.normal(0, 3, truth.shape)
    corners = generator.uniform(0, 1800, (60, 2))
    found = np.vstack([moved, np.hstack([corners, corners + generator.uniform(10, 180, (60, 2))])])
    scores = generator.permutation(len(found)) / len(found)
    tally = join_scenes([match_scene(objects_of(truth, found, scores), 0.5)], block_count=1)
    ours = [coco_precision(matches) for matches in tally.sizes]
    assert 0.05 < min(ours) < max(ours) < 0.95
    np.testing.assert_allclose(ours, coco_by_size(truth, found, scores), atol=1e-6)


def test_a_detection_that_is_right_goes_with_the_block_of_its_object():
    scene = objects_of(
        [[0, 0, 10, 10], [40, 0, 50, 10]],
        [[1, 0, 11, 10], [80, 0, 90, 10], [200, 0, 210, 10]],
        [0.9, 0.8, 0.1],
        blocks=[1, 1, 1],
        reference_blocks=np.array([0, 0]),
    )
    tally = join_scenes([match_scene(scene, 0.5)], block_count=2)
    counts = count_blocks(tally, 0.5)
    assert counts.matched.tolist() == [1, 0]
    assert counts.missed.tolist() == [1, 0]
    assert counts.false.tolist() == [0, 1]


def test_false_and_missed_follow_the_score():
    scene = match_scene(
        objects_of(
            [[0, 0, 10, 10], [40, 0, 50, 10]],
            [[0, 0, 10, 10], [40, 0, 50, 10], [80, 0, 90, 10], [90, 0, 99, 10]],
            [0.9, 0.3, 0.8, 0.2],
        ),
        0.5,
    )
    assert scene.false(0.5).tolist() == [2]
    assert scene.missed(0.5).tolist() == [1]
    assert scene.false(0.1).tolist() == [2, 3]
    assert scene.missed(0.1).tolist() == []


def test_objects_elsewhere_are_no_objects_of_this_ground():
    scene = objects_of([[0, 0, 10, 10]], np.empty((0, 4)), [])
    ignored = np.array([True])
    there = SceneObjects(
        scene.shapes,
        scene.scores,
        scene.blocks,
        References(scene.references.shapes, ignored, ~ignored),
        np.array([ELSEWHERE]),
    )
    tally = join_scenes([match_scene(there, 0.5)], block_count=1)
    assert tally.ignored_objects == 0
    assert tally.objects.tolist() == [0]
