"""Pixels made larger: means of valid pixels, of cut squares too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rs_seg.algorithms.prediction.shrinking import shrink
from rs_seg.predicting.pixels import shrink_bands
from rs_seg.values import Window


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    factor=st.sampled_from([2, 4, 8]),
    seed=st.integers(0, 1000),
)
def test_means_are_those_of_the_valid_pixels_of_each_square(height, width, factor, seed):
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 1000, (2, height, width)).astype(np.uint16)
    valid = generator.random((height, width)) < 0.6
    means, seen = shrink(pixels, valid, factor)
    assert means.shape == (2, -(-height // factor), -(-width // factor))
    for row, column in np.ndindex(seen.shape):
        square = np.s_[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
        inside = valid[square]
        assert seen[row, column] == (inside.mean() >= 0.5)
        wanted = pixels[:, *square][:, inside].mean(axis=1) if seen[row, column] else [0, 0]
        assert means[:, row, column] == pytest.approx(wanted, rel=1e-6)


def test_what_is_not_finite_in_a_band_counts_in_none():
    pixels = np.ones((2, 2, 4), dtype=np.float32)
    pixels[1] = 3
    pixels[0, 0, 0] = np.nan
    pixels[1, :, 2] = np.inf
    pixels[0, 0, 3] = np.nan
    means, seen = shrink(pixels, np.ones((2, 4), dtype=bool), 2)
    np.testing.assert_array_equal(seen, [[True, False]])
    np.testing.assert_array_equal(means[:, 0], [[1, 0], [3, 0]])


@settings(deadline=None, max_examples=30)
@given(height=st.integers(1, 700), factor=st.sampled_from([1, 2, 4, 8]), seed=st.integers(0, 1000))
def test_windows_of_a_smaller_scene_are_parts_of_it(height, factor, seed):
    generator = np.random.default_rng(seed)
    width = 37
    pixels = generator.integers(0, 255, (1, height, width)).astype(np.uint8)
    valid = generator.random((height, width)) < 0.8

    def read(window: Window):
        return pixels[:, *window.slices], valid[window.slices]

    smaller = shrink_bands(read, height, width, factor)
    rows, columns = -(-height // factor), -(-width // factor)
    whole, seen = (pixels, valid) if factor == 1 else shrink(pixels, valid, factor)
    top = int(generator.integers(0, rows))
    window = Window(top, 0, int(generator.integers(1, rows - top + 1)), columns)
    part, part_seen = smaller(window)
    np.testing.assert_array_equal(part, whole[:, *window.slices])
    np.testing.assert_array_equal(part_seen, seen[window.slices])
