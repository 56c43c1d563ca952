from __future__ import annotations

import pytest
import torch
from torch import nn

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.memory import count_bytes, largest_tile
from rs_seg.algorithms.networks.temporal.table import Dating
from rs_seg.values.band_groups import BandGroup, names_of

GROUPS = (BandGroup(source="optical", bands=("nir", "red"), slots=3),)


def normalised(layers: nn.Module, band_count: int, groups=()) -> NormalisedNetwork:
    moments = {"mean": [0.0] * band_count, "std": [1.0] * band_count}
    return NormalisedNetwork(layers, **moments, groups=groups).eval()


def dated(architecture: str, **settings) -> NormalisedNetwork:
    band_count = len(names_of(GROUPS))
    settings = {"encoder": None, "width": 16, "bands": band_count, "class_count": 2} | settings
    layers = build_network(architecture, dates=Dating(GROUPS, steps=8), **settings)
    return normalised(layers, band_count, GROUPS)


def wide(channels: int) -> NormalisedNetwork:
    """Two layers of so many channels, which lie beside one another for a moment."""
    first, second = nn.Conv2d(1, channels, 1), nn.Conv2d(channels, channels, 1)
    return normalised(nn.Sequential(first, second, nn.Conv2d(channels, 1, 1)), 1)


def test_tensors_that_are_alive_at_once_are_counted_and_no_others():
    # raw and normalised pixels (4 bytes each), valid pixels (1), and two layers of 50 channels
    assert count_bytes(wide(50), band_count=1, tile=16) == 16**2 * (4 + 4 + 1 + 2 * 50 * 4)
    # one more layer is not there at the same time
    deeper = normalised(nn.Sequential(wide(50).layers, nn.Conv2d(1, 1, 1)), 1)
    assert count_bytes(deeper, band_count=1, tile=16) == count_bytes(
        wide(50), band_count=1, tile=16
    )


def test_a_pass_back_keeps_the_results_of_layers():
    pairs = [nn.Conv2d(4, 4, 1), nn.Sigmoid()] * 5
    network = normalised(nn.Sequential(*pairs), 4)
    forward, back = (
        count_bytes(network, band_count=4, tile=16, gradients=own) for own in (False, True)
    )
    assert back > 16**2 * 5 * 4 * 4 > forward / 2


def test_views_and_changes_in_place_take_no_memory():
    class Layers(nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return (pixels * 2).add_(1).flatten(2).unflatten(2, pixels.shape[2:])

    plain = normalised(nn.ReLU(), 3)
    used = [
        count_bytes(network, band_count=3, tile=8) for network in (plain, normalised(Layers(), 3))
    ]
    assert used[0] == used[1]


@pytest.mark.parametrize("architecture", ["utae", "tempcnn"])
def test_more_dates_than_those_of_training_are_counted(architecture: str):
    network = dated(architecture)
    used = [count_bytes(network, band_count=3 * dates, tile=32) for dates in (3, 12)]
    assert used[0] < used[1] <= 4 * used[0]
    per_date = (used[1] - used[0]) / 9 / 32**2
    # a date of U-TAE is held with 16 channels of the first level, one of TempCNN as it is
    assert per_date >= 4 * (16 if architecture == "utae" else 3)


def test_the_largest_tile_takes_no_more_than_its_room_and_a_larger_one_would():
    network = dated("utae")
    tile = largest_tile(network, band_count=36, most=768, room=6e7)
    assert tile % 32 == 0
    assert count_bytes(network, band_count=36, tile=tile) <= 6e7
    assert count_bytes(network, band_count=36, tile=tile + 32) > 6e7
    assert largest_tile(network, band_count=9, most=768, room=6e7) > tile
    assert largest_tile(network, band_count=36, most=64, room=6e7) == 64
    assert largest_tile(network, band_count=36, most=768, room=1.0) == 32


@pytest.mark.parametrize(
    ("fixed", "border"), [(2**21, 0), (0, 92)], ids=["a fixed size", "borders"]
)
def test_what_does_not_grow_with_a_tile_makes_it_no_smaller(fixed: int, border: int):
    class Layers(nn.Module):
        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            kept = torch.ones(fixed)
            padded = nn.functional.pad(pixels, [border] * 4).repeat(1, 9, 1, 1)
            return padded[:, :, :32, :32] + kept[:1] if fixed else padded

    network = normalised(Layers(), 4)
    used = [count_bytes(network, band_count=4, tile=tile) / tile**2 for tile in (128, 768)]
    assert used[0] > 1.5 * used[1]
    assert largest_tile(network, band_count=4, most=768, room=1.5 * used[1] * 768**2) == 768
    assert largest_tile(network, band_count=4, most=768, room=0.9 * used[1] * 768**2) < 768
