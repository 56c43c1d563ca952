"""Formulas on arrays: what they compute, and where they have no value.

No cut into tiles can be seen in them.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.morphology import footprint_rectangle, opening

from rs_seg.algorithms.classical.dates import DATED
from rs_seg.algorithms.classical.features import POINTWISE, compute_features
from rs_seg.algorithms.classical.neighbourhoods import (
    LOCAL,
    grey_opening,
    local_gauss,
    local_gradient,
    local_mean,
    local_range,
    local_std,
)
from rs_seg.values.formula import FUNCTIONS, OPERATORS, BandName, reach_of
from rs_seg.values.formula_parser import parse_formula

BANDS = ("nir", "red", "dsm")
NAMES = {band: BandName(band) for band in BANDS}


def compute(text: str, *bands: object) -> np.ndarray:
    pixels = np.stack([np.asarray(each, dtype=np.float32) for each in bands])
    return compute_features([parse_formula(text, NAMES)], BANDS, pixels)[0]


def draw_pixels(seed: int, height: int, width: int, *, invalid: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 2000, (3, height, width)).astype(np.float32) / np.float32(7)
    pixels[:, generator.random((height, width)) < invalid] = np.nan
    return pixels


def test_every_function_of_the_language_is_computed():
    assert set(POINTWISE) | set(LOCAL) | set(DATED) == set(FUNCTIONS) | set(OPERATORS) | {
        "negative"
    }
    assert set(LOCAL) == {name for name, function in FUNCTIONS.items() if function.passes}


def test_an_index_is_computed_as_it_is_written():
    found = compute("(nir - red) / (nir + red)", [[3, 1]], [[1, 3]], [[0, 0]])
    np.testing.assert_allclose(found, [[0.5, -0.5]])
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    "text",
    [
        "nir / red",
        "log(red)",
        "sqrt(-nir)",
        "(-nir) ** 0.5",
        "exp(nir * 1000)",
        "red / red",
        "nir ** 99",
    ],
)
def test_what_has_no_value_is_nan_without_a_warning(text, recwarn):
    found = compute(text, [[5.0, 8.0]], [[0.0, 0.0]], [[0, 0]])
    assert np.isnan(found).all()
    assert not recwarn


@pytest.mark.parametrize(
    "text",
    [
        "nir ** 0",
        "minimum(nir, 3)",
        "mean(nir, 3)",
        "opening(nir, 3)",
        "range(nir, 3)",
        "abs(nir)",
        "gauss(nir, 3)",
        "gradient(nir, 3)",
    ],
)
def test_an_invalid_pixel_has_no_feature(text):
    pixels = draw_pixels(0, 5, 6)
    pixels[:, 2, 3] = np.nan
    found = compute(text, *pixels)
    assert np.isnan(found[2, 3])
    assert np.isnan(found).sum() == 1


def reference(values: np.ndarray, size: int, statistic) -> np.ndarray:
    """The statistic of what is valid in each window, pixel by pixel."""
    half = size // 2
    padded = np.pad(values, half, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size)).reshape(
        *values.shape, -1
    )
    found = np.array(
        [
            [
                statistic(each[~np.isnan(each)]) if (~np.isnan(each)).any() else np.nan
                for each in row
            ]
            for row in windows
        ]
    )
    return np.where(np.isnan(values), np.nan, found)


@pytest.mark.parametrize(
    ("local", "statistic"),
    [(local_mean, np.mean), (local_std, np.std), (local_range, np.ptp)],
    ids=["mean", "std", "range"],
)
@pytest.mark.parametrize("size", [3, 7, 31])
@pytest.mark.parametrize("invalid", [0.0, 0.3])
def test_local_windows_see_valid_pixels_and_the_mirror_beyond_the_edge(
    local, statistic, size, invalid
):
    values = draw_pixels(1, 12, 9, invalid=invalid)[0].astype(np.float64)
    np.testing.assert_allclose(
        local(values, size), reference(values, size, statistic), rtol=1e-9, atol=1e-6
    )


def weighted_mean(values: np.ndarray, size: int) -> np.ndarray:
    """Of the valid pixels of each window, with Gaussian weights, pixel by pixel."""
    half = size // 2
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1]
    weights = np.exp(-(rows**2 + columns**2) / (2 * (size / 4) ** 2))
    padded = np.pad(values, half, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    present = weights * ~np.isnan(windows)
    return (np.nan_to_num(windows) * present).sum(axis=(2, 3)) / present.sum(axis=(2, 3))


@pytest.mark.parametrize("size", [3, 7, 15])
@pytest.mark.parametrize("invalid", [0.0, 0.3])
def test_a_gaussian_mean_is_weighted_over_valid_pixels(size, invalid):
    values = draw_pixels(1, 12, 9, invalid=invalid)[0].astype(np.float64)
    expected = np.where(np.isnan(values), np.nan, weighted_mean(values, size))
    np.testing.assert_allclose(local_gauss(values, size), expected, rtol=1e-9)


@pytest.mark.parametrize("size", [3, 7, 15])
def test_the_gradient_of_a_plane_is_its_slope(size):
    rows, columns = np.mgrid[:40.0, :50.0]
    half = size // 2
    found = local_gradient(100 + 3 * rows - 4 * columns, size)[half:-half, half:-half]
    np.testing.assert_allclose(found, 5, rtol=1e-9)


@pytest.mark.parametrize("size", [3, 7, 15])
def test_missing_pixels_of_a_flat_surface_are_no_slope(size):
    values = np.where(np.isnan(draw_pixels(3, 20, 20, invalid=0.3)[0]), np.nan, 7.0)
    found = local_gradient(values, size)
    assert np.isnan(found).sum() == np.isnan(values).sum()
    assert np.nanmax(found) < 1e-12


def test_a_gradient_with_missing_pixels_is_that_with_the_mean_in_their_place():
    values = draw_pixels(4, 15, 15)[0].astype(np.float64)
    values[7, 8] = np.nan
    filled = values.copy()
    filled[7, 8] = weighted_mean(values, 5)[7, 6]
    assert local_gradient(values, 5)[7, 6] == pytest.approx(local_gradient(filled, 5)[7, 6])
    assert local_gradient(values, 5)[7, 3] == local_gradient(filled, 5)[7, 3]


def test_a_part_that_several_features_share_is_computed_once(monkeypatch):
    calls = []
    monkeypatch.setitem(
        LOCAL, "mean", lambda values, size: calls.append(size) or local_mean(values, size)
    )
    shared = ["mean(nir, 3)", "mean(nir, 3) / red", "std(mean(nir, 3), 5)"]
    pixels = draw_pixels(5, 6, 7)
    together = compute_features([parse_formula(text, NAMES) for text in shared], BANDS, pixels)
    assert calls == [3]
    np.testing.assert_array_equal(together, np.stack([compute(text, *pixels) for text in shared]))


def test_an_opening_is_that_of_scikit_image_away_from_the_edge():
    values = draw_pixels(2, 30, 40)[0].astype(np.float64)
    expected = opening(values, footprint_rectangle((5, 5)))
    np.testing.assert_array_equal(grey_opening(values, 5)[4:-4, 4:-4], expected[4:-4, 4:-4])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 99),
    size=st.sampled_from([3, 5, 11]),
    invalid=st.sampled_from([0.0, 0.3, 0.9]),
)
def test_an_opening_is_never_above_and_changes_nothing_twice(seed, size, invalid):
    values = draw_pixels(seed, 13, 17, invalid=invalid)[0].astype(np.float64)
    opened = grey_opening(values, size)
    valid = ~np.isnan(values)
    assert (opened[valid] <= values[valid]).all()
    if not invalid:
        np.testing.assert_array_equal(grey_opening(opened, size), opened)


def test_the_height_above_ground_of_a_house_on_a_slope_is_its_own():
    rows, columns = np.mgrid[:60, :60]
    ground = 100 + 0.02 * columns
    house = (abs(rows - 30) < 6) & (abs(columns - 30) < 6)
    found = compute("dsm - opening(dsm, 21)", ground, ground, ground + 8.0 * house)
    assert found[house].min() == pytest.approx(8, abs=0.5)
    assert found[~house].max() < 0.5


TILED = [
    "mean(nir, 7)",
    "std((nir - red) / (nir + red), 5)",
    "dsm - opening(dsm, 9)",
    "mean(range(red, 3) * nir, 9) ** 0.5",
    "gauss(nir, 7)",
    "gradient(nir, 7) / gauss(red, 3)",
]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 99),
    text=st.sampled_from(TILED),
    invalid=st.sampled_from([0.0, 0.2]),
    origin=st.tuples(st.integers(0, 40), st.integers(0, 50)),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_a_piece_read_with_its_reach_has_the_bits_of_the_whole(seed, text, invalid, origin, shape):
    pixels = draw_pixels(seed, 48, 60, invalid=invalid)
    formula = parse_formula(text, NAMES)
    whole = compute_features([formula], BANDS, pixels)
    reach = reach_of(formula)
    (row, column), (height, width) = origin, shape
    top, left = max(row - reach, 0), max(column - reach, 0)
    piece = compute_features(
        [formula], BANDS, pixels[:, top : row + height + reach, left : column + width + reach]
    )
    inside = piece[:, row - top : row - top + height, column - left : column - left + width]
    np.testing.assert_array_equal(inside, whole[:, row : row + height, column : column + width])


def test_a_window_wider_than_the_scene_is_mirrored_again():
    values = np.arange(6.0).reshape(2, 3)
    assert np.isfinite(local_mean(values, 31)).all()
    assert local_mean(np.full((2, 3), 4.0), 255).tolist() == np.full((2, 3), 4.0).tolist()
