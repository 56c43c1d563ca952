"""Detectors and suppressions against the rest of the configuration."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from rs_seg.config import dump_config, parse_config
from rs_seg.errors import UserError
from tests.config.test_load import changed


def searching(**suppression: Any) -> dict[str, Any]:
    return changed(detectors={"centre": {}}, suppressions={"nms": {"method": "nms", **suppression}})


def test_a_search_tries_values_around_the_configured_one() -> None:
    run = parse_config(searching(limit=0.6, search={"range": 3}))
    assert run.searched_suppressions == ("nms",)
    ranges = run.suppressions["nms"].search_ranges()
    assert ranges == {"limit": (pytest.approx(0.2), 0.95)}
    assert parse_config(yaml.safe_load(dump_config(run))) == run


def test_each_way_searches_its_own_parameter() -> None:
    for method, name in (("nms", "limit"), ("merge", "limit"), ("soft_nms", "sigma")):
        run = parse_config(searching(method=method, search={}))
        assert list(run.suppressions["nms"].search_ranges()) == [name]
    assert parse_config(searching()).searched_suppressions == ()


def test_a_search_needs_labels_and_validation_areas() -> None:
    given = {"model": "d.safetensors"}
    values = {**searching(search={}), "detectors": {"given": given}, "models": {}}
    assert parse_config(values).learners.selects
    with pytest.raises(UserError, match=r"suppressions\.nms\.search is set, but no scene"):
        parse_config({**values, "label": None})


def test_objects_are_of_one_date() -> None:
    days = ("20200101", "20200701")
    source = {"path": "a_{date}.tif", "bands": ["red"]}
    of_all = {"scenes": [{"name": "a", "dates": {"s2": days}}], "models": {}, "refinements": {}}
    values = {**searching(), **of_all, "sources": {"s2": {**source, "slots": 2}}}
    with pytest.raises(UserError, match=r"several of sources\.s2 .* a scene of each date"):
        parse_config(values)
    scenes = [{"name": day, "fields": {"place": "a", "date": day}} for day in days]
    dated = {**values, "sources": {"s2": source}, "scenes": scenes}
    run = parse_config({**dated, "change": {"by": "place"}})
    assert run.bands == ("red",)
    assert run.scene_places == dict.fromkeys(days, days[0]), "they are divided alike"
    with pytest.raises(UserError, match="change compares maps, but the run makes no map"):
        parse_config({**dated, "change": {"by": "place", "minimum_area": 9}})
