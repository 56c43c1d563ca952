"""Images with dates and optional sources: what is normalised, and what is missing."""

from __future__ import annotations

import pytest
import torch

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.presence import day_unit, fixed_positions, shared_moments
from rs_seg.values.band_groups import BandGroup

SERIES = BandGroup(source="s2", bands=("red",), slots=2)
RADAR = BandGroup(source="s1", bands=("vv",), optional=True)
NAMES = (*SERIES.names, *RADAR.names)


def network(*groups: BandGroup, mean: list[float], std: list[float]) -> NormalisedNetwork:
    return NormalisedNetwork(torch.nn.Identity(), mean=mean, std=std, groups=groups)


def normalise(whole: NormalisedNetwork, pixels: list[float]) -> list[float]:
    """Of one pixel that is valid."""
    normalised = whole.normalise(
        torch.tensor(pixels).reshape(1, -1, 1, 1), torch.ones(1, 1, 1, dtype=torch.bool)
    )
    return normalised.flatten().tolist()


def test_a_band_has_the_moments_of_all_its_dates_and_days_pass_as_they_are():
    mean, std = shared_moments([10, 150, 14, 90, 5, 0.5], [3, 80, 3, 70, 2, 0.4], [SERIES, RADAR])
    assert mean == [12, 0, 12, 0, 5, 0]
    assert std == [pytest.approx(13**0.5), 1, pytest.approx(13**0.5), 1, 2, 1]


def test_a_date_that_no_training_pixel_has_does_not_count():
    mean, std = shared_moments([10, 150, 0, 0], [3, 80, 0, 0], [SERIES])
    assert (mean, std) == ([10, 0, 10, 0], [3, 1, 3, 1])


def test_missing_dates_and_sources_are_zero_behind_the_normalisation():
    whole = network(SERIES, RADAR, mean=[10, 0, 10, 0, 5, 0], std=[2, 1, 2, 1, 1, 1])
    assert normalise(whole, [12, 40, 0, 0, 0, 0]) == [1, 40, 0, 0, 0, 0]
    assert normalise(whole, [0, 0, 6, 70, 7, 1]) == [0, 0, -2, 70, 2, 1]


@pytest.mark.parametrize("dates", [1, 3])
def test_images_may_have_another_number_of_dates(dates):
    whole = network(SERIES, RADAR, mean=[10, 0, 10, 0, 5, 0], std=[2, 1, 2, 1, 1, 1])
    pixels = [*[12, 40] * dates, 6, 1]
    assert normalise(whole, pixels) == [*[1, 40] * dates, 1, 1]


def test_networks_that_stack_dates_see_days_as_parts_of_a_year():
    whole = NormalisedNetwork(
        torch.nn.Identity(),
        mean=[10, 0] * 2,
        std=[2, 1] * 2,
        groups=[SERIES],
        day_unit=day_unit({"architecture": "unet"}),
    )
    assert normalise(whole, [12, 1, 6, 0]) == [1, pytest.approx(1 / 365), 0, 0]
    apart = [{"architecture": "utae"}, {"dates": {}}, {"fuse": "late"}]
    assert [day_unit(network) for network in apart] == [1, 1, 1]


def test_without_groups_nothing_is_taken_for_missing():
    whole = network(mean=[10, 0, 10, 0, 5, 0], std=[2, 1, 2, 1, 1, 1])
    assert normalise(whole, [12, 0, 0, 0, 0, 0]) == [1, 0, -5, 0, -5, 0]


def test_bands_that_measure_nothing_are_days_and_presence():
    assert [NAMES[place] for place in fixed_positions([SERIES, RADAR], NAMES)] == [
        "day_s2@1",
        "day_s2@2",
        "has_s1",
    ]


def test_made_up_pixels_have_every_date_and_source():
    whole = network(SERIES, RADAR, mean=[10, 0, 10, 0, 5, 0], std=[2, 1, 2, 1, 1, 1])
    raw = whole.draw_raw(torch.zeros(1, 6, 1, 1))
    assert raw.flatten().tolist() == [10, 1, 10, 31, 5, 1]
