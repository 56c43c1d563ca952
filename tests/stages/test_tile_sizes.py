"""Tiles are as large as the memory of a thread allows for the network and its dates."""

from __future__ import annotations

import pytest

from rs_seg.algorithms.networks import NormalisedNetwork
from rs_seg.algorithms.networks.building import build_network
from rs_seg.algorithms.networks.memory import count_bytes
from rs_seg.algorithms.networks.temporal.table import Dating
from rs_seg.stages.accelerate.sizes import RECEPTIVE_ROOM, ROOM, TileSizes, choose_sizes, one_size
from rs_seg.values.band_groups import BandGroup, names_of

USUAL = TileSizes(768, judging=512, racing=256, receptive=512)


def network_of(architecture: str, *, slots: int = 0, steps: int = 32, **settings):
    groups = (
        BandGroup(source="optical", bands=("nir", "red", "green"), slots=slots),
        BandGroup(source="radar", bands=("vv", "vh")),
    )
    band_count = len(names_of(groups))
    dates = Dating(groups, steps=steps) if slots else None
    chosen = {"encoder": None, "class_count": 6, "bands": band_count} | settings
    layers = build_network(architecture, dates=dates, **chosen)
    moments = {"mean": [0.0] * band_count, "std": [1.0] * band_count}
    network = NormalisedNetwork(layers, **moments, groups=groups if slots else ())
    return network.eval(), band_count


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "unet", "encoder": "resnet34"},
        {"architecture": "deeplabv3plus", "encoder": "resnet18"},
        {"architecture": "swin_unet"},
        {"architecture": "fc_siam_diff", "slots": 2},
        {"architecture": "unet", "encoder": "resnet18", "slots": 6},
    ],
)
def test_ordinary_networks_keep_the_usual_tiles(settings):
    network, bands = network_of(**settings)
    assert choose_sizes(network, band_count=bands, given=None) == USUAL


@pytest.mark.parametrize(
    "settings",
    [
        {"architecture": "tempcnn", "width": 32, "steps": 16, "slots": 6},
        {"architecture": "utae", "width": 16, "slots": 30},
    ],
)
def test_tiles_of_many_dates_fit_into_the_memory_of_a_thread(settings):
    network, bands = network_of(**settings)
    sizes = choose_sizes(network, band_count=bands, given=None)
    assert sizes.fits_memory
    assert 128 <= sizes.receptive <= sizes.judging == min(sizes.prediction, 256)
    assert sizes.racing <= 128
    assert sizes.prediction < 768
    for tile, room, gradients in (
        (sizes.prediction, ROOM, False),
        (sizes.receptive, RECEPTIVE_ROOM, True),
    ):
        used = count_bytes(network, band_count=bands, tile=64, gradients=gradients) / 64**2
        assert used * tile**2 <= room * 1.01
        assert used * (tile + 64) ** 2 > room or tile == sizes.judging


def test_a_tile_of_the_configuration_stays_and_what_is_looked_at_fits_all_the_same():
    network, bands = network_of("tempcnn", width=32, steps=16, slots=6)
    sizes = choose_sizes(network, band_count=bands, given=1024)
    assert (sizes.prediction, sizes.fits_memory) == (1024, False)
    assert sizes.receptive <= sizes.judging == 256


def test_a_large_tile_of_the_configuration_changes_nothing_of_what_is_looked_at():
    network, bands = network_of("unet", encoder="resnet34")
    sizes = choose_sizes(network, band_count=bands, given=2048)
    assert sizes == TileSizes(2048, judging=512, racing=256, receptive=512)


def test_the_one_size_of_a_network_is_taken_for_all():
    assert one_size(224) == TileSizes(224, judging=224, racing=224, receptive=224)
    assert one_size(1024) == TileSizes(1024, judging=1024, racing=1024, receptive=512)
