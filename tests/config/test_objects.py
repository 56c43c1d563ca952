"""Settings of detectors, suppressions and objects: what is refused, and what the message says."""

from __future__ import annotations

from typing import Any

import pytest

from rs_seg.config import parse_config
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
