"""Average precision: the textbook's numbers, and those of COCO's program on random sets."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
import shapely
from faster_coco_eval import COCO, COCOeval_faster

from rs_seg.algorithms.objects.matching import References, match
from rs_seg.algorithms.objects.precision import (
    COCO_THRESHOLDS,
    Matches,
    average_precision,
    coco_precision,
    draw_curve,
    join,
    sum_precision,
)

LARGEST = 1e10
"""The largest area that is asked for, in square pixels."""


def six_detections() -> Matches:
    """The textbook's: correct T T F T F F by falling score, of three objects."""
    right = np.array([[True, True, False, True, False, False]])
    return Matches(np.linspace(0.9, 0.4, 6), right, np.ones_like(right), objects=3)


def test_the_six_detections_of_the_textbook():
    curve = draw_curve(six_detections(), 0)
    np.testing.assert_allclose(curve.precision, [1, 1, 2 / 3, 3 / 4, 3 / 5, 1 / 2])
    np.testing.assert_allclose(curve.recall, [1 / 3, 2 / 3, 2 / 3, 1, 1, 1])
    assert sum_precision(curve) == pytest.approx(0.9167, abs=5e-5)
    assert average_precision(curve) == pytest.approx(0.9158, abs=5e-5)
    assert curve.best_score() == pytest.approx(0.6)


def test_without_references_nothing_is_defined_and_without_detections_it_is_zero():
    empty, nothing = np.empty((1, 0), dtype=bool), np.empty(0)
    assert average_precision(draw_curve(Matches(nothing, empty, empty, objects=2), 0)) == 0
    assert sum_precision(draw_curve(Matches(nothing, empty, empty, objects=2), 0)) == 0
    wrong = Matches(np.array([0.5]), np.array([[False]]), np.array([[True]]), objects=0)
    assert np.isnan(average_precision(draw_curve(wrong, 0)))
    assert np.isnan(sum_precision(draw_curve(wrong, 0)))
    assert draw_curve(wrong, 0).best_score() is None


def random_sets(seed: int, *, objects: int = 120, ignored: float = 0.15) -> tuple[dict, dict]:
    """Boxes of a reference, some of them ignored, and detections: moved, doubled, or made up."""
    generator = np.random.default_rng(seed)
    corners, sizes = (
        generator.uniform(0, 400, (objects, 2)),
        generator.uniform(20, 60, (objects, 2)),
    )
    truth = np.hstack([corners, corners + sizes])
    moved = np.repeat(truth, 2, axis=0) + generator.normal(0, 2.5, (2 * objects, 4))
    moved = moved[generator.random(len(moved)) < 0.7]
    made_up = generator.uniform(0, 400, (60, 2))
    made_up = np.hstack([made_up, made_up + generator.uniform(8, 40, (60, 2))])
    found = np.vstack([moved, made_up])
    scores = generator.permutation(len(found)) / len(found)
    skipped = generator.random(objects) < ignored
    groups = skipped & (generator.random(objects) < 0.5)
    return (
        {"boxes": truth, "ignored": skipped, "groups": groups},
        {"boxes": found, "scores": scores},
    )


def evaluate_as_coco(truth: dict, found: dict) -> np.ndarray:
    """AP, AP50 and AP75 of COCO's program, without a cap on detections."""

    def box(corners: np.ndarray) -> list[float]:
        return [*corners[:2], *(corners[2:] - corners[:2])]

    references = [
        {
            "id": index + 1,
            "image_id": 1,
            "category_id": 1,
            "bbox": box(corners),
            # the program ignores groups, and objects of a size that is not asked for
            "area": 2 * LARGEST if ignored and not group else 1.0,
            "iscrowd": int(group),
        }
        for index, (corners, ignored, group) in enumerate(
            zip(truth["boxes"], truth["ignored"], truth["groups"], strict=True)
        )
    ]
    detections = [
        {"image_id": 1, "category_id": 1, "bbox": box(corners), "score": float(score)}
        for corners, score in zip(found["boxes"], found["scores"], strict=True)
    ]
    image = {"id": 1, "height": 500, "width": 500}
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO(
            {"images": [image], "annotations": references, "categories": [{"id": 1, "name": "x"}]}
        )
        evaluation = COCOeval_faster(reference, reference.loadRes(detections), "bbox")
        evaluation.params.maxDets = [1, 10, 10_000]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0, LARGEST]], ["all"]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, 0, 0, -1]
    return np.array([precision.mean(), precision[0].mean(), precision[5].mean()])


def matches_of(truth: dict, found: dict) -> Matches:
    references = References(shapely.box(*truth["boxes"].T), truth["ignored"], truth["groups"])
    shapes = shapely.box(*found["boxes"].T)
    return match(shapes, found["scores"], references, thresholds=COCO_THRESHOLDS)


@pytest.mark.parametrize("seed", range(6))
def test_random_sets_have_the_figures_of_the_program_of_coco(seed):
    truth, found = random_sets(seed)
    matches = matches_of(truth, found)
    ours = [coco_precision(matches)]
    ours += [average_precision(draw_curve(matches, index)) for index in (0, 5)]
    assert 0.05 < ours[0] < 0.95
    np.testing.assert_allclose(ours, evaluate_as_coco(truth, found), atol=1e-6)


def test_scenes_are_joined_by_score_not_by_place():
    sets = [random_sets(seed, ignored=0.0) for seed in (1, 2)]
    joined = join([matches_of(*one) for one in sets])
    assert joined.objects == 240
    assert (np.diff(joined.scores) <= 0).all()
    # far apart in one scene they are the same detections
    truth, found = (
        {key: np.concatenate([sets[0][side][key], sets[1][side][key]]) for key in sets[0][side]}
        for side in (0, 1)
    )
    truth["boxes"][120:] += 1000
    found["boxes"][len(sets[0][1]["boxes"]) :] += 1000
    together = matches_of(truth, found)
    np.testing.assert_allclose(coco_precision(joined), coco_precision(together), atol=1e-3)


def test_a_detection_on_what_is_ignored_is_no_mistake_and_many_may_lie_on_a_group():
    references = References(
        shapely.box([0, 20, 40], 0, [10, 30, 80], 10),
        np.array([False, True, True]),
        np.array([False, False, True]),
    )
    shapes = shapely.box([0, 20, 20, 45, 55, 90], 0, [10, 30, 30, 50, 60, 95], 10)
    scores = np.linspace(0.9, 0.4, 6)
    matches = match(shapes, scores, references, thresholds=(0.5,))
    assert matches.objects == 1
    assert matches.right[0].tolist() == [True, False, False, False, False, False]
    # the second on the ignored object is one too many, the last lies on nothing
    assert matches.counted[0].tolist() == [True, False, True, False, False, True]


def test_detections_of_another_size_count_only_where_they_take_an_object():
    references = References(shapely.box([0], 0, [10], 10), np.zeros(1, bool), np.zeros(1, bool))
    shapes = shapely.box([0, 50], 0, [10, 60], 10)
    outside = np.array([True, True])
    matches = match(shapes, np.array([0.9, 0.8]), references, thresholds=(0.5,), outside=outside)
    assert matches.counted[0].tolist() == [True, False]
    assert matches.right[0].tolist() == [True, False]
