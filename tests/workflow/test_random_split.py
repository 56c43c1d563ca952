"""A random split beside the blocks: a copy of each network, in no ranking and no delivery."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.planned_jobs import count_jobs
from tests.workflow.project import MINIATURE, Project
from tests.workflow.shell_commands import run_in_this_process

pytestmark = pytest.mark.slow
SPLIT: dict[str, Any] = {**MINIATURE["split"], "random_split": True}


def test_a_random_split_adds_a_training_and_maps_of_labelled_scenes_and_no_product() -> None:
    plain, planned = (count_jobs({**MINIATURE, **changes}) for changes in ({}, {"split": SPLIT}))
    added = {rule: planned[rule] - plain.get(rule, 0) for rule in planned}
    assert {rule: count for rule, count in added.items() if count} == {
        "split": 1,
        "summarize": 1,
        "train": 2,
        "export": 1,
        "accelerate": 1,
        "predict": 4,
        "refine": 4,
        "evaluate": 2,
    }


def test_the_price_of_leakage_is_told_and_the_copy_is_in_nothing_else(tmp_path: Path) -> None:
    project = Project(tmp_path, scenes=[{"name": "town", "simulate": 1}], split=SPLIT)
    project.values["models"] = {"forest": copy.deepcopy(MINIATURE["models"]["forest"])}
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    run_in_this_process(project)
    results = project.results
    comparison = json.loads((results / "comparison.json").read_text(encoding="utf-8"))
    (price,) = comparison["random_split"]
    own, twin = (
        json.loads((results / f"evaluation/{name}/argmax.json").read_text(encoding="utf-8"))
        for name in ("forest", "forest_random_split")
    )
    assert (price["network"], price["refinement"]) == ("forest", "argmax")
    for key, side in (("mean_iou", own), ("random_mean_iou", twin)):
        ious = [row["iou"] for row in side["test"]["per_class"] if row["name"] in price["classes"]]
        assert price[key] == pytest.approx(sum(ious) / len(ious))
    shared = [
        name
        for name, *counts in zip(
            (row["name"] for row in own["test"]["per_class"]),
            own["test"]["confusion"],
            twin["test"]["confusion"],
            strict=True,
        )
        if all(sum(row) > 0 for row in counts)
    ]
    assert price["classes"] == shared
    assert len(shared) > 2
    assert price["price"] == price["random_mean_iou"] - price["mean_iou"]
    assert [row["network"] for row in comparison["ranking"]] == ["forest"]
    delivered = [str(path) for path in (results / "deliver").rglob("*")]
    assert delivered
    assert not any("forest_random_split" in path for path in delivered)
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "What a random split would have said" in page
    assert price["verdict"] in page
    assert "forest_random_split" not in page
    blocks, random = (
        json.loads((results / f"split/fold{fold}/split.json").read_text(encoding="utf-8"))
        for fold in (1, 0)
    )
    assert (random["random"], random["buffer"]) == (True, 0)
    for role, pixels in blocks["class_pixels"].items():
        dealt = sum(random["class_pixels"][role].values())
        assert dealt == pytest.approx(sum(pixels.values()), abs=32 * 32)
