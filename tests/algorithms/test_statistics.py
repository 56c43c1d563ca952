"""Streamed statistics equal those of all pixels at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.statistics import BandAccumulator, describe_band, differ_in_magnitude


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 100))
def test_parts_give_the_figures_of_the_whole(widths, seed):
    generator = np.random.default_rng(seed)
    parts = [generator.normal(1e6, 3.0, (2, 7, width)) for width in widths]
    masks = [generator.random((7, width)) < 0.8 for width in widths]
    masks[0][0, 0] = True
    accumulator = BandAccumulator(2)
    for part, mask in zip(parts, masks, strict=True):
        accumulator.feed(part, mask)
    figures = accumulator.finish()
    every = np.concatenate([part[:, mask] for part, mask in zip(parts, masks, strict=True)], axis=1)
    assert figures.pixels == every.shape[1]
    assert np.allclose(figures.mean, every.mean(axis=1), rtol=1e-12)
    assert np.allclose(figures.std, every.std(axis=1), rtol=1e-9, atol=1e-6)
    assert np.array_equal(figures.low, every.min(axis=1))
    assert np.array_equal(figures.high, every.max(axis=1))
    assert np.allclose(figures.p2, np.percentile(every, 2, axis=1))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(1, 9))
def test_a_stride_samples_every_nth_valid_pixel_across_parts(counts, stride):
    accumulator = BandAccumulator(1, stride=stride)
    start = 0
    for count in [*counts, 1]:
        values = np.arange(start, start + count, dtype=float).reshape(1, 1, count)
        accumulator.feed(values, np.ones((1, count), dtype=bool))
        start += count
    sampled = np.arange(0, start, stride)
    assert np.allclose(accumulator.finish().p98, np.percentile(sampled, 98))


def test_reflectance_beside_digital_numbers_differs_in_magnitude():
    assert differ_in_magnitude(np.array([0.21, 2100.0]))
    assert differ_in_magnitude(np.array([2.0, 20.0]))
    assert not differ_in_magnitude(np.array([2.0, 19.9]))
    assert not differ_in_magnitude(np.array([80.0, 120.0]))
    assert not differ_in_magnitude(np.array([-5.0, 0.0, 3.0]))


def test_figures_of_huge_values_are_numbers():
    figures = describe_band(np.array([1.6e308, -1.6e308, 1.6e308, -1.6e308]))
    assert figures == pytest.approx(
        {"mean": 0, "std": 1.6e308, "min": -1.6e308, "max": 1.6e308, "p2": -1.6e308, "p98": 1.6e308}
    )
