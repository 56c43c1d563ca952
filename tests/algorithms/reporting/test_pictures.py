"""Pictures: classes in their colours, invalid pixels transparent, scale bars of round length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.reporting.pictures import (
    color_indices,
    color_shares,
    percentile_ranges,
    round_length,
    shrink,
    stretch_bands,
)


def test_classes_have_their_colours_and_nodata_is_transparent() -> None:
    picture = color_indices(np.array([[0, 1, -1]]), [(1, 2, 3), (4, 5, 6)])
    assert picture.tolist() == [[[1, 2, 3, 255], [4, 5, 6, 255], [0, 0, 0, 0]]]


@pytest.mark.parametrize("ramp", ["viridis", "magma"])
def test_shares_are_drawn_from_dark_to_light_and_nodata_is_transparent(ramp: str) -> None:
    picture = color_shares(np.arange(256, dtype=np.uint8)[None], ramp=ramp)
    brightness = picture[0, :255, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(brightness[::16]) > 0).all()
    assert picture[0, :255, 3].tolist() == [255] * 255
    assert picture[0, 255].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("band_count", [1, 2, 3, 5])
def test_stretch_gives_colours_for_any_number_of_bands(band_count: int) -> None:
    pixels = np.random.default_rng(0).normal(1000, 50, (band_count, 20, 30)).astype(np.float32)
    valid = np.ones((20, 30), dtype=bool)
    valid[:5] = False
    picture = stretch_bands(pixels, valid)
    assert picture.shape == (20, 30, 4)
    assert (picture[..., 3] == np.where(valid, 255, 0)).all()
    assert (picture[valid][:, 0].min(), picture[valid][:, 0].max()) == (0, 255)


def test_stretch_ignores_invalid_pixels() -> None:
    pixels = np.linspace(0, 100, 100).reshape(1, 10, 10)
    valid = np.ones((10, 10), dtype=bool)
    valid[0, 0] = False
    spoilt = pixels.copy()
    spoilt[0, 0, 0] = 1e9
    assert percentile_ranges(spoilt, valid) == percentile_ranges(pixels, valid)


def test_image_without_valid_pixels_is_transparent() -> None:
    assert (stretch_bands(np.zeros((3, 4, 4)), np.zeros((4, 4), dtype=bool))[..., 3] == 0).all()


def test_shrinking_averages_colours_and_keeps_proportions() -> None:
    picture = np.full((40, 80, 4), 255, dtype=np.uint8)
    picture[:, ::2, :3] = 55
    small = shrink(picture, size=20)
    assert small.shape == (10, 20, 4)
    assert (small == [155, 155, 155, 255]).all()
    assert shrink(picture, size=80) is picture


@given(st.floats(1e-3, 1e7))
def test_scale_bars_are_round_and_nearly_as_long_as_asked(length: float) -> None:
    rounded = round_length(length)
    assert length / 2.5 * (1 - 1e-6) < rounded <= length * (1 + 1e-6)
    assert f"{rounded:e}"[0] in "125"
