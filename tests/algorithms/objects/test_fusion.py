"""Weighted boxes fusion and OverFeat's merging: by hand, against plain loops, in any order."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.objects.fusion import fuse
from rs_seg.algorithms.objects.merging import merge
from rs_seg.values.candidates import Candidates, join_candidates


def candidates(rows: list[list[float]]) -> Candidates:
    """From rows of left, top, right, bottom, score and class."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    return Candidates(table[:, :4], table[:, 4], table[:, 5].astype(np.int64))


def table_of(found: Candidates) -> np.ndarray:
    return np.column_stack([found.boxes, found.scores, found.codes])


def iou(one: np.ndarray, other: np.ndarray) -> float:
    shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None)
    areas = [np.prod(box[2:] - box[:2]) for box in (one, other)]
    return float(np.prod(shared) / (sum(areas) - np.prod(shared)))


def scattered(count: int, *, side: float, seed: int) -> Candidates:
    """Objects that several detections lie around."""
    generator = np.random.default_rng(seed)
    corners = generator.uniform(0, side, (-(-count // 4), 2))
    boxes = np.hstack([corners, corners + generator.uniform(8, 20, corners.shape)])
    boxes = np.repeat(boxes, 4, axis=0)[:count] + generator.normal(0, 1, (count, 4))
    return Candidates(boxes, generator.uniform(0.05, 1, count), generator.integers(0, 2, count))


def test_two_boxes_of_two_models_by_hand():
    models = [candidates([[0, 0, 10, 10, 0.9, 0]]), candidates([[2, 0, 12, 10, 0.3, 0]])]
    found = fuse(models)
    # weights 3 to 1: edges moved by a quarter of 2 pixels; the score is the mean of both
    np.testing.assert_allclose(table_of(found), [[0.5, 0, 10.5, 10, 0.6, 0]])


def test_what_one_of_two_models_sees_has_half_its_score():
    models = [candidates([[0, 0, 10, 10, 0.9, 0]]), candidates([])]
    np.testing.assert_allclose(table_of(fuse(models)), [[0, 0, 10, 10, 0.45, 0]])


def test_a_model_with_more_weight_says_more():
    models = [candidates([[0, 0, 10, 10, 0.6, 0]]), candidates([[2, 0, 12, 10, 0.6, 0]])]
    found = fuse(models, weights=[3, 1])
    np.testing.assert_allclose(table_of(found), [[0.5, 0, 10.5, 10, 0.6, 0]])
    none = candidates([])
    # one of them alone: its score by its part of all weights
    assert fuse([models[0], none], weights=[3, 1]).scores.tolist() == pytest.approx([0.6 * 3 / 4])
    assert fuse([none, models[1]], weights=[3, 1]).scores.tolist() == pytest.approx([0.6 * 1 / 4])


def test_a_candidate_joins_the_mean_not_the_first_box():
    """The third shares 0.5 with the first alone, and 0.6 with the mean of the first two."""
    models = [
        candidates([[0, 0, 30, 10, 0.9, 0]]),
        candidates([[5, 0, 35, 10, 0.9, 0]]),
        candidates([[10, 0, 40, 10, 0.8, 0]]),
    ]
    assert iou(models[0].boxes[0], models[2].boxes[0]) == 0.5
    assert len(fuse(models, limit=0.55)) == 1


def test_classes_are_fused_apart_unless_across():
    models = [candidates([[0, 0, 10, 10, 0.9, 0]]), candidates([[0, 0, 10, 10, 0.8, 1]])]
    assert fuse(models).codes.tolist() == [0, 1]
    across = fuse(models, across=True)
    assert across.codes.tolist() == [0]
    assert across.scores.tolist() == pytest.approx([0.85])


def fuse_one_by_one(models: list[Candidates], weights: list[float], limit: float) -> np.ndarray:
    """The steps of the paper: each box is compared with every cluster."""
    rows = [
        (score * weight, score, int(code), box)
        for model, weight in zip(models, weights, strict=True)
        for box, score, code in zip(model.boxes, model.scores, model.codes, strict=True)
    ]
    clusters: list[list] = []
    for row in sorted(rows, key=lambda row: -row[0]):
        shares = [
            iou(mean_of(cluster), row[3]) if cluster[0][2] == row[2] else 0.0
            for cluster in clusters
        ]
        if shares and max(shares) > limit:
            clusters[int(np.argmax(shares))].append(row)
        else:
            clusters.append([row])
    fused = []
    for cluster in clusters:
        members = sum(row[0] / row[1] for row in cluster)
        score = sum(row[0] for row in cluster) / members
        score *= min(members, sum(weights)) / sum(weights)
        fused.append([*mean_of(cluster), score, cluster[0][2]])
    return np.array(sorted(fused, key=lambda row: -row[4]))


def mean_of(cluster: list) -> np.ndarray:
    return np.average([row[3] for row in cluster], axis=0, weights=[row[0] for row in cluster])


@pytest.mark.parametrize("limit", [0.3, 0.55, 0.7])
def test_fusion_is_the_loop_of_the_paper(limit):
    models = [scattered(120, side=90, seed=seed) for seed in range(3)]
    found = fuse(models, weights=[1, 2, 0.5], limit=limit)
    wanted = fuse_one_by_one(models, [1, 2, 0.5], limit)
    assert 40 < len(found) < 300
    np.testing.assert_allclose(table_of(found), wanted, rtol=1e-9)


SOME = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.integers(0, 12),
        st.integers(1, 6),
        st.integers(1, 6),
        st.sampled_from([0.0, 0.3, 0.3000001, 0.7, 1.0]),
        st.integers(0, 1),
    ).map(lambda row: [row[0], row[1], row[0] + row[2], row[1] + row[3], row[4], row[5]]),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SOME, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_neither_the_order_of_candidates_nor_of_models_matters(rows, random):
    weights = [random.choice([1.0, 2.0]) for _ in rows]
    turned = [sorted(own, key=lambda _: random.random()) for own in rows]
    order = sorted(range(len(rows)), key=lambda _: random.random())
    one = fuse([candidates(own) for own in rows], weights=weights)
    other = fuse(
        [candidates(turned[index]) for index in order],
        weights=[weights[index] for index in order],
    )
    np.testing.assert_array_equal(table_of(one), table_of(other))
    whole, mixed = (join_candidates([candidates(own) for own in part]) for part in (rows, turned))
    np.testing.assert_array_equal(table_of(merge(whole)), table_of(merge(mixed)))


def test_two_boxes_are_merged_by_hand():
    """Moved by 2 of 10 pixels: 0.2 of a side apart, 8 / 12 shared, which makes 0.533."""
    pair = candidates([[0, 0, 10, 10, 0.6, 0], [2, 0, 12, 10, 0.5, 0]])
    np.testing.assert_allclose(table_of(merge(pair)), [[1, 0, 11, 10, 0.8, 0]])
    assert len(merge(pair, limit=0.52)) == 2
    assert len(merge(pair, limit=0.54)) == 1


def test_the_best_pair_is_merged_first():
    """The middle box matches the right one better; what they become is too far from the left."""
    row = candidates([[0, 0, 20, 20, 0.9, 0], [6, 0, 26, 20, 0.5, 0], [9, 0, 29, 20, 0.5, 0]])
    found = merge(row)
    np.testing.assert_allclose(found.boxes, [[0, 0, 20, 20], [7.5, 0, 27.5, 20]])
    assert found.scores.tolist() == pytest.approx([0.9, 0.75])


def test_classes_are_merged_apart_unless_across():
    pair = candidates([[0, 0, 10, 10, 0.5, 1], [0, 0, 10, 10, 0.9, 0]])
    assert merge(pair).codes.tolist() == [0, 1]
    across = merge(pair, across=True)
    assert across.codes.tolist() == [0]
    assert across.scores.tolist() == pytest.approx([0.95])


def merge_one_by_one(found: Candidates, limit: float) -> np.ndarray:
    """The steps of the paper: the best pair of all is merged, then all are compared again."""
    clusters = [[row] for row in table_of(found.take(found.ranked()))]

    def match(one: list, other: list) -> float:
        boxes = [np.mean([row[:4] for row in cluster], axis=0) for cluster in (one, other)]
        shared = iou(*boxes)
        if one[0][5] != other[0][5] or shared == 0:
            return np.inf
        centres = [(box[:2] + box[2:]) / 2 for box in boxes]
        sides = np.mean([box[2:] - box[:2] for box in boxes])
        return float(np.linalg.norm(centres[0] - centres[1]) / sides + 1 - shared)

    while len(clusters) > 1:
        scores = {
            (one, other): match(clusters[one], clusters[other])
            for one in range(len(clusters))
            for other in range(one + 1, len(clusters))
        }
        (one, other), best = min(scores.items(), key=lambda item: item[1])
        if best > limit:
            break
        clusters[one] += clusters.pop(other)
    rows = [
        [
            *np.mean([row[:4] for row in cluster], axis=0),
            1 - np.prod([1 - row[4] for row in cluster]),
            cluster[0][5],
        ]
        for cluster in clusters
    ]
    return np.array(sorted(rows, key=lambda row: -row[4]))


@pytest.mark.parametrize("limit", [0.5, 0.8])
def test_merging_is_the_loop_of_the_paper(limit):
    found = scattered(60, side=60, seed=1)
    merged = merge(found, limit=limit)
    assert 20 < len(merged) < 58
    np.testing.assert_allclose(table_of(merged), merge_one_by_one(found, limit), rtol=1e-9)


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one_candidate_are_left_alone(count):
    found = scattered(count, side=10, seed=0)
    np.testing.assert_array_equal(table_of(merge(found)), table_of(found))
    np.testing.assert_array_equal(table_of(fuse([found])), table_of(found))


@pytest.mark.slow
@pytest.mark.parametrize("reduce", [lambda found: fuse([found, found]), merge])
def test_a_hundred_thousand_candidates_take_seconds(reduce):
    found = scattered(100_000, side=3_000, seed=0)
    reduce(found.take(np.arange(10)))  # compiles
    start = time.process_time()
    assert 20_000 < len(reduce(found)) < 90_000
    assert time.process_time() - start < 10
