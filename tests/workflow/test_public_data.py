"""A public data set as it is distributed, from its folder to figures and what is handed over."""

from __future__ import annotations

import json

import pytest
import rasterio
import yaml

from tests.scenes.datasets.fabricated_sets import potsdam
from tests.workflow.project import Project
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow
SETTINGS = {
    "data": {
        "set": "potsdam",
        "root": "as it is",
        "variant": {"height": "absolute"},
        "leave_out": ["potsdam_2_10", "potsdam_6_7"],
    },
    "split": {"block_size": 32, "missing_class": "warn", "candidates": 50},
    "models": {
        "forest": {"architecture": "random_forest", "trees": 5, "max_depth": 6, "samples": 2000}
    },
    "refinements": {"argmax": {"method": "argmax"}},
    "vectorize": {"formats": ["geopackage"]},
}


def test_potsdam_runs_from_its_folder_to_the_delivery(tmp_path) -> None:
    project = Project(tmp_path)
    project.values = dict(SETTINGS)
    potsdam(tmp_path / "as it is", side=128, tested=True)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "as it is").rglob("*")}
    run_in_this_process(project)
    record_as_made(project)
    results = tmp_path / "results"
    resolved = yaml.safe_load((results / "config.yaml").read_text(encoding="utf-8"))
    assert {row["name"]: row["role"] for row in resolved["scenes"]} == {
        "potsdam_2_13": "test",
        "potsdam_4_12": "train",
    }
    log = (results / "logs/label/potsdam_4_12.log").read_text(encoding="utf-8")
    assert "pixels have the colour of a class only within" in log
    with rasterio.open(results / "scenes/potsdam_4_12/image.tif") as image:
        assert image.descriptions == ("nir", "red", "green", "dsm")
        assert image.crs.to_epsg() == 32633
    figures = json.loads((results / "evaluation/forest/argmax.json").read_text(encoding="utf-8"))
    right = figures["test"]["overall_accuracy"]
    assert right > 0.9, "stripes of six classes, told apart by height too"
    assert (results / "deliver/map.html").is_file()
    assert not project.planned(), "the folder is not looked at as something new"
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "as it is").rglob("*")}
    assert after == before, "nothing is written beside the data"
