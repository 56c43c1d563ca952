"""Collars of one value are found by value and share, apart from masks, heights and white roofs."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.inspection.collar import find_collar

RNG = np.random.default_rng(0)
SHAPE = (200, 300)
EVERYWHERE = np.ones(SHAPE, dtype=bool)


def imagery(band_count: int, dtype: str, *, high: float = 200) -> np.ndarray:
    return RNG.uniform(20, high, (band_count, *SHAPE)).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("uint8", 0),
        ("uint8", 255),
        ("uint16", 65535),
        ("int16", -32768),
        ("int16", -9999),
        ("float32", -9999),
    ],
)
def test_a_wedge_of_one_value_at_the_border_is_found(dtype: str, value: float) -> None:
    pixels = imagery(1, dtype)
    pixels[:, :30, :100] = value
    assert find_collar(pixels, EVERYWHERE) == (value, 0.05)


def test_three_bands_show_a_small_collar_and_one_band_does_not() -> None:
    pixels = imagery(3, "uint8")
    pixels[:, :20, :15] = 0
    assert find_collar(pixels, EVERYWHERE) == (0, 0.005)
    assert find_collar(pixels[:1], EVERYWHERE) is None


def test_declared_pixels_are_no_collar() -> None:
    pixels = imagery(3, "uint8")
    pixels[:, :30] = 0
    assert find_collar(pixels, (pixels > 0).all(axis=0)) is None


def test_masks_and_classes_have_no_collar() -> None:
    sea = np.zeros((1, *SHAPE), dtype=np.uint8)
    sea[:, 50:150, 50:250] = 1
    assert find_collar(sea, EVERYWHERE) is None
    classes = np.zeros((1, *SHAPE), dtype=np.uint8)
    classes[:, 10:] = RNG.integers(1, 9, (190, 300))
    assert find_collar(classes, EVERYWHERE) is None


def test_ground_at_height_0_that_meets_the_border_is_no_collar() -> None:
    heights = np.where(RNG.random((1, *SHAPE)) < 0.5, RNG.uniform(0, 30, (1, *SHAPE)), 0.0).astype(
        np.float32
    )
    heights[:, :10] = 0
    assert find_collar(heights, EVERYWHERE) is None
