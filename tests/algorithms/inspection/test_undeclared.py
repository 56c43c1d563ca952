"""Marks for no data inside imagery: isolated, extreme and repeated values.

Saturation, masks, sea and shadow are none.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rs_seg.algorithms.inspection.undeclared import Mark, find_marks

SHAPE = (200, 250)
EVERYWHERE = np.ones(SHAPE, dtype=bool)
SOME = (slice(60, 70), slice(100, 150))
SHARE = 500 / 50_000


def reflectances(dtype: str = "float64", *, band_count: int = 2) -> np.ndarray:
    return (
        np.random.default_rng(0).gamma(4, 500, (band_count, *SHAPE)).clip(300, 15_000).astype(dtype)
    )


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("int16", -9999),
        ("int16", -32768),
        ("uint16", 65535),
        ("int32", -99999),
        ("float32", float(np.finfo(np.float32).min)),
        ("float64", 1e20),
        ("float64", -3.4e38),
        ("uint16", 40_000),
    ],
)
def test_a_mark_in_one_band_is_found_with_its_share(dtype: str, value: float) -> None:
    pixels = reflectances(dtype)
    pixels[1][SOME] = value
    assert find_marks(pixels, EVERYWHERE) == [Mark(value, (1,), SHARE)]


def test_two_marks_are_both_found_and_bands_that_share_one_are_named_together() -> None:
    pixels = reflectances()
    pixels[0][SOME] = -9999
    pixels[1][SOME] = -9999
    pixels[1, 0, :30] = 1e20
    assert find_marks(pixels, EVERYWHERE) == [
        Mark(-9999.0, (0, 1), SHARE),
        Mark(1e20, (1,), 30 / 50_000),
    ]


def test_pixels_that_are_declared_are_not_told_again() -> None:
    pixels = reflectances()
    pixels[0][SOME] = -9999
    assert find_marks(pixels, pixels[0] > 0) == []


def test_what_resampling_leaves_beside_a_mark_does_not_hide_it() -> None:
    pixels = reflectances()
    pixels[0][SOME] = -9999
    pixels[0, 59, 100:150] = np.linspace(-9000, 0, 50)
    assert find_marks(pixels, EVERYWHERE) == [Mark(-9999.0, (0,), SHARE)]


def test_0_far_below_imagery_is_a_mark_and_0_next_to_it_is_not() -> None:
    pixels = reflectances("uint16") + np.uint16(3000)
    pixels[0][SOME] = 0
    assert find_marks(pixels, EVERYWHERE) == [Mark(0.0, (0,), SHARE)]
    dark = np.random.default_rng(0).gamma(2, 400, (1, *SHAPE)).astype(np.uint16)
    dark[0][SOME] = 0
    assert find_marks(dark, EVERYWHERE) == []


def test_cameras_saturate_and_single_colours_are_black_without_a_mark() -> None:
    colours = np.random.default_rng(0).integers(60, 200, (3, *SHAPE)).astype(np.uint8)
    colours[:, 0:20] = 255
    colours[0][SOME] = 0
    assert find_marks(colours, EVERYWHERE) == []
    colours[:, *SOME] = 0
    assert find_marks(colours, EVERYWHERE) == [Mark(0.0, (0, 1, 2), SHARE)]


@pytest.mark.parametrize("most", [255, 1023, 4095])
def test_sensors_that_saturate_far_above_a_dark_scene_have_no_mark(most: int) -> None:
    dark = (
        np.random.default_rng(0).gamma(2, most / 100, (1, *SHAPE)).clip(0, most).astype(np.float32)
    )
    dark[0][SOME] = most
    assert find_marks(dark, EVERYWHERE) == []


def test_sea_masks_and_classes_have_no_marks() -> None:
    rng = np.random.default_rng(0)
    heights = rng.gamma(1, 40, (1, *SHAPE)).astype(np.float32)
    heights[:, 120:] = 0
    assert find_marks(heights, EVERYWHERE) == []
    assert (
        find_marks((rng.random((1, *SHAPE)) < 0.3).astype(np.uint8) * np.uint8(200), EVERYWHERE)
        == []
    )
    classes = rng.integers(1, 12, (1, *SHAPE)).astype(np.uint8)
    classes[0][SOME] = 99
    assert find_marks(classes, EVERYWHERE) == []


def test_a_few_hot_pixels_are_no_mark() -> None:
    pixels = reflectances("uint16")
    pixels[0, 3, :9] = 65535
    assert find_marks(pixels, EVERYWHERE) == []


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["normal", "gamma", "uniform"]),
    st.sampled_from(["float32", "int16"]),
)
def test_plain_measurements_never_have_marks(seed: int, law: str, dtype: str) -> None:
    rng = np.random.default_rng(seed)
    draw = {"normal": lambda: rng.normal(-12, 4, 5000), "gamma": lambda: rng.gamma(2, 300, 5000)}
    values = draw.get(law, lambda: rng.uniform(-1, 1, 5000) * 1000)()
    assert (
        find_marks(values.astype(dtype).reshape(1, 50, 100), np.ones((50, 100), dtype=bool)) == []
    )
