"""Objects without any map: the chain in miniature, and what is made again when settings change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import geopandas
import pytest

from tests.workflow.project import MINIATURE, Project, succeed

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
}
MERGED = {"merge_objects": 1, "report": 1, "deliver": 1, "all": 1}


def project(folder: Path, **changes: Any) -> Project:
    made = Project(folder)
    made.values = {**copy.deepcopy(OBJECTS), **changes}
    return made


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run; tests must not change its files."""
    made = project(tmp_path_factory.mktemp("objects"))
    succeed(made.run())
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
    assert (results / "deliver" / "models" / "centre.safetensors").exists()
    again = found.run()
    assert "Nothing to be done" in again.stdout + again.stderr


@pytest.mark.parametrize(
    ("changes", "jobs"),
    [
        (
            {"suppressions": {"nms": {"method": "nms", "limit": 0.3}}},
            {"suppress": 3, "match": 1, "select": 3, "compare": 1, **MERGED},
        ),
        (
            {"suppressions": {"nms": {"method": "nms", "search": {"trials": 2}}}},
            {
                "search_suppression": 1,
                "suppress": 3,
                "match": 1,
                "select": 3,
                "compare": 1,
                **MERGED,
            },
        ),
        ({"select": {"score": 0.3}}, {"select": 3, **MERGED}),
        (
            {"detect": {"tile": 128, "least": 0.01}},
            {"detect": 3, "suppress": 3, "match": 1, "select": 3, "compare": 1, **MERGED},
        ),
    ],
)
def test_only_what_follows_a_setting_is_made_again(
    found: Project, changes: dict[str, Any], jobs: dict[str, int]
) -> None:
    assert project(found.folder, **changes).planned() == jobs
