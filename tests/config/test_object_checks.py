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
