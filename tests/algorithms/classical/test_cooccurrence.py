"""Haralick's measures and histograms of oriented gradients.

They are those of scikit-image, and independent of tiles.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.feature import graycomatrix, graycoprops, hog

from rs_seg.algorithms.classical.cooccurrence import LEVELS, local_glcm
from rs_seg.algorithms.classical.features import compute_features
from rs_seg.algorithms.classical.orientation import local_hog
from rs_seg.values.formula import GLCM, ORIENTATIONS, BandName, reach_of
from rs_seg.values.formula_parser import parse_formula

ANGLES = (0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)


def draw_values(seed: int, height: int, width: int, *, invalid: float = 0.0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rough = generator.normal(50, 25, (height, width))
    values = (rough + np.roll(rough, 1, axis=1)) / 2
    values[generator.random((height, width)) < invalid] = np.nan
    return values


def skimage_measure(levels: np.ndarray, measure: str) -> float:
    matrices = graycomatrix(levels, [1], ANGLES, levels=LEVELS, symmetric=True, normed=True)
    return float(graycoprops(matrices, measure.removeprefix("glcm_")).mean())


@pytest.mark.parametrize("measure", GLCM)
@pytest.mark.parametrize("size", [3, 7])
def test_measures_of_cooccurrence_are_those_of_scikit_image(measure, size):
    values = draw_values(0, 11, 13)
    levels = np.clip(np.floor((values - 10) / 80 * LEVELS), 0, LEVELS - 1).astype(np.uint8)
    padded = np.pad(levels, size // 2, mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
    expected = [[skimage_measure(window, measure) for window in row] for row in windows]
    found = local_glcm(values, size, 10, 90, measure=measure)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def entries(levels: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """The matrix of one direction by its definition; -1 is no level."""
    matrix = np.zeros((LEVELS, LEVELS))
    for (row, column), first in np.ndenumerate(levels):
        there = row + step[0], column + step[1]
        if 0 <= there[0] < levels.shape[0] and 0 <= there[1] < levels.shape[1]:
            second = levels[there]
            if first >= 0 and second >= 0:
                matrix[first, second] += 1
                matrix[second, first] += 1
    return matrix


def test_pairs_with_an_invalid_pixel_do_not_count():
    values = draw_values(1, 9, 9, invalid=0.3)
    values[4, 4] = 50.0
    levels = np.full(values.shape, -1)
    valid = ~np.isnan(values)
    levels[valid] = np.clip(np.floor(values[valid] / 100 * LEVELS), 0, LEVELS - 1)
    matrices = np.stack([entries(levels, step) for step in ((0, 1), (1, 1), (1, 0), (1, -1))])
    shares = np.moveaxis(matrices / matrices.sum(axis=(1, 2), keepdims=True), 0, 2)[:, :, None]
    for measure in GLCM:
        expected = graycoprops(shares, measure.removeprefix("glcm_")).mean()
        found = local_glcm(values, 9, 0, 100, measure=measure)
        assert found[4, 4] == pytest.approx(expected, rel=1e-9)
        np.testing.assert_array_equal(np.isnan(found), ~valid)


def test_a_window_without_a_pair_measures_as_an_even_one():
    alone = np.full((5, 5), np.nan)
    alone[2, 2] = 30.0
    for measure in GLCM:
        even = local_glcm(np.full((5, 5), 30.0), 3, 0, 100, measure=measure)
        assert local_glcm(alone, 3, 0, 100, measure=measure)[2, 2] == even[2, 2]


@pytest.mark.parametrize("size", [5, 9])
def test_shares_of_orientations_are_those_of_scikit_image(size):
    values = draw_values(2, size + 4, size + 4)
    middle = size // 2 + 2
    # its gradients at the edges of an image are 0, so that it is shown one row and column more
    around = values[1:-1, 1:-1]
    padded = np.pad(around, ((size - 1, size - 1), (size - 1, size - 1)), mode="edge")
    cells = hog(
        padded,
        orientations=ORIENTATIONS,
        pixels_per_cell=(size, size),
        cells_per_block=(1, 1),
        block_norm="L1",
        feature_vector=False,
    )
    found = [local_hog(values, size, bin_)[middle, middle] for bin_ in range(1, ORIENTATIONS + 1)]
    np.testing.assert_allclose(
        found, cells[1, 1, 0, 0], atol=1e-5
    )  # it adds 1e-5 to what it divides by


def test_orientations_share_out_all_gradients_and_an_even_area_has_none():
    values = draw_values(3, 20, 20, invalid=0.2)
    shares = sum(local_hog(values, 7, bin_) for bin_ in range(1, ORIENTATIONS + 1))
    np.testing.assert_allclose(shares[~np.isnan(values)], 1, rtol=1e-12)
    assert not local_hog(np.full((9, 9), 4.0), 5, 1).any()
    columns = np.tile(np.arange(20.0), (20, 1))
    assert local_hog(columns, 5, 1)[10, 10] == 1
    assert local_hog(columns.T, 5, 5)[10, 10] == 1


TEXTS = [
    *(f"{measure}(nir, 7, 20, 80)" for measure in GLCM),
    "hog(nir, 5, 2)",
    "hog(mean(nir, 3), 5, 7)",
]


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 99),
    text=st.sampled_from(TEXTS),
    invalid=st.sampled_from([0.0, 0.2]),
    origin=st.tuples(st.integers(0, 30), st.integers(0, 40)),
    shape=st.tuples(st.integers(1, 15), st.integers(1, 15)),
)
def test_a_piece_read_with_its_reach_has_the_bits_of_the_whole(seed, text, invalid, origin, shape):
    pixels = draw_values(seed, 40, 50, invalid=invalid).astype(np.float32)[None]
    formula = parse_formula(text, {"nir": BandName("nir")})
    whole = compute_features([formula], ["nir"], pixels)
    reach = reach_of(formula)
    (row, column), (height, width) = origin, shape
    top, left = max(row - reach, 0), max(column - reach, 0)
    around = pixels[:, top : row + height + reach, left : column + width + reach]
    piece = compute_features([formula], ["nir"], around)
    inside = piece[:, row - top : row - top + height, column - left : column - left + width]
    np.testing.assert_array_equal(inside, whole[:, row : row + height, column : column + width])
