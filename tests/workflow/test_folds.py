"""Seeds and folds in the workflow: more networks, each with the split of its own fold."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from rs_seg.io.raster import RasterReader
from rs_seg.values.grid import whole
from tests.workflow.planned_jobs import count_jobs
from tests.workflow.project import MINIATURE, Project
from tests.workflow.shell_commands import run_in_this_process
from tests.workflow.test_objects import OBJECTS

pytestmark = pytest.mark.slow
CLASSES = len(MINIATURE["legend"])


def networks() -> dict[str, Any]:
    return copy.deepcopy(MINIATURE["models"])


def fold_options(folds: int) -> dict[str, Any]:
    return {
        **{key: value for key, value in MINIATURE["split"].items() if key != "test"},
        "folds": folds,
    }


def test_seeds_train_and_map_several_networks_on_one_split() -> None:
    several = networks()
    several["forest"]["seeds"] = [1, 2, 3]
    several["deep"] = {"members": ["forest"]}
    planned = count_jobs({**MINIATURE, "models": several})
    counts = {
        "split": 1,
        "summarize": 1,
        "train": 4,
        "predict": 12,
        "combine": 3,
        "refine": 30,
        "evaluate": 10,
    }
    assert {rule: planned[rule] for rule in counts} == counts


def test_folds_have_a_split_and_statistics_each_and_every_network_one_of_them() -> None:
    several = networks()
    several["tiny"]["seeds"] = [1, 2]
    several["both"] = {"members": ["tiny", "forest"]}
    planned = count_jobs({**MINIATURE, "models": several, "split": fold_options(2)})
    counts = {
        "split": 2,
        "summarize": 2,
        "train": 6,
        "accelerate": 4,
        "predict": 18,
        "combine": 6,
        "evaluate": 16,
    }
    assert {rule: planned[rule] for rule in counts} == counts
    assert planned["compare"] == planned["report"] == planned["deliver"] == 1


def test_detectors_of_seeds_and_folds_have_the_split_of_their_own_fold() -> None:
    values = {**copy.deepcopy(OBJECTS), "split": fold_options(2)}
    values["detectors"]["centre"]["seeds"] = [1, 2]
    planned = count_jobs(values)
    counts = {
        "split": 2,
        "summarize": 2,
        "train_detector": 4,
        "detect": 12,
        "suppress": 12,
        "match": 4,
        "select": 12,
        "compare": 1,
    }
    assert {rule: planned[rule] for rule in counts} == counts


def test_groups_of_polygons_are_those_of_labels_that_are_still_to_be_made() -> None:
    groups = {"by": "polygon", "column": MINIATURE["label"]["column"]}
    planned = count_jobs({**MINIATURE, "split": {**fold_options(2), "groups": groups}})
    counts = {"split": 2, "train": 4, "evaluate": 8}
    assert {rule: planned[rule] for rule in counts} == counts


def test_every_labelled_pixel_is_tested_once_by_a_model_that_did_not_see_it(tmp_path: Path) -> None:
    project = Project(tmp_path, scenes=[{"name": "town", "simulate": 1}], split=fold_options(2))
    project.values["models"] = {"forest": networks()["forest"]}
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    run_in_this_process(project, "--until", "evaluate")
    results = project.results
    tested = 0
    for fold in (1, 2):
        evaluation = json.loads(
            (results / f"evaluation/forest_fold{fold}/argmax.json").read_text(encoding="utf-8")
        )
        plan = json.loads((results / f"split/fold{fold}/split.json").read_text(encoding="utf-8"))
        statistics = json.loads(
            (results / f"statistics/fold{fold}.json").read_text(encoding="utf-8")
        )
        assert evaluation["network"] == f"forest_fold{fold}"
        assert evaluation["test"]["pixels"] == sum(plan["class_pixels"]["test"].values())
        assert {each["name"]: each["pixels"] for each in statistics["classes"]} == plan[
            "class_pixels"
        ]["train"]
        tested += evaluation["test"]["pixels"]
    with RasterReader(results / "scenes/town/reference.tif") as reference:
        codes = reference.read_codes(whole(reference.grid))
    assert tested == ((codes >= 1) & (codes <= CLASSES)).sum()
    resolved = yaml.safe_load((results / "config.yaml").read_text(encoding="utf-8"))
    assert {name: each["fold"] for name, each in resolved["models"].items()} == {
        "forest_fold1": 1,
        "forest_fold2": 2,
    }
    models = [
        (results / f"models/forest_fold{fold}/model.safetensors").read_bytes() for fold in (1, 2)
    ]
    assert models[0] != models[1]
