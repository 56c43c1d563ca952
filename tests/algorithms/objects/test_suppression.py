"""Suppression of a whole scene: the same set as one pass over all candidates."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from shapely.affinity import translate
from torchvision.ops import batched_nms, nms

from rs_seg.algorithms.objects.suppression import soften, suppress
from rs_seg.values.candidates import Candidates


def scattered(count: int, *, side: float, seed: int = 0, class_count: int = 3) -> Candidates:
    """Boxes of 5 to 40 pixels anywhere in a square, many on top of each other."""
    generator = np.random.default_rng(seed)
    corners = generator.uniform(0, side, (count, 2))
    sizes = generator.uniform(5, 40, (count, 2))
    return Candidates(
        np.hstack([corners, corners + sizes]),
        generator.permutation(count) / count,
        generator.integers(0, class_count, count),
    )


def tensors(candidates: Candidates) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return (
        torch.from_numpy(candidates.boxes),
        torch.from_numpy(candidates.scores),
        torch.from_numpy(candidates.codes),
    )


@pytest.mark.parametrize("limit", [0.1, 0.5, 0.7])
def test_ten_thousand_boxes_leave_what_torchvision_leaves(limit):
    candidates = scattered(10_000, side=600)
    boxes, scores, codes = tensors(candidates)
    kept = suppress(candidates, limit=limit)
    assert kept.tolist() == batched_nms(boxes, scores, codes, limit).tolist()
    assert 500 < len(kept) < 9_900
    kept = suppress(candidates, limit=limit, across=True)
    assert kept.tolist() == nms(boxes, scores, limit).tolist()


def test_a_box_inside_a_larger_one_goes_by_the_smaller_area_only():
    boxes = np.array([[0.0, 0, 20, 20], [5, 5, 10, 10]])
    candidates = Candidates(boxes, np.array([0.9, 0.8]), np.zeros(2, np.int64))
    assert suppress(candidates, limit=0.5).tolist() == [0, 1]
    assert suppress(candidates, limit=0.5, overlap="smaller").tolist() == [0]


def test_what_suppresses_must_stay_itself():
    """Of three in a row the middle one goes, and what it alone overlaps stays."""
    boxes = np.array([[0.0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]])
    candidates = Candidates(boxes, np.array([0.9, 0.8, 0.7]), np.zeros(3, np.int64))
    assert suppress(candidates, limit=0.4).tolist() == [0, 2]


def test_the_set_does_not_depend_on_the_order_of_the_candidates():
    candidates = scattered(2_000, side=200)
    tied = Candidates(candidates.boxes, np.round(candidates.scores, 1), candidates.codes)
    order = np.random.default_rng(1).permutation(len(tied))
    turned = Candidates(tied.boxes[order], tied.scores[order], tied.codes[order])
    assert tied.boxes[suppress(tied)].tolist() == turned.boxes[suppress(turned)].tolist()
    (one, scores), (other, others) = soften(tied), soften(turned)
    assert tied.boxes[one].tolist() == turned.boxes[other].tolist()
    np.testing.assert_allclose(scores, others)


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_candidate_are_left_alone(count):
    candidates = scattered(count, side=10)
    assert suppress(candidates).tolist() == list(range(count))
    shapes = np.asarray(shapely.box(*candidates.boxes.T))
    shaped = Candidates(candidates.boxes, candidates.scores, candidates.codes, shapes)
    assert suppress(shaped).tolist() == list(range(count))
    indices, scores = soften(candidates, least=0.0)
    assert indices.tolist() == list(range(count))
    assert scores.tolist() == candidates.scores.tolist()


def with_shapes(shapes: list[shapely.Polygon], scores: list[float]) -> Candidates:
    shapes = np.array(shapes, object)
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    return Candidates(boxes, np.array(scores), np.zeros(len(shapes), np.int64), shapes)


def test_shapes_are_compared_instead_of_their_boxes():
    """Two diagonal houses side by side: their boxes share most, their walls nothing."""
    house = shapely.Polygon([(0, 0), (2, 0), (20, 18), (20, 20), (18, 20), (0, 2)])
    neighbour = translate(house, 4, 0)
    shifted = translate(house, 0.2, 0)
    candidates = with_shapes([house, neighbour, shifted], [0.9, 0.8, 0.7])
    assert suppress(candidates).tolist() == [0, 1]
    boxes_only = Candidates(candidates.boxes, candidates.scores, candidates.codes)
    assert suppress(boxes_only).tolist() == [0]
    indices, scores = soften(candidates)
    assert indices.tolist()[:2] == [0, 1]
    assert scores.tolist()[:2] == [0.9, 0.8]


def test_a_shape_inside_a_larger_one_goes_by_the_smaller_area_only():
    yard = shapely.box(0, 0, 20, 20).difference(shapely.box(12, 12, 20, 20))
    candidates = with_shapes([yard, shapely.box(5, 5, 10, 10)], [0.9, 0.8])
    assert suppress(candidates).tolist() == [0, 1]
    assert suppress(candidates, overlap="smaller").tolist() == [0]


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("overlap", ["iou", "smaller"])
def test_boxes_as_shapes_leave_what_boxes_leave(overlap, across):
    candidates = scattered(2_000, side=250)
    shapes = np.asarray(shapely.box(*candidates.boxes.T))
    shaped = Candidates(candidates.boxes, candidates.scores, candidates.codes, shapes)
    stays = suppress(candidates, overlap=overlap, across=across)
    assert suppress(shaped, overlap=overlap, across=across).tolist() == stays.tolist()
    assert 100 < len(stays) < 1_900


def soften_one_by_one(candidates: Candidates, *, sigma: float, least: float) -> dict[int, float]:
    """The loop of the paper: take the best, lower what overlaps it, begin again."""
    scores, left, final = candidates.scores.copy(), set(range(len(candidates))), {}
    while left:
        best = max(left, key=lambda index: scores[index])
        left.remove(best)
        if scores[best] < least:
            break
        final[best] = scores[best]
        for other in left:
            if candidates.codes[other] == candidates.codes[best]:
                scores[other] *= np.exp(-(iou(*candidates.boxes[[best, other]]) ** 2) / sigma)
    return final


def iou(one: np.ndarray, other: np.ndarray) -> float:
    shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None)
    areas = [np.prod(box[2:] - box[:2]) for box in (one, other)]
    return float(np.prod(shared) / (sum(areas) - np.prod(shared)))


def test_soft_suppression_is_the_loop_of_the_paper():
    candidates = scattered(300, side=80)
    wanted = soften_one_by_one(candidates, sigma=0.5, least=0.05)
    indices, scores = soften(candidates, sigma=0.5, least=0.05)
    assert set(indices.tolist()) == set(wanted)
    assert len(indices) < 290
    np.testing.assert_allclose(scores, [wanted[index] for index in indices.tolist()])
    assert (np.diff(scores) <= 0).all()
