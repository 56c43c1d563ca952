"""A network with an encoder for each source: tested without a sensor too, in no other product."""

from __future__ import annotations

import copy
from typing import Any

from tests.workflow.planned_jobs import count_jobs
from tests.workflow.project import MINIATURE

FUSED: dict[str, Any] = {"architecture": "unet", "encoder": "tu-test_resnet", "fuse": "late"}
SOURCES: dict[str, Any] = copy.deepcopy(MINIATURE["sources"])
SOURCES["height"]["optional"] = True


def test_each_optional_source_adds_a_map_of_labelled_scenes_and_no_product() -> None:
    values = {
        **MINIATURE,
        "models": {"fused": FUSED},
        "sources": SOURCES,
        "scenes": MINIATURE["scenes"][:2],
    }
    whole, plain = (
        count_jobs({**values, "evaluate": {"without_sources": asked}}) for asked in (True, False)
    )
    added = {rule: whole[rule] - plain.get(rule, 0) for rule in whole}
    assert {rule: count for rule, count in added.items() if count} == {
        "predict": 2,
        "refine": 2,
        "evaluate": 1,
    }
