"""The map for a browser in the folder to hand over: what its page is told, what it shows.

What a browser makes of it is tested in tests/browser.
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from rs_seg.stages.deliver import deliver
from tests.stages.fabricated_run import FabricatedRun, fabricate_run, in_one_list


def write_folder(run: FabricatedRun, folder: Path, **changes: object) -> Path:
    report = folder.parent / "report.html"
    report.write_text("<p>the report</p>", encoding="utf-8")
    config = run.config.deliver.model_copy(update=changes)
    deliver(config, run.config, files=[report, *in_one_list(run.deliver)], folder=folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def folder(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(run, tmp_path_factory.mktemp("out") / "deliver")


def read_content(folder: Path) -> dict[str, Any]:
    """What the page is told."""
    text = (folder / "map" / "content.js").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text.removeprefix("webMap.content = ").rstrip(";\n"))
    return content


def test_layers_go_from_the_imagery_to_the_outlines_of_the_best_map(folder: Path) -> None:
    layers = read_content(folder)["layers"]
    assert [layer["title"] for layer in layers][:2] == ["Imagery", "Reference (labels)"]
    kinds = [layer["kind"] for layer in layers]
    assert kinds == ["imagery"] + ["classes"] * 5 + ["confidence"] * 4 + ["polygons"] * 4
    assert [layer["title"] for layer in layers if layer["shown"]] == [
        "Imagery",
        "Map: unet + argmax",
    ]
    assert layers[-1]["title"] == "Outlines: unet + argmax"
    assert list(layers[1]["scenes"]) == ["0"], "only the first scene is labelled"


def test_every_file_that_the_page_is_told_of_exists(folder: Path) -> None:
    for layer in read_content(folder)["layers"]:
        for part in layer["scenes"].values():
            if "cells" in part:
                written = {path.stem for path in (folder / "map/cells" / part["key"]).iterdir()}
                assert written == set(part["cells"]) != set()
            else:
                place = folder / "map/tiles" / part["key"]
                tiles = list((place / str(part["finest"])).iterdir())
                assert {path.suffix[1:] for path in tiles} == {part["suffix"]}
                with Image.open(tiles[0]) as image:
                    assert image.size == (512, 512)


def test_names_of_scenes_and_classes_are_in_no_path_and_in_no_markup(folder: Path) -> None:
    page = (folder / "map.html").read_text(encoding="utf-8")
    assert "Land &lt;cover&gt; of two towns" in page
    assert "<cover>" not in page
    for path in (folder / "map").rglob("*"):
        name = path.relative_to(folder / "map").as_posix()
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", name), name
        assert "first" not in name
        assert "unet" not in name


def test_the_page_loads_only_files_of_its_folder_and_allows_no_others(folder: Path) -> None:
    page = (folder / "map.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert not {"http", "unsafe", "*"} & set(re.findall(r"http|unsafe|\*", policy[1]))
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(loaded) > 8
    for name in set(loaded) - {"data:,"}:
        assert name.startswith("map/")
        assert (folder / name).is_file()
    assert not re.findall(r"<script>|<style>|\son\w+=|style=", page), "nothing runs inside the page"


def test_leaflet_comes_unchanged_and_with_its_licence(folder: Path) -> None:
    note = (files("rs_seg.io") / "templates/web_map/NOTE.txt").read_text(encoding="utf-8")
    for name in ("leaflet.js", "leaflet.css"):
        digest = hashlib.sha256((folder / "map" / name).read_bytes()).hexdigest()
        assert f"{digest}  {name}" in note
    licence = (folder / "map" / "LICENSE-leaflet.txt").read_text(encoding="utf-8")
    assert licence.startswith("BSD 2-Clause License")
    assert "Leaflet 1.9.4" in (folder / "map" / "leaflet.js").read_text(encoding="utf-8")[:200]


def test_provenance_says_what_each_tile_and_cell_shows(run: FabricatedRun, folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    files = {own["path"]: own for own in provenance["files"]}
    sources: dict[str, set[str]] = {}
    for path, own in files.items():
        if path.startswith(("map/tiles/", "map/cells/")):
            kind, layer, scene = path.split("/")[1:4]
            sources.setdefault(f"{kind}/{layer}/{scene}", set()).update(own["made_from"])
            assert own["made_by"] == {"stage": "deliver"}
    layers = [layer["title"] for layer in read_content(folder)["layers"]]
    assert sources["tiles/0/1"] == {"scenes/second/image.tif"}
    label = run.config.label_path(run.config.scenes[0]).as_posix()
    assert sources["tiles/1/0"] == {label}
    best = layers.index("Map: unet + argmax")
    assert sources[f"tiles/{best}/1"] == {"scenes/second/unet-argmax/classes.tif"}
    assert sources[f"cells/{len(layers) - 1}/0"] == {"scenes/first, ä/unet-argmax/polygons.gpkg"}
    known = set(files) | {own["path"] for own in provenance["inputs"]}
    assert all(paths <= known for paths in sources.values())


def test_without_imagery_the_map_shows_none(run: FabricatedRun, tmp_path: Path) -> None:
    folder = write_folder(run, tmp_path / "deliver", imagery=False)
    layers = read_content(folder)["layers"]
    assert {layer["kind"] for layer in layers} == {"classes", "confidence", "polygons"}
    assert not list((folder / "map").rglob("0/0/*/*.webp"))


def test_it_can_be_left_out(run: FabricatedRun, tmp_path: Path) -> None:
    folder = write_folder(run, tmp_path / "deliver", web_map=False)
    assert not (folder / "map.html").exists()
    assert not (folder / "map").exists()
    assert "map.html" not in (folder / "README.txt").read_text(encoding="utf-8")


def test_the_readme_tells_of_it(folder: Path) -> None:
    assert "Open map.html with any browser" in (folder / "README.txt").read_text(encoding="utf-8")
