"""Settings of detectors, suppressions and objects: what is refused, and what the message says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rs_seg.config import DetectorEnsemble, parse_config
from rs_seg.config.generate import plain_config
from rs_seg.errors import UserError

MINIMAL: dict[str, Any] = {
    "scenes": ["north", "south"],
    "sources": {"rgb": {"path": "{scene}.tif", "bands": ["red", "green", "blue"]}},
    "legend": [
        {"code": 1, "name": "ground", "color": "#000000"},
        {"code": 2, "name": "building", "color": "#c8503c"},
    ],
    "label": {"path": "{scene}.gpkg", "column": "class", "outside": "ground"},
    "detectors": {"centre": {"architecture": "centre"}},
}


@pytest.mark.parametrize("method", ["merge", "weighted"])
def test_overlap_is_refused_where_boxes_are_averaged(method: str) -> None:
    suppressions = {"s": {"method": method, "overlap": "smaller"}}
    with pytest.raises(UserError, match=f"overlap: smaller has no effect on {method}"):
        parse_config({**MINIMAL, "suppressions": suppressions})
    for able in ("nms", "soft_nms"):
        given = {"s": {"method": able, "overlap": "smaller"}}
        run = parse_config({**MINIMAL, "suppressions": given})
        assert run.suppressions["s"].model_dump()["overlap"] == "smaller"


MEMBERS = {"centre": {"architecture": "centre"}, "fcos": {"architecture": "fcos"}}


def with_ensemble(method: str = "weighted", **ensemble: Any) -> dict[str, Any]:
    suppressions = {"s": {"method": method}}
    detectors = {"both": ensemble, **MEMBERS}
    return {**MINIMAL, "detectors": detectors, "suppressions": suppressions}


def test_an_ensemble_is_a_detector_without_a_model_file() -> None:
    run = parse_config(with_ensemble(members=["centre", "fcos"], weights=[1, 2]))
    assert run.detectors["both"] == DetectorEnsemble(
        name="both", members=("centre", "fcos"), weights=(1, 2)
    )
    assert run.trained_detectors == run.detectors_with_file == ("centre", "fcos")
    assert run.detector_members["both"] == ("centre", "fcos")
    assert run.detector_members["fcos"] == ("fcos",)
    assert parse_config(plain_config(run)) == run


def test_members_of_an_ensemble_need_no_suppression_of_their_own() -> None:
    values = with_ensemble(members=["centre", "fcos"])
    values["suppressions"]["s"]["detectors"] = ["both"]
    assert parse_config(values).detections == (("both", "s"),)


@pytest.mark.parametrize(
    ("ensemble", "message"),
    [
        ({"members": ["centre", "ssd"]}, "'ssd' is no detector of this run; members can be"),
        ({"members": ["centre", "both"]}, "'both' is an ensemble itself"),
        ({"members": ["fcos", "fcos"]}, "the members of an ensemble must differ"),
        ({"members": ["fcos"]}, "an ensemble has at least 2 members"),
        ({"members": ["fcos", "centre"], "weights": [1]}, "weights is 1, but its members are"),
        (
            {"members": ["fcos", "centre"], "weights": [1, 2], "method": "nms"},
            "weights is 1, 2, which has no effect on nms",
        ),
    ],
)
def test_ensembles_that_cannot_be_made_are_refused(ensemble: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_config(with_ensemble(**ensemble))


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ([1, 0.3], "0.3 is no scale: scales are 1, 0.5, 0.25, 0.125"),
        ([2], "2 is no scale"),
        ([1, 0.5, 1], "scales is 1, 0.5, 1: each may be there once"),
    ],
)
def test_scales_are_halves_of_one_another(scales: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_config({**MINIMAL, "detect": {"scales": scales}})
    assert parse_config({**MINIMAL, "detect": {"scales": [0.25, 1]}}).detect.scales == (0.25, 1)


MAPS: dict[str, Any] = {
    "models": {"unet": {"architecture": "unet"}},
    "refinements": {"argmax": {"method": "argmax"}},
}
TWO = {**MAPS["refinements"], "crf": {"method": "densecrf"}}


@pytest.mark.parametrize(("tile", "margin"), [(64, 17), (768, 369)])
def test_a_margin_leaves_tiles_a_core(tile: int, margin: int) -> None:
    most = (tile - 32) // 2
    told = f"margin is {margin}, but tile is {tile}.*margins of {most} pixels at most"
    with pytest.raises(UserError, match=told):
        parse_config({**MINIMAL, "detect": {"tile": tile, "margin": margin}})
    parse_config({**MINIMAL, "detect": {"tile": tile, "margin": margin - 1}})


def test_detectors_without_any_suppression_are_refused() -> None:
    with pytest.raises(UserError, match="detectors are centre, but suppressions is empty"):
        parse_config({**MINIMAL, "detectors": {"centre": {}}, "suppressions": {}})


def test_the_only_map_is_the_one_that_objects_divide() -> None:
    run = parse_config({**MINIMAL, **MAPS, "select": {"geometry": "map"}})
    assert run.object_map == ("unet", "argmax")
    chosen = {"geometry": "map", "map": "unet/crf"}
    run = parse_config({**MINIMAL, **MAPS, "refinements": TWO, "select": chosen})
    assert run.object_map == ("unet", "crf")
    assert run.object_map_names == run.class_names
    assert parse_config({**MINIMAL, **MAPS}).object_map is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": {}, "refinements": {}}, "select.geometry is map, but the run makes no map"),
        ({"refinements": TWO}, "makes 2 maps: set select.map to one of unet/argmax, unet/crf"),
        (
            {"select": {"geometry": "map", "map": "unet/crf"}},
            "select.map is unet/crf, but the maps of the run are",
        ),
        (
            {"select": {"map": "unet/argmax"}},
            "map is unet/argmax, but geometry is auto, which looks at no map",
        ),
    ],
)
def test_maps_that_objects_cannot_divide_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        parse_config({**MINIMAL, **MAPS, "select": {"geometry": "map"}, **changes})
