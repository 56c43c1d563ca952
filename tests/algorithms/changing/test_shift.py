"""Shifts between images, to a tenth of a pixel, whatever the season."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift

from rs_seg.algorithms.changing.shift import (
    Shift,
    measure_window,
    plan_windows,
    summarize_shifts,
)

MOVES = [(0.0, 0.0), (0.3, -0.6), (1.25, -0.75), (-2.4, 1.1)]


def measure(
    before: NDArray[np.float64], after: NDArray[np.float64], valid: NDArray[np.bool_]
) -> Shift | None:
    shifts = [
        measure_window(
            before[(slice(None), *window.slices)],
            after[(slice(None), *window.slices)],
            valid[window.slices],
        )
        for window in plan_windows(*valid.shape)
    ]
    return summarize_shifts([moved for moved in shifts if moved is not None])


def move(image: NDArray[np.float64], by: tuple[float, float]) -> NDArray[np.float64]:
    return np.stack([shift(band, by, order=3, mode="nearest") for band in image])


@pytest.fixture(scope="module")
def fields() -> NDArray[np.float64]:
    """Fields with straight borders, of several brightnesses, with a little noise."""
    generator = np.random.default_rng(4)
    blobs = gaussian_filter(generator.standard_normal((3, 200, 240)), (0, 7, 7))
    return np.digitize(blobs, np.quantile(blobs, [0.2, 0.5, 0.8])) * 100.0


@pytest.mark.parametrize("by", MOVES)
def test_a_known_shift_is_found(fields: NDArray[np.float64], by: tuple[float, float]) -> None:
    smooth = gaussian_filter(fields, (0, 1, 1))
    found = measure(smooth, move(smooth, by), np.ones((200, 240), dtype=bool))
    assert found is not None
    np.testing.assert_allclose((found.rows, found.columns), by, atol=0.1)


def test_fields_of_other_brightness_with_clouds_are_found_too(fields: NDArray[np.float64]) -> None:
    smooth = gaussian_filter(fields, (0, 1, 1))
    season = move(300 - 0.5 * smooth, (0.8, -0.4))
    valid = np.ones((200, 240), dtype=bool)
    valid[20:70, 30:110] = False
    season[:, ~valid] = 5000
    found = measure(smooth, season, valid)
    assert found is not None
    np.testing.assert_allclose((found.rows, found.columns), (0.8, -0.4), atol=0.1)


def test_images_of_nothing_alike_have_no_shift() -> None:
    generator = np.random.default_rng(1)
    first, second = generator.standard_normal((2, 1, 200, 240))
    assert measure(first, second, np.ones((200, 240), dtype=bool)) is None
    flat = np.ones((1, 200, 240))
    assert measure(flat, flat, np.ones((200, 240), dtype=bool)) is None


def test_windows_lie_inside_and_are_few_on_large_images() -> None:
    for height, width in [(20, 500), (64, 64), (250, 250), (10_000, 7_000)]:
        windows = plan_windows(height, width)
        assert 1 <= len(windows) <= 150
        assert all(window.clip(height, width) == window for window in windows)


@pytest.mark.parametrize("by", MOVES)
def test_a_real_image_and_one_of_another_season_are_found(
    real_data: Path, by: tuple[float, float]
) -> None:
    folder = real_data / "landsat7_chiapas_polygons/images"
    autumn, spring = (
        rasterio.open(path).read().astype(float) for path in sorted(folder.glob("*.gtif"))
    )
    everywhere = np.ones(autumn.shape[1:], dtype=bool)
    moved = measure(autumn[:6], move(autumn[:6], by), everywhere)
    assert moved is not None
    np.testing.assert_allclose((moved.rows, moved.columns), by, atol=0.1)
    clear = spring[7] == 0
    still, season = (measure(autumn[:6], move(spring[:6], own), clear) for own in ((0.0, 0.0), by))
    assert still is not None
    assert season is not None
    # the two images as they are lie 0.2 pixels apart
    np.testing.assert_allclose(
        (season.rows - still.rows, season.columns - still.columns), by, atol=0.1
    )
