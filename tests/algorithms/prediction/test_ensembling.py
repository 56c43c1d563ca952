"""Means of members and their disagreement, against cases whose answer is known."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rs_seg.algorithms.prediction.ensembling import disagreement, weighted_mean
from rs_seg.values import dequantize, quantize

MEMBERS = arrays(np.uint8, (3, 4, 2, 5), elements=st.integers(0, 254))
WEIGHTS = st.lists(st.floats(0.01, 100), min_size=3, max_size=3)
CERTAIN = np.array([[[254]], [[0]]], np.uint8), np.array([[[0]], [[254]]], np.uint8)


def some_probabilities(seed: int, class_count: int = 5, size: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.moveaxis(rng.dirichlet(np.full(class_count, 0.4), (size, size)), -1, 0)


@given(arrays(np.uint8, (4, 3, 5)), WEIGHTS)
def test_the_mean_of_members_that_are_alike_is_the_member(
    member: np.ndarray, weights: list[float]
) -> None:
    member[:, (member == 255).any(axis=0)] = 255
    mean, apart = weighted_mean([member] * 3, weights)
    np.testing.assert_array_equal(mean, member)
    assert apart == 0


@given(MEMBERS, WEIGHTS)
def test_the_mean_is_that_of_the_probabilities(members: np.ndarray, weights: list[float]) -> None:
    expected = np.average(dequantize(members).astype(float), axis=0, weights=weights)
    mean, _ = weighted_mean(list(members), weights)
    assert np.abs(dequantize(mean) - expected).max() <= 0.5 / 254 + 1e-6


@given(MEMBERS, WEIGHTS, st.permutations(range(3)))
def test_the_order_of_members_does_not_matter(
    members: np.ndarray, weights: list[float], order: list[int]
) -> None:
    mean, _ = weighted_mean(list(members), weights)
    other, _ = weighted_mean(list(members[order]), [weights[index] for index in order])
    assert (
        np.abs(mean.astype(int) - other).max() <= 1
    )  # sums of floats have an order: a tie may round the other way


def test_a_pixel_without_data_in_one_member_has_none_in_the_mean() -> None:
    first = np.array([[[10, 255, 255]], [[244, 255, 255]]], np.uint8)
    second = np.array([[[30, 30, 255]], [[224, 224, 255]]], np.uint8)
    mean, apart = weighted_mean([first, second], [1, 1])
    np.testing.assert_array_equal(mean, [[[20, 255, 255]], [[234, 255, 255]]])
    assert apart == 1


def test_members_certain_of_different_classes_disagree_completely() -> None:
    np.testing.assert_allclose(disagreement(CERTAIN, [1, 1]), 1, atol=1e-6)


@settings(deadline=None)
@given(arrays(np.uint8, (4, 3, 5), elements=st.integers(0, 254)), WEIGHTS)
def test_members_that_are_alike_never_disagree(member: np.ndarray, weights: list[float]) -> None:
    assert (quantize(disagreement([member] * 3, weights)) == 0).all()


def test_disagreement_is_the_mean_divergence_of_members_from_their_mean() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    members = [quantize(some_probabilities(seed)) for seed in range(3)]
    shares = np.stack([member / member.sum(axis=0, dtype=float) for member in members])
    mean = np.tensordot(weights, shares, axes=1)
    ratios = np.log(shares / np.maximum(mean, 1e-12), out=np.zeros_like(shares), where=shares > 0)
    divergence = np.tensordot(weights, (shares * ratios).sum(axis=1), axes=1) / np.log(5)
    np.testing.assert_allclose(disagreement(members, list(5 * weights)), divergence, atol=1e-5)
