"""Components of many bands against scikit-learn and against their definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg
from sklearn.decomposition import PCA

from rs_seg.algorithms.classical.components import noise_fractions, principal_components
from rs_seg.algorithms.classical.features import compute_features
from rs_seg.values.formula import Weighted


def draw_pixels(seed: int = 0, *, band_count: int = 8, pixels: int = 3000) -> np.ndarray:
    """Pixels (N, B) of a few sources mixed into bands of different units."""
    generator = np.random.default_rng(seed)
    sources = generator.normal(0, 1, (pixels, 3)) * [5, 2, 1]
    mixed = sources @ generator.normal(0, 1, (3, band_count)) + generator.normal(
        0, 0.1, (pixels, band_count)
    )
    return (mixed + 10) * np.logspace(0, 4, band_count)


def moments(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return pixels.mean(axis=0), np.cov(pixels.T, bias=True)


def test_principal_components_are_those_of_scikit_learn():
    pixels = draw_pixels()
    found = principal_components(*moments(pixels))
    learnt = PCA().fit((pixels - pixels.mean(axis=0)) / pixels.std(axis=0))
    expected = learnt.transform((pixels - pixels.mean(axis=0)) / pixels.std(axis=0))
    computed = pixels @ found.weights.T + found.offsets
    signs = np.sign((computed * expected).sum(axis=0))
    np.testing.assert_allclose(computed * signs, expected, atol=1e-5)
    np.testing.assert_allclose(found.shares, learnt.explained_variance_ratio_, rtol=1e-9)


def test_noise_fractions_solve_the_generalised_problem_whatever_the_units():
    pixels = draw_pixels(1)
    mean, covariance = moments(pixels)
    noise = np.diag(np.random.default_rng(2).uniform(0.001, 0.1, 8)) * covariance
    found = noise_fractions(mean, covariance, noise)
    np.testing.assert_allclose(1 - found.shares, linalg.eigh(noise, covariance)[0], atol=1e-7)
    np.testing.assert_allclose(found.weights @ covariance @ found.weights.T, np.eye(8), atol=1e-6)
    scale = np.logspace(2, -2, 8)
    scaled = noise_fractions(
        mean * scale, covariance * np.outer(scale, scale), noise * np.outer(scale, scale)
    )
    np.testing.assert_allclose(scaled.shares, found.shares, atol=1e-9)


def test_bands_that_follow_from_others_or_do_not_vary_leave_fewer_components():
    pixels = draw_pixels(3, band_count=5)
    pixels = np.column_stack([pixels, pixels[:, 0] - 2 * pixels[:, 3], np.full(len(pixels), 7.0)])
    mean, covariance = moments(pixels)
    principal = principal_components(mean, covariance)
    assert principal.weights.shape == (5, 7)
    assert principal.shares.sum() == pytest.approx(1)
    fractions = noise_fractions(mean, covariance, 0.1 * np.diag(np.diag(covariance)))
    assert fractions.weights.shape == (5, 7)
    variances = np.diag(fractions.weights @ covariance @ fractions.weights.T)
    np.testing.assert_allclose(variances, 1, rtol=1e-4)


def test_a_weighted_sum_has_the_bits_of_the_whole_in_every_piece():
    pixels = np.random.default_rng(4).normal(0, 300, (3, 40, 50)).astype(np.float32)
    pixels[:, 3, 4] = np.nan
    formula = Weighted(("b", "c"), (0.3, -1.7), 5.0)
    whole = compute_features([formula], ["a", "b", "c"], pixels)[0]
    np.testing.assert_allclose(whole, 5 + 0.3 * pixels[1] - 1.7 * pixels[2], rtol=1e-4, atol=1e-3)
    assert np.isnan(whole).sum() == 1
    for row, column in ((0, 0), (7, 11), (39, 49)):
        piece = compute_features([formula], ["a", "b", "c"], pixels[:, row:, column:])[0]
        np.testing.assert_array_equal(piece, whole[row:, column:])
