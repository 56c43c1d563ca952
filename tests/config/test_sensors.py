"""Networks with an encoder for each source, and their copies that do without one."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.cli.signature import settings_of
from rs_seg.config import RunConfig, parse_config
from rs_seg.config.copies import copy_maps, lender_of, models_and_copies
from rs_seg.errors import UserError
from tests.config.test_load import changed

SOURCES = {
    "s2": {"path": "{scene}/s2.tif", "bands": ["red", "nir"]},
    "s1": {"path": "{scene}/s1.tif", "bands": ["vv"], "optional": True},
}
FUSED = {"architecture": "unet", "fuse": "late"}
FROZEN = {"weights": "imagenet", "freeze_encoder": True}
MODELS = {"fused": FUSED, "plain": {"architecture": "unet"}}


def parse(**changes: Any) -> RunConfig:
    plain = {"indices": {}, "refinements": {"argmax": {"method": "argmax"}}}
    return parse_config(changed(**{**plain, "sources": SOURCES, "models": MODELS, **changes}))


def test_the_bands_of_each_source_are_filled_in_and_are_those_of_the_image() -> None:
    run = parse()
    groups = run.models["fused"].band_groups
    assert [group.source for group in groups] == ["s2", "s1"]
    assert tuple(name for group in groups for name in group.names) == run.bands
    assert run.bands == ("red", "nir", "vv", "has_s1")
    assert run.models["fused"].dropped_share == 0.3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"models": {"fused": {**FUSED, "architecture": "dpt"}}}, "cannot have several encoders"),
        ({"models": {"fused": {**FUSED, "architecture": "fcn8s"}}}, "cannot have several encoders"),
        ({"models": {"fused": {**FUSED, "encoders": {"s3": "resnet18"}}}}, "names 's3'"),
        ({"models": {"m": {"architecture": "unet", "drop_sources": 0.1}}}, "but fuse is null"),
        ({"models": {"m": {"architecture": "unet", "encoders": {"s2": "x"}}}}, "but fuse is null"),
        ({"sources": {"s2": SOURCES["s2"]}}, "is the only source"),
        (
            {"models": {"m": {**FUSED, **FROZEN, "encoders": {"s1": "resnet18"}}}},
            "begins with random values",
        ),
        (
            {
                "sources": {**SOURCES, "s1": {**SOURCES["s1"], "optional": False}},
                "models": {"fused": {**FUSED, "drop_sources": 0.5}},
            },
            "no source may be missing",
        ),
        (
            {"models": {**MODELS, "fused_without_s1": {"architecture": "fpn"}}},
            "has the name that evaluate.without_sources gives",
        ),
    ],
)
def test_what_cannot_be_joined_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as error:
        parse(**changes)
    assert told in str(error.value)


def test_a_fused_network_has_a_copy_without_each_optional_source_that_is_no_model() -> None:
    run = parse()
    assert run.withheld == {"fused_without_s1": ("fused", "s1")}
    assert list(run.models) == ["fused", "plain"]
    assert set(models_and_copies(run)) == {"fused", "plain", "fused_without_s1"}
    assert not {"fused_without_s1"} & set(run.trained_by_steps)
    assert copy_maps(run) == (("fused_without_s1", "argmax"),)
    assert lender_of(run, "fused_without_s1") == "fused"
    assert lender_of(run, "plain") == "plain"


def test_only_the_copy_sees_nothing_of_the_source() -> None:
    run = parse()
    seen = {
        name: settings_of("predict", run, network=name)["network"].withheld
        for name in ("fused", "plain", "fused_without_s1")
    }
    assert seen == {"fused": (), "plain": (), "fused_without_s1": ("vv", "has_s1")}


@pytest.mark.parametrize(
    "changes",
    [
        {"evaluate": {"without_sources": False}},
        {"models": {"plain": {"architecture": "unet"}}},
        {"sources": {**SOURCES, "s1": {**SOURCES["s1"], "optional": False}}},
        {"refinements": {"crf": {"method": "densecrf", "search": {}}}},
    ],
)
def test_there_are_no_copies_where_nothing_is_asked_or_possible(changes: dict[str, Any]) -> None:
    assert parse(**changes).withheld == {}


def test_each_seed_has_copies_of_its_own() -> None:
    run = parse(models={"fused": {**FUSED, "seeds": [1, 2]}})
    assert list(run.withheld) == ["fused_seed1_without_s1", "fused_seed2_without_s1"]
