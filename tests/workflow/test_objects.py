"""Objects without any map: the chain in miniature, and what is made again when settings change."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

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
TAIL = {"report": 1, "deliver": 1, "all": 1}


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
    matched = json.loads((results / "evaluation" / "centre" / "nms.objects.json").read_text())
    assert set(matched) >= {"score", "validation", "test"}
    assert (results / "report.html").stat().st_size > 10_000
    models = results / "deliver" / "models"
    assert (models / "centre.safetensors").exists()
    exported = results / "models" / "centre" / "model.onnx"
    assert (models / "centre.onnx").read_bytes() == exported.read_bytes()
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
            {"suppress": 3, "match": 1, "select": 3, "compare": 1, **TAIL},
        ),
        ({"select": {"score": 0.3}}, {"select": 3, **TAIL}),
        (
            {"detect": {"tile": 128, "least": 0.01}},
            {
                "export_detector": 1,
                "detect": 3,
                "suppress": 3,
                "match": 1,
                "select": 3,
                "compare": 1,
                **TAIL,
            },
        ),
    ],
)
def test_only_what_follows_a_setting_is_made_again(
    found: Project, changes: dict[str, Any], jobs: dict[str, int]
) -> None:
    assert project(found.folder, **changes).planned() == jobs
