"""Objects without any map: the chain in miniature, and what is made again when settings change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import geopandas
import onnx
import pytest

from tests.workflow.planned_jobs import made_again
from tests.workflow.project import MINIATURE, Project
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow
OBJECTS: dict[str, Any] = {
    **{key: value for key, value in MINIATURE.items() if key not in ("models", "refinements")},
    "outline": {
        "label": {"path": "{scene}/objects.gpkg", "column": "class"},
        "classes": ["building", "tree", "car"],
    },
    "train": {**MINIATURE["train"], "epochs": 1},
    "detectors": {"centre": {"architecture": "centre", "encoder": "tu-mobilenetv3_small_050"}},
    "detect": {"tile": 128, "least": 0.001},
    "select": {"score": 0.002},
    "deliver": {"models": True},
}
MERGED = {"merge_objects": 1, "report": 1, "deliver": 1}


def project(folder: Path, **changes: Any) -> Project:
    made = Project(folder)
    made.values = {**copy.deepcopy(OBJECTS), **changes}
    return made


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run; tests must not change its files."""
    made = project(tmp_path_factory.mktemp("objects"))
    run_in_this_process(made)
    record_as_made(made)
    return made


def test_a_run_of_detectors_alone_ends_with_objects_figures_and_a_folder(found: Project) -> None:
    results = found.results
    for scene in ("town one", "town, two", "dörfli"):
        folder = results / "objects" / scene / "centre" / "nms"
        for name in ("objects.gpkg", "objects.shp", "objects.qml"):
            assert (folder / name).exists()
        delivered = results / "deliver" / "scenes" / scene / "centre-nms" / "objects.gpkg"
        objects = geopandas.read_file(delivered)
        assert (objects["score"] >= 0.002).all()
        assert set(objects["class"]) <= {"building", "tree", "car"}
        assert set(objects["scene"]) <= {scene}
    merged = geopandas.read_file(results / "deliver" / "merged" / "centre-nms" / "objects.gpkg")
    alone = [
        geopandas.read_file(results / "objects" / scene / "centre" / "nms" / "objects.gpkg")
        for scene in ("town one", "town, two", "dörfli")
    ]
    assert len(merged) == sum(map(len, alone))  # the towns lie apart
    assert merged["id"].is_unique
    with ZipFile(results / "deliver" / "map.qgz") as project:
        layers = project.read("map.qgs").decode()
    assert "./merged/centre-nms/objects.gpkg|layername=polygons" in layers
    provenance = json.loads((results / "deliver" / "provenance.json").read_text())
    made = {file["path"]: file.get("made_by") for file in provenance["files"]}
    assert made["merged/centre-nms/objects.gpkg"]["stage"] == "merge_objects"
    matched = json.loads((results / "evaluation" / "centre" / "nms.objects.json").read_text())
    assert set(matched) >= {"score", "validation", "test"}
    assert (results / "report.html").stat().st_size > 10_000
    models = results / "deliver" / "models"
    assert (models / "centre.safetensors").exists()
    exported = results / "models" / "centre" / "model.onnx"
    copied = onnx.load(models / "centre.onnx")
    assert copied.graph == onnx.load(exported).graph
    assert "class_colors" in {entry.key for entry in copied.metadata_props}
    provenance = json.loads((results / "deliver" / "provenance.json").read_text())
    (made,) = [file for file in provenance["files"] if file["path"] == "models/centre.onnx"]
    assert made["made_by"] == {"stage": "export_detector", "detector": "centre"}
    assert made["made_from"] == ["models/centre.safetensors"]
    again = found.run()
    assert "Nothing to be done" in again.stdout + again.stderr


@pytest.mark.parametrize(
    ("changes", "jobs"),
    [
        (
            {"suppressions": {"nms": {"method": "nms", "limit": 0.3}}},
            {"suppress": 3, "match": 1, "select": 3, "compare": 1, "describe": 1, **MERGED},
        ),
        (
            {"suppressions": {"nms": {"method": "nms", "search": {"trials": 2}}}},
            {
                "search_suppression": 1,
                "suppress": 3,
                "match": 1,
                "select": 3,
                "compare": 1,
                "describe": 1,
                **MERGED,
            },
        ),
        ({"select": {"score": 0.3}}, {"select": 3, **MERGED}),
        (
            {"detect": {"tile": 128, "least": 0.01}},
            {
                "export_detector": 1,
                "detect": 3,
                "suppress": 3,
                "match": 1,
                "select": 3,
                "compare": 1,
                "describe": 1,
                **MERGED,
            },
        ),
    ],
)
def test_only_what_follows_a_setting_is_made_again(
    found: Project, changes: dict[str, Any], jobs: dict[str, int]
) -> None:
    assert made_again(found, **changes) == jobs


