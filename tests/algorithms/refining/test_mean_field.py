"""The mean field over points, against sums over all pairs and against pydensecrf."""

from __future__ import annotations

import numpy as np
import pytest
from pydensecrf.densecrf import DenseCRF

from rs_seg.algorithms.refining.mean_field import add_messages, couple, mean_field

HEIGHT, WIDTH = 23, 31
WEIGHTS = 1.0, 2.0


def field(class_count: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Energies (N, K), and features (N, 2) and (N, 5) of two kernels."""
    rng = np.random.default_rng(class_count)
    energies = 3 * rng.random((HEIGHT * WIDTH, class_count), dtype=np.float32)
    places = np.indices((HEIGHT, WIDTH)).reshape(2, -1).T.astype(np.float32)
    halves = (places[:, :1] + places[:, 1:] > WIDTH).astype(np.float32)
    bands = halves + rng.random((len(places), 3), dtype=np.float32) / np.float32(2)
    return energies, [places / np.float32(1.5), np.concatenate([places / 6, bands], axis=1)]


def all_pairs(features: np.ndarray) -> np.ndarray:
    """(N, N) the normalised kernel, as written in the paper."""
    apart = ((features[:, None].astype(np.float64) - features[None]) ** 2).sum(axis=-1)
    kernel = np.exp(-apart / 2)
    norms = 1 / np.sqrt(kernel.sum(axis=1))
    normalised: np.ndarray = norms[:, None] * kernel * norms
    return normalised


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares


def ours(class_count: int, iterations: int) -> np.ndarray:
    energies, features = field(class_count)
    couplings = [couple(*pair) for pair in zip(features, WEIGHTS, strict=True)]
    return mean_field(energies, couplings, iterations)


@pytest.mark.parametrize("class_count", [1, 2, 3, 5, 8, 13])
def test_without_iterations_marginals_are_the_softmax(class_count: int) -> None:
    energies, _ = field(class_count)
    np.testing.assert_allclose(
        ours(class_count, 0), softmax(-energies.astype(np.float64)), atol=3e-7
    )


@pytest.mark.parametrize("class_count", [2, 5, 8, 13])
def test_the_first_iteration_is_that_of_sums_over_all_pairs(class_count: int) -> None:
    energies, features = field(class_count)
    kernel = sum(w * all_pairs(f) for f, w in zip(features, WEIGHTS, strict=True))
    start = softmax(-energies.astype(np.float64))
    expected = softmax(kernel @ start - energies)
    moved = np.abs(expected - start).mean()
    assert np.abs(ours(class_count, 1) - expected).mean() < 0.1 * moved


@pytest.mark.parametrize("class_count", [2, 3, 4, 5, 8, 11, 12, 16])
@pytest.mark.parametrize("iterations", [1, 5])
def test_marginals_are_those_of_pydensecrf_to_the_bit(class_count: int, iterations: int) -> None:
    energies, features = field(class_count)
    other = DenseCRF(len(energies), class_count)
    other.setUnaryEnergy(np.ascontiguousarray(energies.T))
    for own, weight in zip(features, WEIGHTS, strict=True):
        other.addPairwiseEnergy(np.ascontiguousarray(own.T), compat=weight)
    theirs = np.asarray(other.inference(iterations)).T
    np.testing.assert_array_equal(ours(class_count, iterations), theirs)


def test_messages_of_all_points_are_the_norms_undone() -> None:
    """By the definition of the norms: 1 / norm^2 is the sum of the kernel without them."""
    _, (features, _) = field(2)
    coupling = couple(features, 1.0)
    messages = np.zeros((len(features), 1), np.float32)
    add_messages([coupling], (1 / coupling.norms)[:, None], messages)
    np.testing.assert_allclose(messages[:, 0], 1 / coupling.norms, rtol=1e-5)
