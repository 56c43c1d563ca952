"""Bands in the wrong order are found by how they differ, and other light is not taken for it."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.windows import Window
from scipy.stats import rankdata

from rs_seg.algorithms.inspection.band_pairs import describe_pairs, find_reordering, mean_ranks
from rs_seg.values.band_pairs import PARTS

RGB = ("red", "green", "blue")
GROUND = np.array([[120, 100, 80], [70, 90, 50], [90, 92, 95], [150, 70, 60]])
"""Red, green and blue of soil, grass, road and roof."""


def town(seed: int, pixels: int = 40_000, *, light: float = 1.0) -> NDArray[np.float64]:
    """Pixels (3, N) of a town: shares of ground and shade differ from seed to seed."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(4, size=pixels, p=rng.dirichlet([20, 20, 20, 20]))
    shade = rng.uniform(0.4, 1.6, size=pixels)
    return light * (GROUND[kinds].T * shade + rng.normal(0, 4, size=(3, pixels)))


@pytest.mark.parametrize("order", [order for order in permutations(range(3)) if order != (0, 1, 2)])
def test_every_other_order_of_three_bands_is_found(order: tuple[int, ...]) -> None:
    reordering = find_reordering(describe_pairs(RGB, town(1)), RGB, town(2)[list(order)])
    assert reordering is not None
    assert reordering.fitting == tuple(RGB[place] for place in order)
    assert reordering.sure


@pytest.mark.parametrize("light", [0.3, 1.0, 2.5])
def test_the_right_order_is_left_alone_in_any_light(light: float) -> None:
    pairs = describe_pairs(RGB, town(1))
    assert all(find_reordering(pairs, RGB, town(seed, light=light)) is None for seed in range(2, 8))


def test_another_colour_of_light_is_never_sure() -> None:
    pairs = describe_pairs(RGB, town(1))
    blue = town(2) * np.array([[0.8], [1.0], [1.25]])
    reordering = find_reordering(pairs, RGB, blue)
    assert reordering is None or not reordering.sure


def test_bands_in_another_file_order_need_not_be_those_of_the_pairs() -> None:
    pairs = describe_pairs(RGB, town(1))
    bands = ("blue", "red", "green")
    assert find_reordering(pairs, bands, town(2)[[2, 0, 1]]) is None
    reordering = find_reordering(pairs, bands, town(2)[[0, 2, 1]])
    assert reordering is not None
    assert reordering.fitting == ("red", "blue", "green")


def test_nothing_is_said_of_few_pixels_one_band_or_unknown_bands() -> None:
    pairs = describe_pairs(RGB, town(1))
    assert find_reordering(pairs, RGB, town(2, 900)[::-1]) is None
    assert find_reordering(pairs, ("red",), town(2)[:1]) is None
    assert find_reordering((), RGB, town(2)[::-1]) is None
    assert find_reordering(pairs, ("red", "nir"), town(2)[:2]) is None
    assert describe_pairs(("red",), town(1)[:1]) == ()


def test_constant_bands_and_huge_values_have_pairs_of_whole_shares() -> None:
    values = np.array([[0.0, 0, 0, 0], [1e308, -1e308, 3, 0], [5, 5, 5, 5]])
    for pair in describe_pairs(RGB, values):
        assert len(pair.ratios) == len(pair.ranks) == PARTS
        assert sum(pair.ratios) == sum(pair.ranks) == pytest.approx(100_000, abs=PARTS)


def test_sentence_says_what_each_band_looks_like() -> None:
    reordering = find_reordering(describe_pairs(RGB, town(1)), RGB, town(2)[::-1])
    assert reordering is not None
    assert "red looks like blue, blue looks like red (difference" in reordering.describe()


def read(path: Path, columns: slice) -> NDArray[np.uint8]:
    with rasterio.open(path) as dataset:
        width = columns.stop - columns.start
        part = dataset.read(window=Window(columns.start, 0, width, dataset.height))
    return part[:3].reshape(3, -1)[:, ::7]


@pytest.mark.slow
def test_a_drone_image_of_the_same_town_in_the_order_of_opencv_is_refused(real_data: Path) -> None:
    folder = real_data / "vhr_banepa_buildings" / "images"
    west = read(folder / "banepa_train.tif", slice(0, 2048))
    pairs = describe_pairs(RGB, west)
    scenes = [read(folder / "banepa_train.tif", slice(2048, 3072))]
    scenes.append(read(folder / "banepa_predict_unlabelled.tif", slice(0, 2048)))
    for scene in scenes:
        assert find_reordering(pairs, RGB, scene) is None
        swapped = find_reordering(pairs, RGB, scene[::-1])
        assert swapped is not None
        assert swapped.sure
        assert swapped.fitting == ("blue", "green", "red")


@given(st.lists(st.integers(-5, 5) | st.floats(allow_nan=False), min_size=1, max_size=30))
def test_ranks_are_those_of_scipy(values: list[float]) -> None:
    band = np.array(values, dtype=np.float64)
    assert mean_ranks(band).tolist() == rankdata(band).tolist()
