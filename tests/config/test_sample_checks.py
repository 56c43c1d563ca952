"""The settings of a random sample are those of a map of the run."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import parse_config
from rs_seg.errors import UserError
from tests.config.test_load import changed

RASTER = {"raster": "{scene}/regions.tif"}


def with_sample(**options: Any) -> dict[str, Any]:
    return changed(sample={"map": "auto", **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"map": "unet/nothing"}, "sample.map is unet/nothing, but the maps of the run are"),
        ({"buffers": {"hut": 20}}, "sample.buffers names 'hut', but the classes of the map are"),
        ({"expected": {"hut": 0.9}}, "sample.expected names 'hut'"),
        ({"expected": {"building": 1}}, "less than 1"),
        ({"join": {"building": "hut"}}, "sample.join names 'hut', but the strata are background"),
        ({"join": {"near building": "building"}}, "sample.join names 'near building'"),
        ({"units": {"hut": 20}}, "sample.units names 'hut'"),
        (
            {"join": {"building": "background", "background": "building"}},
            "sample.join adds a stratum to 'background', which it adds to another one itself",
        ),
        (
            {**RASTER, "buffers": {"building": 20}},
            "sample.raster and sample.buffers are both given",
        ),
        (
            {"units": {"building": 20, "background": 20}, "design": "systematic"},
            "units are given by stratum, but a systematic sample has no strata",
        ),
        ({"clusters": {"size": 100}}, "clusters are given, but the design is stratified"),
        (
            {"clusters": {"size": 100}, "design": "systematic"},
            "clusters are given, but the design is systematic",
        ),
        ({"clusters": {"size": 100, "units": 1}, "design": "simple_random"}, "units"),
        ({"units": 1}, "units"),
    ],
)
def test_a_sample_that_cannot_be_drawn_is_refused_before_the_run(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=f"(?s){message}"):
        parse_config(with_sample(**options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"buffers": {"building": 20}, "join": {"building": "near building"}},
        {"buffers": {"building": 20}, "units": {"near building": 30}},
        {**RASTER, "join": {"3": "1"}, "units": {"1": 40}},
        {"clusters": {"size": 100}, "design": "simple_random"},
    ],
)
def test_a_sample_that_can_be_drawn_is_taken(options: dict[str, Any]) -> None:
    config = parse_config(with_sample(**options))
    assert config.sampled_map == config.maps[0]


def test_labels_without_a_sampled_map_are_refused() -> None:
    with pytest.raises(UserError, match=r"sample\.map is null: name the map that was sampled"):
        parse_config(changed(estimate={"labelled": "points.gpkg"}))


def test_without_a_map_nothing_is_sampled() -> None:
    assert parse_config(changed(sample={"units": 50})).sampled_map is None
