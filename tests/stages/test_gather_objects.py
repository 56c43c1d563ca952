"""gather of a batch that detectors alone have searched: no map, and all there is of objects."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import pytest

from rs_seg.config import RunConfig, parse_config
from rs_seg.stages.gather import gather
from rs_seg.testing import grid_at
from rs_seg.values.failure import COLUMNS
from tests.stages.test_merge_objects import write_scene
from tests.stages.test_select import LEGEND, objects_of
from tests.stages.toy_batch import listed, read_json
from tests.stages.toy_maps import write_toy_model

SCENES = {"first": grid_at(60, 80), "second": grid_at(40, 60, left=500_100.0)}
FOUND = {
    "first": objects_of([(5, 5, 15, 15), (30, 20, 44, 30), (50, 40, 60, 50)], codes=[2, 5, 5]),
    "second": objects_of([(8, 8, 20, 18)], codes=[5]),
}


def make_config(folder: Path) -> RunConfig:
    values: dict[str, Any] = {
        "title": "Cars of a batch",
        "results": str(folder / "results"),
        "data_root": str(folder / "raw"),
        "scenes": list(SCENES),
        "sources": {"image": {"path": "{scene}.tif", "bands": ["red"]}},
        "legend": [each.model_dump() for each in LEGEND],
        "detectors": {"centre": {"model": str(folder / "model.safetensors")}},
    }
    return parse_config(values)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("batch")
    config = make_config(place)
    results = Path(config.results)
    files = [write_toy_model(place / "model.safetensors")]
    for scene, grid in SCENES.items():
        raw = Path(config.data_root, f"{scene}.tif")
        raw.parent.mkdir(exist_ok=True)
        raw.write_bytes(scene.encode())
        files += write_scene(results, scene, grid, FOUND[scene])
    (results / "report.html").write_text("<p>the report</p>", encoding="utf-8")
    with (results / "failed.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerow(("lost", "detect", "centre", "", "out of memory", "node7", "d.log"))
    files += [results / "report.html", results / "failed.csv"]
    gather(config.gather, config, files=files, folder=results / "gathered")
    return results / "gathered"


def test_the_index_has_the_number_of_objects_by_class_and_no_areas(folder: Path) -> None:
    rows = listed(folder / "index.csv")
    counts = [(row["scene"], row["status"], row["n_building"], row["n_car"]) for row in rows]
    assert counts == [
        ("first", "finished", "1", "2"),
        ("second", "finished", "0", "1"),
        ("lost", "failed", "", ""),
    ]
    assert not any(name.startswith("ha_") or name == "classes" for name in rows[0])
    assert rows[0]["objects"] == "../objects/first/centre/nms/objects.gpkg"
    table = geopandas.read_file(folder / "index.gpkg", layer="scenes")
    assert list(table["scene"]) == ["first", "second", "lost"]


def test_numbers_of_all_detectors_are_a_table_of_their_own(folder: Path) -> None:
    rows = listed(folder / "objects.csv")
    assert list(rows[0]) == ["scene", "detector", "suppression", "code", "class", "objects"]
    assert [(row["scene"], row["class"], row["objects"]) for row in rows] == [
        ("first", "building", "1"),
        ("first", "car", "2"),
        ("second", "building", "0"),
        ("second", "car", "1"),
    ]


def test_nothing_in_the_folder_speaks_of_maps(folder: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {
        *("README.txt", "SHA256SUMS", "failed.csv", "index.csv", "index.gpkg", "map.qgz"),
        *("objects.csv", "objects/centre-nms.gpkg", "provenance.json", "report.html"),
    }
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert "mosaic" not in text
    assert "best map" not in text
    assert "Objects: centre + nms\n" in text
    assert "\n\n\n" not in text
    assert read_json(folder / "provenance.json")["maps"] == []


def test_the_project_shows_the_objects(folder: Path) -> None:
    with zipfile.ZipFile(folder / "map.qgz") as project:
        layers = project.read("map.qgs").decode()
    assert "./objects/centre-nms.gpkg|layername=polygons" in layers
    assert "mosaics/" not in layers
    objects = geopandas.read_file(folder / "objects" / "centre-nms.gpkg", layer="polygons")
    assert objects["scene"].tolist() == ["first"] * 3 + ["second"]
    assert objects["id"].is_unique
