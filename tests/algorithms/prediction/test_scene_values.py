"""Values of scenes beside training: other units are found, other ground of the sensor is not."""

from __future__ import annotations

import numpy as np
import pytest

from rs_seg.algorithms.prediction.scene_values import BandFigures, compare_band
from rs_seg.algorithms.statistics import describe_band

RNG = np.random.default_rng(0)
BYTES = RNG.normal(110, 35, 50_000).clip(1, 255).round()
REFLECTANCES = RNG.gamma(4, 600, 50_000).clip(1, 10_000).round()
DECIBELS = RNG.normal(-12, 4, 50_000)
HEIGHTS = np.where(RNG.random(50_000) < 0.7, 0.0, RNG.uniform(0, 25, 50_000))


def reasons(trained: np.ndarray, scene: np.ndarray, *, ranges: bool = True) -> tuple[str, ...]:
    figures = describe_band(trained)
    kept = figures if ranges else {key: figures[key] for key in ("mean", "std")}
    return compare_band("red", BandFigures(**kept), scene).unlike


@pytest.mark.parametrize(
    "values", [BYTES, REFLECTANCES, DECIBELS, HEIGHTS], ids=["bytes", "ints", "dB", "heights"]
)
def test_values_like_those_of_the_training_are_no_matter(values: np.ndarray) -> None:
    assert reasons(values[:25_000], values[25_000:]) == ()


@pytest.mark.parametrize(
    ("trained", "scene"),
    [
        (BYTES, REFLECTANCES),
        (REFLECTANCES, BYTES),
        (BYTES, BYTES / 255),
        (REFLECTANCES, REFLECTANCES / 10_000),
        (REFLECTANCES / 10_000, REFLECTANCES),
        (BYTES, (BYTES - 110) / 35),
        (DECIBELS, 10 ** (DECIBELS / 10)),
        (10 ** (DECIBELS / 10), DECIBELS),
        (HEIGHTS, HEIGHTS + 350),
        (HEIGHTS, HEIGHTS * 100),
    ],
    ids=[
        "bytes to ints",
        "ints to bytes",
        "bytes to shares",
        "ints to shares",
        "shares to ints",
        "bytes to standardised",
        "dB to linear",
        "linear to dB",
        "above ground to above sea",
        "metres to centimetres",
    ],
)
@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "of an older model"])
def test_other_units_are_found_with_and_without_the_range(
    trained: np.ndarray, scene: np.ndarray, ranges: bool
) -> None:
    assert reasons(trained, scene, ranges=ranges)


def test_few_houses_make_another_mean_but_not_other_units() -> None:
    hamlet = np.where(RNG.random(50_000) < 0.03, RNG.uniform(0, 20, 50_000), 0.0)
    assert hamlet.mean() < HEIGHTS.mean() / 10
    assert reasons(HEIGHTS, hamlet) == ()
    assert reasons(HEIGHTS, hamlet / 100) == ("another order of magnitude",)


def test_the_share_outside_the_trained_range_is_counted_and_said() -> None:
    trained = BandFigures(mean=100, std=50, min=10, max=200, p2=20, p98=190)
    scene = np.concatenate([np.full(60, 100.0), np.full(25, 201.0), np.full(15, 9.0)])
    found = compare_band("nir", trained, scene)
    assert found.outside == 0.4
    assert found.unlike == ("40% of the pixels outside the trained range",)
    assert found.describe() == (
        "band nir holds 9 to 201 (mean 111.6), the model was trained on 10 to 200 (mean 100): "
        "40% of the pixels outside the trained range"
    )
    assert (
        compare_band("nir", trained, np.concatenate([np.full(95, 120.0), np.full(5, 201.0)])).unlike
        == ()
    )


def test_a_band_that_holds_one_value_is_said() -> None:
    trained = BandFigures(mean=100, std=50, min=0, max=255, p2=20, p98=190)
    assert compare_band("nir", trained, np.full(100, 150)).unlike == ("a single value everywhere",)


def test_without_a_range_no_share_is_made_up() -> None:
    assert compare_band("nir", BandFigures(100, 50), np.full(100, 150)).outside is None
