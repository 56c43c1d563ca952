"""Runs of pictures without a place: what they may not ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rs_seg.config import load_config, parse_config
from rs_seg.errors import UserError
from rs_seg.values.pictures import picture_crs
from tests.config.test_load import changed

PIXELS = {"ungeoreferenced": "pixels"}
HOMEWORK = Path(__file__).parents[2] / "config/examples/homework.yaml"


def test_pictures_are_asked_for_by_name() -> None:
    assert parse_config(changed()).has_place
    assert parse_config(changed()).align.picture_of("a") is None
    run = parse_config(changed(align=PIXELS))
    assert not run.has_place
    assert run.align.picture_of("a") == picture_crs("a")


def test_pictures_have_no_common_ground_to_merge() -> None:
    assert parse_config(changed()).merges_scenes
    assert not parse_config(changed(align=PIXELS)).merges_scenes


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"align": {**PIXELS, "crs": "EPSG:32632"}}, "ungeoreferenced is pixels and crs is EPSG"),
        ({"align": {**PIXELS, "resolution": 2}}, "leave resolution out"),
        (
            {"align": PIXELS, "split": {"buffer_m": 20}},
            "split.buffer_m is set: leave it out; give split.buffer, in pixels",
        ),
        (
            {
                "align": PIXELS,
                "sources": {"image": {"path": "{scene}", "bands": ["r"], "crs": "EPSG:32632"}},
            },
            "sources.image.crs is set: leave it out",
        ),
        (
            {
                "align": PIXELS,
                "sources": {
                    "image": {"path": "{scene}", "bands": ["r"]},
                    "dsm": {"path": "d", "bands": ["h"], "ungeoreferenced": "reference"},
                },
            },
            "sources.dsm.ungeoreferenced is reference: leave it out",
        ),
        ({"align": {"ungeoreferenced": "pixel"}}, "'error' or 'pixels'"),
    ],
)
def test_settings_that_need_a_place_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError) as raised:
        parse_config(changed(**changes))
    assert told in " ".join(str(raised.value).split())


def test_the_homework_sets_old_networks_from_files_against_ours_on_pictures() -> None:
    run = load_config(HOMEWORK)
    assert not run.has_place
    whole = [run.models[name] for name in ("fcn", "deeplabv3")]
    assert all(own.architecture.startswith("torchvision_") and own.weights for own in whole)
    assert {"unet_seed1", "unet_seed2", "swin"} <= set(run.models)
    assert run.scene_roles == {"street_4": "test"}
