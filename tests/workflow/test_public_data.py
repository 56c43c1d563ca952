"""A public data set as it is distributed, from its folder to figures and what is handed over."""

from __future__ import annotations

import csv
import json
import re

import pytest
import rasterio
import yaml

from tests.scenes.datasets.fabricated_sets import potsdam, sen12ms
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


def test_patches_of_sen12ms_run_from_their_folder_to_the_report(tmp_path) -> None:
    """Its 17 classes of MODIS become ten; one patch is NaN, another one is held out."""
    project = Project(tmp_path)
    project.values = {
        "data": {"set": "sen12ms", "root": "as it is"},
        "split": {"missing_class": "warn"},
        **{key: SETTINGS[key] for key in ("models", "refinements")},
    }
    sen12ms(tmp_path / "as it is")
    run_in_this_process(project)
    results = tmp_path / "results"
    table = (results / "deliver/patches/patches.csv").read_text(encoding="utf-8")
    roles = {row["patch"]: row["role"] for row in csv.DictReader(table.splitlines())}
    held_out, broken = "ROIs1158_spring_1_p30", "ROIs1868_summer_146_p202"
    assert roles.keys() == {held_out, broken, *(f"ROIs1868_summer_14{n}_p30" for n in (6, 7))}
    assert [name for name, role in roles.items() if role == "test"] == [held_out]
    assert {*roles.values()} == {"train", "validation", "test"}
    evaluation = (results / "evaluation/forest/argmax.json").read_text(encoding="utf-8")
    figures = json.loads(evaluation)["test"]
    assert figures["overall_accuracy"] > 0.95, "stripes that both sensors tell apart"
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "joined to the ten of DFC2020" in page
    assert "Schmitt, M., Hughes, L. H." in page
    for patch in (held_out, broken):
        season, place, number = re.fullmatch(r"(.*)_(\d+)_(p\d+)", patch).groups()
        source = f"as it is/{season}/s2_{place}/{season}_s2_{place}_{number}.tif"
        delivered = results / f"deliver/patches/forest-argmax/{patch}.tif"
        with rasterio.open(delivered) as found, rasterio.open(tmp_path / source) as given:
            assert (found.crs, found.transform) == (given.crs, given.transform)
            assert (found.read(1) == found.nodata).all() == (patch == broken)
