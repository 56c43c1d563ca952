"""Simulated scenes ask for what the simulation makes, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import changed

DATES = ["20210410", "20210705"]
OPTICAL = {
    "path": "{scene}/optical_{date}.tif",
    "bands": ["nir", "red", "green"],
    "slots": 2,
    "clouds": {"path": "{scene}/clouds_{date}.tif"},
}
RADAR = {"path": "{scene}/radar.tif", "bands": ["vv", "vh"], "optional": True}
TOWN = {
    "optical": {"path": "{scene}/optical.tif", "bands": ["nir"]},
    "height": {"path": "{scene}/height.tif", "bands": ["dsm"]},
}


def fields(**changes: Any) -> RunConfig:
    scenes = [
        {"name": "north", "simulate": 1, "dates": {"optical": DATES}},
        {"name": "south", "simulate": 2, "dates": {"optical": DATES[1:]}, "lacks": ["radar"]},
    ]
    values = {
        "scenes": scenes,
        "simulate": {"fields": {"dates": DATES, "clouds": 0.3}, "looks": 2},
        "sources": {"optical": OPTICAL, "radar": RADAR},
    }
    return parse_config(changed(**{**values, **changes}))


def test_fields_have_optical_images_of_their_dates_with_clouds_and_perhaps_a_radar() -> None:
    run = fields()
    assert [path.name for path in run.source_paths(run.scene("south"))] == [
        "optical_20210705.tif",
        "clouds_20210705.tif",
    ]
    assert fields(sources={"optical": OPTICAL}).bands[-1] == "day_optical@2"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sources": {"s2": OPTICAL}}, "simulated fields, which need the source optical, perhaps"),
        ({"sources": {"optical": {"path": "a.tif", "bands": ["nir"]}}}, "write {date} in it"),
        ({"sources": {"optical": {**OPTICAL, "path": "{date}_*.tif"}}}, "and no *"),
        (
            {"sources": {"optical": {**OPTICAL, "clouds": {"path": OPTICAL["path"]}}}},
            "clouds.path is that of the image: name another file",
        ),
        (
            {"sources": {"optical": OPTICAL, "radar": {**RADAR, "clouds": {"path": "c.tif"}}}},
            "sources.radar has clouds, but of simulated fields optical alone has any",
        ),
        ({"simulate": {}}, "are simulated towns, which need the sources optical and height"),
        ({"simulate": {}, "sources": {**TOWN, "optical": OPTICAL}}, "or give simulate.fields"),
        ({"simulate": {"fields": {"dates": DATES[:1]}}}, "has the date 20210705 of optical, but"),
        ({"simulate": {"fields": {"dates": DATES[::-1]}}}, "20210410 follows 20210705"),
        ({"simulate": {"fields": {"dates": ["May"]}}}, "'May' is no date"),
        ({"simulate": {"fields": {"dates": DATES}, "pixel_size": 2}}, "pixel_size is 2, but"),
    ],
)
def test_what_the_simulation_does_not_make_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as raised:
        fields(**changes)
    assert told in " ".join(str(raised.value).split())
