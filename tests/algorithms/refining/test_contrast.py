"""What refinements compare pixels by does not depend on how many bands say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.refining.contrast import (
    COMPONENTS,
    MOST_BANDS,
    Contrast,
    band_moments,
    fit_contrast,
)
from rs_seg.algorithms.statistics import band_covariance


def three_bands(size: int = 40) -> np.ndarray:
    """Bands (3, size, size) that are correlated, on different scales."""
    generator = np.random.default_rng(4)
    plain = generator.normal(0, 1, (3, size, size))
    plain[1] += 0.7 * plain[0]
    return plain * np.array([10.0, 500.0, 0.2])[:, None, None] + 7


def fit(bands: np.ndarray, *, summed: bool = True) -> Contrast:
    return fit_contrast([bands.reshape(len(bands), -1)], band_count=len(bands), summed=summed)


def squared_differences(bands: np.ndarray, *, summed: bool = True) -> np.ndarray:
    """Between the first pixel and all others, as they are compared."""
    compared = fit(bands, summed=summed).apply(bands).astype(float)
    return ((compared - compared[:, :1, :1]) ** 2).sum(axis=0)


def test_three_bands_are_standardised_and_no_more() -> None:
    bands = three_bands()
    expected = (bands - bands.mean(axis=(1, 2))[:, None, None]) / bands.std(axis=(1, 2))[
        :, None, None
    ]
    np.testing.assert_allclose(fit(bands).apply(bands), expected, atol=1e-6)


@pytest.mark.parametrize("count", [1, 2, 4, MOST_BANDS, MOST_BANDS + 1, 200])
def test_one_band_said_often_is_one_band_said_three_times(count: int) -> None:
    band = three_bands()[:1]
    usual = squared_differences(np.repeat(band, 3, axis=0))
    np.testing.assert_allclose(
        squared_differences(np.repeat(band, count, axis=0)), usual, rtol=1e-4, atol=1e-6
    )


def test_many_bands_that_say_what_three_say_differ_as_these_three() -> None:
    bands = three_bands()
    many = np.tile(bands, (73, 1, 1)) * np.linspace(1, 9, 219)[:, None, None]
    compared = fit(many).apply(many)
    assert compared.shape == (COMPONENTS, 40, 40)
    np.testing.assert_allclose(
        squared_differences(many), squared_differences(bands), rtol=1e-3, atol=1e-4
    )


def test_bands_that_do_not_vary_do_not_count() -> None:
    bands = three_bands()
    for constant in (1, 3, 200):
        padded = np.concatenate([bands, np.full((constant, 40, 40), 5.0)])
        np.testing.assert_allclose(
            squared_differences(padded), squared_differences(bands), rtol=1e-3, atol=1e-4
        )


def test_the_steepest_of_many_equal_bands_is_as_steep_as_one() -> None:
    band = three_bands()[:1]
    few, many = (
        squared_differences(np.repeat(band, count, axis=0), summed=False) for count in (1, 200)
    )
    np.testing.assert_allclose(many, few, rtol=1e-4, atol=1e-6)


def test_components_of_a_pixel_do_not_depend_on_the_pixels_around_it() -> None:
    generator = np.random.default_rng(1)
    many = generator.normal(0, 1, (31, 20, 23)) + generator.normal(0, 3, (1, 20, 23))
    contrast = fit(many)
    whole = contrast.apply(many)
    np.testing.assert_array_equal(contrast.apply(many[:, 3:17, 5:12]), whole[:, 3:17, 5:12])


@pytest.mark.parametrize("count", [2, 9])
def test_an_image_without_pixels_has_a_contrast(count: int) -> None:
    contrast = fit_contrast([np.zeros((count, 0))], band_count=count, summed=True)
    assert np.isfinite(contrast.apply(np.ones((count, 2, 2)))).all()


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_the_covariance_of_pieces_is_that_of_the_whole(seed: int, sizes: list[int]) -> None:
    generator = np.random.default_rng(seed)
    mixing = np.array([[1.0, 0.0], [30.0, 50.0]])
    pieces = [1e4 + mixing @ generator.normal(0, 1, (2, size)) for size in sizes]
    together = np.concatenate(pieces, axis=1)
    mean, covariance = band_covariance(pieces, band_count=2)
    if together.shape[1] > 1:
        np.testing.assert_allclose(mean, together.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(covariance, np.cov(together, bias=True), rtol=1e-6, atol=1e-7)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 7), min_size=1, max_size=6))
def test_moments_of_pieces_are_those_of_the_whole(seed: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    pieces = [1e4 + rng.normal(0, [[1.0], [50.0]], (2, size)) for size in sizes]
    together = np.concatenate(pieces, axis=1)
    mean, deviation, varying = band_moments(pieces)
    if together.shape[1] > 1:
        np.testing.assert_allclose(mean, together.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(deviation, together.std(axis=1), rtol=1e-6)
        assert varying.all()


def test_a_constant_band_has_deviation_one() -> None:
    mean, deviation, varying = band_moments([np.full((1, 5), 3.0)])
    assert (mean[0], deviation[0], varying[0]) == (3.0, 1.0, False)
