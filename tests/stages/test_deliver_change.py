"""The folder to hand over shows two dates of a place, and what changed between them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image, ImageColor

from rs_seg.stages.deliver.web_changes import list_dates
from rs_seg.values import Legend
from rs_seg.values.transition_legend import MOST_LISTED, SMALLER_COLOR, rank_transitions
from tests.stages.fabricated_run import FabricatedRun, fabricate_run
from tests.stages.test_deliver import read_project
from tests.stages.test_deliver_web_map import read_content, write_folder

PLACE = "changes/town & <b>/2019_2023-07/unet-argmax"
CHANGE = "Change: 2019 to 2023-07"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> FabricatedRun:
    return fabricate_run(tmp_path_factory.mktemp("run"), dated=True)


@pytest.fixture(scope="module")
def folder(run: FabricatedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(run, tmp_path_factory.mktemp("out") / "deliver")


def test_the_browser_is_told_which_date_each_scene_shows(folder: Path) -> None:
    content = read_content(folder)
    assert content["dates"] == ["2019", "2023-07"]
    assert [scene["date"] for scene in content["scenes"]] == [0, 1]


def test_the_browser_has_the_change_of_the_best_map_above_all_maps(folder: Path) -> None:
    layers = read_content(folder)["layers"]
    change = [layer for layer in layers if layer.get("change")]
    assert [layer["title"] for layer in change] == [
        f"{CHANGE}, kinds",
        CHANGE,
        f"{CHANGE}, outlines",
    ]
    assert layers[-1] == change[-1]
    assert not any(layer["shown"] for layer in change)
    maps = [number for number, layer in enumerate(layers) if layer["title"].startswith("Map: ")]
    assert max(maps) < layers.index(change[0])
    assert [row["name"] for row in change[0]["legend"]] == ["lost buildings", "other change"]


def test_the_legend_has_the_largest_transitions_first(run: FabricatedRun, folder: Path) -> None:
    path = folder / PLACE / "transitions.json"
    hectares = np.array(json.loads(path.read_text(encoding="utf-8"))["hectares"])
    np.fill_diagonal(hectares, 0)
    (layer,) = (own for own in read_content(folder)["layers"] if own["title"] == CHANGE)
    shown = [own.shown for own in run.config.legend]
    before, after = np.unravel_index(hectares.argmax(), hectares.shape)
    assert layer["legend"][0]["name"] == f"{shown[before]} → {shown[after]}"
    assert layer["legend"][0]["color"] == run.config.legend.root[after].color
    assert len(layer["legend"]) == np.count_nonzero(hectares)
    listed = [row for row in layer["legend"] if "listed" not in row]
    assert len(listed) == min(MOST_LISTED, len(layer["legend"]))
    assert len({row["color"] for row in listed}) == len(listed), "each has a colour of its own"


def test_unchanged_ground_is_clear_and_change_has_its_colour(folder: Path) -> None:
    content = read_content(folder)
    number = next(n for n, own in enumerate(content["layers"]) if own["title"] == CHANGE)
    layer = content["layers"][number]
    part = layer["scenes"]["0"]
    (tile,) = (folder / f"map/tiles/{part['key']}/{part['finest']}").iterdir()
    with rasterio.open(folder / PLACE / "transitions.tif") as raster:
        codes = raster.read(1)
    with Image.open(tile) as image:
        pixels = np.asarray(image.convert("RGBA"))
    row, column = (start % 512 for start in part["window"][:2])
    pixels = pixels[row : row + codes.shape[0], column : column + codes.shape[1]]
    old, new = np.divmod(codes, 4)
    changed = (codes != 255) & (old != new)
    assert changed.any()
    np.testing.assert_array_equal(pixels[..., 3] > 0, changed)
    largest = layer["legend"][0]
    assert (pixels[changed][:, :3] == ImageColor.getrgb(largest["color"])).all(axis=-1).any()


def test_pictures_of_change_are_made_from_what_is_handed_over(folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    files = {own["path"]: own for own in provenance["files"]}
    content = read_content(folder)
    number = next(n for n, own in enumerate(content["layers"]) if own["title"] == CHANGE)
    tiles = [own for path, own in files.items() if path.startswith(f"map/tiles/{number}/")]
    assert {source for own in tiles for source in own["made_from"]} == {f"{PLACE}/transitions.tif"}
    assert files[f"{PLACE}/transitions.tif"]["made_from"] == [
        "scenes/first, ä/unet-argmax/classes.tif",
        "scenes/second/unet-argmax/classes.tif",
    ]


def test_qgis_has_the_changes_of_the_best_map_in_a_group(folder: Path) -> None:
    project = read_project(folder)
    (group,) = (
        own for own in project.iter("layer-tree-group") if own.attrib.get("name") == "Change"
    )
    assert [own.attrib["name"] for own in group.iter("layer-tree-layer")] == [
        "town & <b>, 2019_2023-07: changed",
        "town & <b>, 2019_2023-07: kinds of change",
    ]


def test_dates_of_places_are_counted_and_named_together(run: FabricatedRun) -> None:
    """A third scene is another place, with one date more and days of its own."""
    fields = [
        ("b", "2019-05"),
        ("a", "2020"),
        ("a", "2018"),
        ("b", "2018"),
        ("b", "2021"),
        ("", ""),
    ]
    scenes = tuple(
        run.config.scenes[0].model_copy(
            update={"name": f"s{number}", "fields": {"place": place, "date": date}}
        )
        for number, (place, date) in enumerate(fields)
    )
    dates = list_dates(run.config.model_copy(update={"scenes": scenes}))
    assert dates.of_scenes == {"s3": 0, "s0": 1, "s4": 2, "s2": 0, "s1": 1}
    assert dates.titles == ["2018", "2019-05 … 2020", "2021"]


def test_beyond_the_largest_transitions_all_are_grey() -> None:
    count = 6
    legend = Legend.model_validate(
        [
            {"code": code, "name": f"class {code}", "color": f"#{code}0{code}0{code}0"}
            for code in range(1, count + 1)
        ]
    )
    hectares = np.arange(count**2, dtype=float).reshape(count, count)
    ranked = rank_transitions(legend, hectares.tolist())
    assert [row.code for row in ranked][:3] == [34, 33, 32]
    colors = [row.color for row in ranked]
    assert len(set(colors[:MOST_LISTED])) == MOST_LISTED
    assert set(colors[MOST_LISTED:]) == {SMALLER_COLOR}
    assert len(rank_transitions(legend, np.eye(count).tolist())) == 0, "nothing has changed"
