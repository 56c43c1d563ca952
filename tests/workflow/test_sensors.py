"""A network with an encoder for each source: tested without a sensor too, in no other product."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from rs_seg.io.model import read_description
from tests.workflow.project import MINIATURE, Project, succeed

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


def test_the_comparison_says_what_the_network_is_worth_with_and_without_a_sensor(
    tmp_path: Path,
) -> None:
    project = Project(
        tmp_path,
        scenes=[{"name": "town", "simulate": 1}],
        models={"fused": FUSED},
        sources=SOURCES,
        refinements={"argmax": {"method": "argmax"}},
    )
    succeed(project.run(f"{project.values['results']}/comparison.json"))
    results = project.results
    description = read_description(results / "models/fused/model.safetensors")
    assert description.bands == ("nir", "red", "green", "dsm", "has_height")
    comparison = json.loads((results / "comparison.json").read_text(encoding="utf-8"))
    (row,) = comparison["sensors"]
    assert (row["network"], row["refinement"], row["source"]) == ("fused", "argmax", "height")
    whole, without = (
        json.loads((results / f"evaluation/{name}/argmax.json").read_text(encoding="utf-8"))
        for name in ("fused", "fused_without_height")
    )
    assert row["mean_iou"] == whole["test"]["mean_iou"]
    assert row["mean_iou_without"] == without["test"]["mean_iou"]
    assert row["worth"] == row["mean_iou"] - row["mean_iou_without"]
    assert whole["test"]["pixels"] == without["test"]["pixels"]
    assert [ranked["network"] for ranked in comparison["ranking"]] == ["fused"]
    own, copied = (
        read_bytes(results / f"maps/town/{name}/probabilities.tif")
        for name in ("fused", "fused_without_height")
    )
    assert own.shape == copied.shape
    assert (own != copied).any()
    np.testing.assert_array_equal(own == 255, copied == 255)


def read_bytes(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read()
