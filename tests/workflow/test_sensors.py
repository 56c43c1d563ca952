"""A network with an encoder for each source: tested without a sensor too, in no other product."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.project import MINIATURE, Project

pytestmark = pytest.mark.slow
FUSED: dict[str, Any] = {"architecture": "unet", "encoder": "tu-test_resnet", "fuse": "late"}
SOURCES: dict[str, Any] = copy.deepcopy(MINIATURE["sources"])
SOURCES["height"]["optional"] = True


def test_each_optional_source_adds_a_map_of_labelled_scenes_and_no_product(
    tmp_path: Path,
) -> None:
    models = {"fused": FUSED}
    changes: dict[str, Any] = {"models": models, "sources": SOURCES}
    whole, plain = (
        Project(
            tmp_path / name,
            **changes,
            evaluate={"without_sources": asked},
            scenes=MINIATURE["scenes"][:2],
        ).planned()
        for name, asked in (("whole", True), ("plain", False))
    )
    added = {rule: whole[rule] - plain.get(rule, 0) for rule in whole}
    assert {rule: count for rule, count in added.items() if count} == {
        "predict": 2,
        "refine": 2,
        "evaluate": 1,
    }
