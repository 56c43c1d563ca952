"""Likelihoods are those of scipy's distributions.

Speckle over two classes is mended by a random field.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import gaussian_filter

from rs_seg.algorithms.classical.likelihood import (
    find_dependent,
    fit_gaussian,
    fit_speckle,
    likelihood_costs,
    predict_likelihood,
)
from rs_seg.algorithms.refining.markov.cuts import graph_cut
from rs_seg.algorithms.refining.markov.field import lift, make_field, potts_weights


def draw_intensities(looks: float, count: int = 6000) -> tuple[np.ndarray, np.ndarray]:
    """Features (P, 2), of which the second is the intensity, and class indices 0, 2 and 3."""
    rng = np.random.default_rng(int(looks))
    indices = rng.choice([0, 2, 3], count)
    means = np.array([1.0, np.nan, 4.0, 20.0])[indices]
    intensity = means * rng.gamma(looks, 1 / looks, count)
    return np.stack([rng.normal(size=count), intensity], axis=1).astype(np.float32), indices


def test_gaussian_costs_are_those_of_scipy_up_to_what_classes_share() -> None:
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(3, 4, 4))
    indices = rng.integers(0, 3, 3000)
    features = (
        np.einsum("pij,pj->pi", mixing[indices], rng.normal(size=(3000, 4))) + indices[:, None]
    ).astype("f4")
    costs = likelihood_costs(fit_gaussian(features, indices, class_count=3), features[:50])
    for index in range(3):
        own = features[indices == index].astype(float)
        law = stats.multivariate_normal(own.mean(axis=0), np.cov(own, rowvar=False, bias=True))
        expected = -law.logpdf(features[:50]) - 2 * np.log(2 * np.pi)
        np.testing.assert_allclose(costs[:, index], expected, rtol=1e-3)


def test_features_that_follow_from_one_another_in_a_class_are_found() -> None:
    generator = np.random.default_rng(0)
    indices = np.repeat([0, 2], 300)
    features = 1e3 + generator.normal(0, 20, (600, 6))
    assert find_dependent(features.astype(np.float32), indices) == {}
    features[300:, 4] = 2 * features[300:, 1] - features[300:, 3]  # in one class only
    features[:, 5] = 7  # in all
    assert find_dependent(features.astype(np.float32), indices) == {0: [5], 2: [1, 3, 4, 5]}


def test_more_features_than_pixels_are_all_dependent() -> None:
    features = np.random.default_rng(0).normal(0, 1, (340, 40)).astype(np.float32)
    indices = np.repeat([0, 1], [30, 310])
    assert find_dependent(features, indices) == {0: list(range(40))}


@pytest.mark.parametrize("looks", [1, 4, 2.7])
def test_gamma_costs_are_those_of_scipy_up_to_what_classes_share(looks: float) -> None:
    features, indices = draw_intensities(looks)
    arrays = fit_speckle(features, indices, class_count=4, band=1, looks=looks)
    costs = likelihood_costs(arrays, features[:50])
    means = [features[indices == index, 1].astype(float).mean() for index in (0, 2, 3)]
    expected = np.stack(
        [-stats.gamma(looks, scale=mean / looks).logpdf(features[:50, 1]) for mean in means], axis=1
    )
    np.testing.assert_allclose(
        np.diff(costs[:, [0, 2, 3]]), np.diff(expected), rtol=1e-4, atol=1e-6
    )


def test_rayleigh_costs_are_those_of_scipy_up_to_what_classes_share() -> None:
    features, indices = draw_intensities(1)
    features[:, 1] = np.sqrt(features[:, 1])
    arrays = fit_speckle(features, indices, class_count=4, band=1, looks=1, amplitude=True)
    costs = likelihood_costs(arrays, features[:50])
    scales = [
        np.sqrt((features[indices == index, 1].astype(float) ** 2).mean() / 2)
        for index in (0, 2, 3)
    ]
    expected = np.stack(
        [-stats.rayleigh(scale=scale).logpdf(features[:50, 1]) for scale in scales], axis=1
    )
    np.testing.assert_allclose(
        np.diff(costs[:, [0, 2, 3]]), np.diff(expected), rtol=1e-4, atol=1e-6
    )


def fitted(
    kind: str, features: np.ndarray, indices: np.ndarray, *, class_count: int
) -> dict[str, np.ndarray]:
    if kind == "gaussian":
        return fit_gaussian(features, indices, class_count=class_count)
    return fit_speckle(
        features, indices, class_count=class_count, band=1, looks=1, amplitude=kind == "rayleigh"
    )


@pytest.mark.parametrize("kind", ["gaussian", "gamma", "rayleigh"])
class TestContract:
    def test_probabilities_sum_to_one_and_are_none_for_classes_without_samples(
        self, kind: str
    ) -> None:
        features, indices = draw_intensities(4)
        found = predict_likelihood(fitted(kind, features, indices, class_count=5), features)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
        assert (found[:, [1, 4]] == 0).all()
        assert (found.argmax(axis=1) == indices).mean() > 0.6

    def test_classes_of_one_value_and_dark_pixels_do_no_harm(self, kind: str) -> None:
        features = np.zeros((20, 2), dtype=np.float32)
        features[10:] = 5
        indices = np.repeat([0, 1], 10)
        found = predict_likelihood(fitted(kind, features, indices, class_count=2), features)
        np.testing.assert_array_equal(found.argmax(axis=1), indices)

    def test_no_pixels_give_no_probabilities(self, kind: str) -> None:
        arrays = fitted(kind, *draw_intensities(1), class_count=4)
        assert predict_likelihood(arrays, np.empty((0, 2), dtype=np.float32)).shape == (0, 4)


@pytest.mark.parametrize("looks", [1, 4])
def test_a_cut_at_least_halves_the_error_of_the_likelihood_alone_under_speckle(looks: int) -> None:
    rng = np.random.default_rng(looks)
    blobs = gaussian_filter(rng.standard_normal((128, 128)), 8)
    truth = (blobs > 0).astype(int)
    intensity = (np.array([1.0, 2.5])[truth] * rng.gamma(looks, 1 / looks, truth.shape)).astype(
        np.float32
    )
    seen = rng.choice(truth.size, 1000)
    features = intensity.reshape(-1, 1)
    arrays = fit_speckle(features[seen], truth.ravel()[seen], class_count=2, band=0, looks=looks)
    costs = likelihood_costs(arrays, features).T.reshape(2, *truth.shape)
    field = make_field(costs, potts_weights(truth.shape, neighbours=8, strength=1.0))
    alone = (costs.argmin(axis=0) != truth).mean()
    assert alone > 0.15
    assert (lift(graph_cut(field), truth.shape) != truth).mean() <= alone / 2
