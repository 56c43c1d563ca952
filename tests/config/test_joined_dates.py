"""Networks that see the dates of a source one by one: what they need, and what has no effect."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from rs_seg.config import ConvolutionalNetwork, RunConfig, parse_config
from rs_seg.errors import UserError
from rs_seg.values.band_groups import BandGroup
from tests.config.test_load import changed

DATED = {"path": "{scene}/{date}.tif", "bands": ["red", "nir"], "slots": 3}
DATES = {"s2": ["20200301", "20200501", "20200701"]}
SCENES = [{"name": "north", "dates": DATES}, {"name": "south", "dates": DATES}]


def parsed(model: dict[str, Any], *sources: str, slots: int = 3) -> RunConfig:
    dated = {name: {**DATED, "path": f"{name}/{DATED['path']}", "slots": slots} for name in sources}
    if len(sources) > 1:
        dated[sources[1]]["bands"] = ["vv"]
    dsm = {"path": "{scene}/dsm.tif", "bands": ["height"]}
    scenes = copy.deepcopy(SCENES)
    for scene in scenes:
        scene["dates"] = dict.fromkeys(sources, DATES["s2"][:slots])
    return parse_config(
        changed(scenes=scenes, sources={**dated, "dsm": dsm}, models={"dated": model})
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"architecture": "utae", "dates": {}}, "dates has no effect on utae"),
        ({"architecture": "segnet", "dates": {}}, "dates has no effect on segnet"),
        ({"architecture": "unet", "dates": {"steps": 4}}, "dates.steps has no effect on unet"),
        ({"architecture": "tempcnn", "dates": {"pooling": "max"}}, "pooling has no effect"),
        ({"architecture": "tempcnn", "dates": {"days": [9, 3]}}, "the last must be after the"),
        ({"architecture": "utae", "width": 24}, "no multiple of 16"),
        ({"architecture": "utae", "encoder": "resnet18"}, "encoder: resnet18 has no effect"),
        ({"architecture": "fc_siam_diff", "weights": "imagenet"}, "do not exist for fc_siam_diff"),
        ({"architecture": "tempcnn", "dropout": 0.1}, "dropout: 0.1 has no effect"),
        ({"architecture": "utae", "fuse": "late"}, "sees other sources with each date"),
    ],
)
def test_settings_without_effect_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        parsed(settings, "s2")


@pytest.mark.parametrize("sources", [(), ("s2", "s1")])
@pytest.mark.parametrize(
    "model", [{"architecture": "utae"}, {"architecture": "unet", "dates": {"pooling": "mean"}}]
)
def test_exactly_one_source_has_dates(model, sources):
    with pytest.raises(UserError, match=r"models.dated .* takes the dates of one source"):
        parsed(model, *sources)


def test_a_siamese_network_needs_two_dates():
    with pytest.raises(UserError, match=r"compares two dates, but sources\.s2 has room for 3"):
        parsed({"architecture": "fc_siam_diff"}, "s2")
    assert parsed({"architecture": "fc_siam_diff"}, "s2", slots=2).models


def test_networks_know_the_bands_of_each_date():
    network = parsed({"architecture": "utae"}, "s2").models["dated"]
    assert isinstance(network, ConvolutionalNetwork)
    assert network.band_groups == (
        BandGroup(source="s2", bands=("red", "nir"), slots=3),
        BandGroup(source="dsm", bands=("height",)),
    )


def test_networks_of_runs_without_dates_know_no_groups():
    network = parsed({"architecture": "unet"}).models["dated"]
    assert isinstance(network, ConvolutionalNetwork)
    assert network.groups == ()
