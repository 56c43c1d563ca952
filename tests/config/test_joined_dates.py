"""Networks that see the dates of a source one by one: what they need, and what has no effect."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from rs_seg.config import ConvolutionalNetwork, RunConfig, find_unlike_dates, parse_config
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
    scenes = [{**scene, "dates": dict(DATES)} for scene in SCENES]
    for scene in scenes:
        scene["dates"] = dict.fromkeys(sources, DATES["s2"][:slots])
    return parse_config(run_of(model, scenes, {**dated, "dsm": dsm}))


def run_of(
    model: dict[str, Any], scenes: list[dict[str, Any]], sources: dict[str, Any], **others: Any
) -> dict[str, Any]:
    return changed(scenes=scenes, sources=sources, models={"dated": model}, **others)


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


def test_a_siamese_network_needs_two_dates_of_each_scene():
    scenes = [{**scene, "dates": dict(DATES)} for scene in SCENES]
    scenes[0]["dates"]["s2"], scenes[1]["dates"]["s2"] = DATES["s2"][:2], DATES["s2"][:1]
    with pytest.raises(UserError, match=r"two dates, but scene 'south' has 1 of sources\.s2"):
        parse_config(
            run_of({"architecture": "fc_siam_conc"}, scenes, {"s2": {**DATED, "slots": 2}})
        )


def test_tempcnn_asks_for_the_days_of_dates_beyond_one_year():
    scenes = [{**scene, "dates": dict(DATES)} for scene in SCENES]
    scenes[1]["dates"]["s2"] = ["20201001", "20201231", "20210601"]
    with pytest.raises(UserError) as error:
        parse_config(run_of({"architecture": "tempcnn"}, scenes, {"s2": DATED}))
    assert "scene 'south' has a date of sources.s2 on day 518" in str(error.value)
    assert "set models.dated.dates to {days: [61, 518]}" in str(error.value)
    given = {"architecture": "tempcnn", "dates": {"days": [61, 518]}}
    assert parse_config(run_of(given, scenes, {"s2": DATED})).models
    scenes[1]["dates"]["s2"] = ["20201001", "20201231"]  # the last day of a leap year
    assert parse_config(run_of({"architecture": "tempcnn"}, scenes, {"s2": DATED})).models


def unlike_dates(model: dict[str, Any], *south: str) -> list[str]:
    scenes = [{**scene, "dates": dict(DATES)} for scene in SCENES]
    scenes[1]["dates"]["s2"] = list(south)
    return find_unlike_dates(parse_config(run_of(model, scenes, {"s2": DATED})))


@pytest.mark.parametrize(
    "model", [{"architecture": "unet"}, {"architecture": "random_forest", "features": ["'nir@2'"]}]
)
def test_dates_that_are_known_by_number_are_of_the_same_month_in_all_scenes(model):
    (told,) = unlike_dates(model, "20210301", "20210701", "20210702")
    assert told.startswith(
        "date 2 of sources.s2 is 2020-05-01 in scene north and 2021-07-01 in scene south, 60 days "
        "apart in the year, but models.dated takes them for the same date: "
    )
    # other years, days of the same month and fewer dates are as expected
    assert unlike_dates(model, "20230310", "20230525") == []


def test_the_turn_of_the_year_lies_between_days_that_are_near():
    days = {"north": "20201220", "south": "20220110"}
    scenes = [{**scene, "dates": {"s2": [days[scene["name"]]]}} for scene in SCENES]
    run = parse_config(run_of({"architecture": "unet"}, scenes, {"s2": DATED}))
    assert find_unlike_dates(run) == []


@pytest.mark.parametrize(
    "model",
    [
        {"architecture": "utae"},
        {"architecture": "unet", "dates": {"pooling": "mean"}},
        {"architecture": "random_forest", "features": ["median(nir)", "'nir@1'"]},
    ],
)
def test_methods_that_see_the_days_of_dates_take_any(model):
    assert unlike_dates(model, "20200301", "20200701") == []


def test_dates_are_not_dropped_where_there_are_none():
    with pytest.raises(UserError, match=r"drop_dates is 0\.2, but no source has dates"):
        parse_config(changed(train={"drop_dates": 0.2}))


@pytest.mark.parametrize(
    ("augment", "told"),
    [
        ({"hue": {}}, "the bands are red@1, nir@1: it needs 3; leave hue out"),
        ({"hue": {}, "dates": "same"}, None),
        ({"saturation": {}}, None),
        (
            {"saturation": {}, "optical_bands": ["red@1", "red@2", "red@3"]},
            "the bands are red@1: it needs 2; leave saturation out",
        ),
    ],
)
def test_changes_of_bands_against_one_another_need_enough_bands_of_a_date(augment, told):
    model = {"architecture": "utae"}
    run = run_of(model, copy.deepcopy(SCENES), {"s2": DATED}, train={"augment": augment})
    if told is None:
        assert parse_config(run).bands
        return
    with pytest.raises(UserError, match=re.escape(told)):
        parse_config(run)


def test_presence_is_no_band_that_could_change_its_colour():
    sources = {"s2": {"path": "{scene}.tif", "bands": ["red"], "optional": True}}
    sources["dsm"] = {"path": "{scene}_dsm.tif", "bands": ["height"]}
    train = {"augment": {"hue": {}}}
    with pytest.raises(UserError, match="the bands are red, height: it needs 3"):
        parse_config(changed(sources=sources, indices={}, train=train))


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