def test_snakemake_makes_of_objects_again_what_the_rules_were_read_to_say(
    found: Project,
) -> None:
    changes = {
        "suppressions": {"nms": {"method": "nms", "search": {"trials": 2}}},
        "detect": {"tile": 128, "least": 0.01},
    }
    expected = made_again(found, **changes)
    assert project(found.folder, **changes).planned() == {**expected, "all": 1}


TINY = {"architecture": "centre", "encoder": "tu-mobilenetv3_small_050"}
DIVIDED: dict[str, Any] = {
    "models": {"forest": MINIATURE["models"]["forest"]},
    "refinements": {"argmax": {"method": "argmax"}},
    "detectors": {
        "both": {"members": ["one", "other"], "weights": [2, 1]},
        "one": TINY,
        "other": {**TINY, "seed": 7},
    },
    "suppressions": {"fused": {"method": "weighted", "detectors": ["both"]}},
    "detect": {"tile": 128, "least": 0.01, "scales": [1, 0.5]},
    "select": {"score": 0.005, "geometry": "map"},
}


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run of an ensemble whose objects divide the only map; tests do not change it."""
    made = project(tmp_path_factory.mktemp("divided"), **DIVIDED)
    run_in_this_process(made)
    record_as_made(made)
    return made


def test_objects_of_an_ensemble_divide_a_map(divided: Project) -> None:
    results = divided.results
    for scene in ("town one", "town, two", "dörfli"):
        folder = results / "objects" / scene
        assert sorted(path.name for path in folder.iterdir()) == ["both", "one", "other"]
        objects = geopandas.read_file(folder / "both/fused/objects.gpkg", layer="polygons")
        assert len(objects) > 0
        assert objects.area.sum() == pytest.approx(objects.union_all().area, rel=1e-9)
        path = results / "maps" / scene / "forest/argmax/polygons.gpkg"
        polygons = geopandas.read_file(path, layer="polygons")
        for name, own in objects.groupby("class"):
            on_map = polygons[polygons["class"] == name].area.sum()
            assert 0 < own.area.sum() < 1.2 * on_map, "polygons of the map are simplified"
    models = sorted(path.name for path in (results / "deliver" / "models").glob("*.safetensors"))
    assert models == ["forest.safetensors", "one.safetensors", "other.safetensors"]
    comparison = json.loads((results / "comparison.json").read_text())
    rows = {row["detector"]: row for row in comparison["objects"]["rows"]}
    assert set(rows) == {"both", "forest"}
    again = divided.run()
    assert "Nothing to be done" in again.stdout + again.stderr


@pytest.mark.parametrize(
    ("changes", "jobs"),
    [
        (
            {"detectors": {**DIVIDED["detectors"], "both": {"members": ["one", "other"]}}},
            {"suppress": 3, "match": 1, "select": 3, "compare": 1, "describe": 3, **MERGED},
        ),
        ({"select": {"score": 0.005}}, {"select": 3, **MERGED}),
        (
            {"detect": {**DIVIDED["detect"], "scales": [1]}},
            {
                "detect": 6,
                "suppress": 3,
                "match": 1,
                "select": 3,
                "compare": 1,
                "describe": 3,
                **MERGED,
            },
        ),
    ],
)
def test_another_ensemble_geometry_or_scale_makes_only_what_follows_again(
    divided: Project, changes: dict[str, Any], jobs: dict[str, int]
) -> None:
    assert made_again(divided, **changes) == jobs


def test_snakemake_makes_of_an_ensemble_again_what_the_rules_were_read_to_say(
    divided: Project,
) -> None:
    changes = {"select": {"score": 0.005}, "detect": {**DIVIDED["detect"], "scales": [1]}}
    expected = made_again(divided, **changes)
    assert project(divided.folder, **{**DIVIDED, **changes}).planned() == {**expected, "all": 1}
