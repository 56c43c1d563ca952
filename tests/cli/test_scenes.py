from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasterio import Affine
from typer.testing import CliRunner

from rs_seg.cli import app
from rs_seg.cli.completing import complete_settings
from rs_seg.config import parse_config
from rs_seg.config.scene_table import read_scene_table
from rs_seg.errors import UserError
from rs_seg.io.raster import create_raster
from rs_seg.values.grid import Grid
from tests.scenes.datasets.fabricated_sets import BUILDERS, SIDE

UTM = "EPSG:32632"


def write_raw(path: Path, height: int = 3, width: int = 4) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = Grid((height, width), Affine(2, 0, 5e5, 0, -2, 5e6), UTM)
    with create_raster(path, grid, dtype="uint8", bands=["b"]):
        pass


class Folder:
    """A data folder, a configuration without scenes, and the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.table = folder / "scenes.csv"
        self.values: dict[str, Any] = {
            "scenes": str(self.table),
            "data_root": str(folder / "data"),
            "sources": {"image": {"path": "{region}/{scene}.tif", "bands": ["b"]}},
            "label": {"path": "labels/{scene}.gpkg"},
        }

    def add(self, *names: str, **size: int) -> None:
        for name in names:
            write_raw(self.folder / "data" / name, **size)

    def add_labels(self, *names: str) -> None:
        for name in names:
            (self.folder / "data/labels" / f"{name}.gpkg").parent.mkdir(parents=True, exist_ok=True)
            (self.folder / "data/labels" / f"{name}.gpkg").touch()

    def run(self, *arguments: str) -> list[dict[str, str]]:
        config = self.folder / "config.yaml"
        config.write_text(yaml.safe_dump(self.values), encoding="utf-8")
        result = CliRunner().invoke(
            app, ["scenes", "--config", str(config), *arguments], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        with self.table.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.add("north/t2.tif", "north/t10.tif", height=5, width=7)
    made.add("süd/a b.tif")
    made.add_labels("t10")
    return made


def test_a_table_is_made_from_what_lies_on_disk(folder):
    assert folder.run() == [
        {"scene": "a b", "labelled": "false", "height": "3", "width": "4", "region": "süd"},
        {"scene": "t2", "labelled": "false", "height": "5", "width": "7", "region": "north"},
        {"scene": "t10", "labelled": "true", "height": "5", "width": "7", "region": "north"},
    ]
    del folder.values["scenes"]
    before = folder.table.read_bytes()
    folder.run("--table", str(folder.table))
    assert folder.table.read_bytes() == before, "a second time changes nothing"


def test_a_run_takes_the_table_as_it_is(folder):
    folder.run()
    legend = [{"code": code, "name": f"class {code}", "color": "#d7301f"} for code in (1, 2)]
    rest = {"legend": legend, "models": {"given": {"model": "m"}}}
    run = parse_config({**folder.values, **rest, "refinements": {"argmax": {"method": "argmax"}}})
    scene = run.scene("t10")
    assert (scene.labelled, scene.height, scene.width, scene.fields) == (
        True,
        5,
        7,
        {"region": "north"},
    )
    assert run.source_paths(scene)[0].exists()


def test_what_people_wrote_stays_and_rows_without_files_are_named(folder, caplog):
    rows = [
        "scene,note,labelled,region",
        "t10,cloudy,false,north",
        "lost,x,true,north",
        "t2,,,",
        "demo,made up,true,",
    ]
    folder.table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = folder.run()
    assert [row["scene"] for row in rows] == ["t10", "lost", "t2", "demo", "a b"]
    assert list(rows[0]) == ["scene", "note", "labelled", "region", "height", "width"]
    assert rows[0] == {
        "scene": "t10",
        "note": "cloudy",
        "labelled": "false",
        "region": "north",
        "height": "5",
        "width": "7",
    }
    assert rows[2]["labelled"] == "false"
    assert (rows[2]["region"], rows[2]["height"]) == ("north", "5")
    assert (rows[1]["height"], rows[1]["note"]) == ("", "x")
    assert (
        "2 rows of the table whose files are gone; they stay until you delete them: lost, demo"
        in caplog.text
    )
    assert "scene t10: labelled is false in the table, but there is a label file" in caplog.text


def test_simulated_scenes_are_not_sought(folder, caplog):
    folder.table.write_text("scene,simulate\ntown,1\n", encoding="utf-8")
    assert folder.run()[0]["scene"] == "town"
    assert "gone" not in caplog.text


def test_one_label_file_for_all_labels_all(folder):
    folder.values["label"] = {"path": "all.gpkg"}
    assert {row["labelled"] for row in folder.run()} == {"true"}
    folder.values["label"] = None
    folder.table.unlink()
    assert {row["labelled"] for row in folder.run()} == {"false"}


def test_sizes_are_those_of_the_grid_of_align(folder):
    folder.values["align"] = {"resolution": 1.0}
    assert [row["height"] for row in folder.run()] == ["6", "10", "10"]


def test_a_header_that_cannot_be_read_leaves_the_size_open(folder, caplog):
    (folder.folder / "data/north/t2.tif").write_bytes(b"no raster")
    rows = folder.run()
    assert [row["height"] for row in rows] == ["3", "", "5"]
    assert "height and width of scene t2 stay unknown" in caplog.text


def test_scenes_need_a_file_of_every_source(folder, caplog):
    folder.values["sources"]["dsm"] = {"path": "dsm/all/{scene}.tif", "bands": ["z"]}
    folder.add("dsm/all/t2.tif", "dsm/all/other.tif")
    rows = folder.run()
    assert [row["scene"] for row in rows] == ["t2"]
    assert (
        "3 scenes that have no file of sources.image.path, or of it alone; they are left out: "
        "other, " in caplog.text
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("{region}/{scene}.jp2", ["no file matches", "sources.image.path", "t10.gpkg"]),
        ("north/{file}.tif", ["nothing tells scenes apart", "{scene}"]),
        ("{scene}/{file}.tif", ["two scenes have one name", "north", "file t10"]),
    ],
)
def test_templates_that_give_no_scenes_are_explained(path, words, folder):
    folder.values["sources"]["image"]["path"] = path
    with pytest.raises(UserError) as raised:
        folder.run()
    assert [word for word in words if word not in str(raised.value)] == []
    assert not folder.table.exists()


def test_a_table_must_be_named(folder):
    folder.values["scenes"] = ["t2"]
    with pytest.raises(UserError, match="no scene table is named"):
        folder.run()


def test_sizes_are_typed_and_no_part_of_paths(tmp_path):
    table = tmp_path / "scenes.csv"
    table.write_text("scene,height,width,region\na,20,30,x\nb,,,y\n", encoding="utf-8")
    assert read_scene_table(table) == [
        {"name": "a", "height": "20", "width": "30", "fields": {"region": "x"}},
        {"name": "b", "fields": {"region": "y"}},
    ]


def test_a_public_data_set_gives_scenes_with_the_roles_of_its_split(folder, caplog):
    BUILDERS["potsdam"](folder.folder / "set")
    data = {"set": "potsdam", "root": str(folder.folder / "set")}
    folder.values = {"data": data, "scenes": str(folder.table)}
    rows = folder.run()
    size = {"height": str(SIDE), "width": str(SIDE)}
    train = {"labelled": "true", **size, "role": "train"}
    assert rows == [
        {"scene": "potsdam_2_10", **train},
        {"scene": "potsdam_2_13", "labelled": "false", **size, "role": ""},
        {"scene": "potsdam_4_12", **train},
        {"scene": "potsdam_6_7", **train},
    ]
    assert "labelled is" not in caplog.text
    before = folder.table.read_bytes()
    folder.run()
    assert folder.table.read_bytes() == before


def test_a_run_of_a_data_set_takes_its_table_and_the_files_of_the_set(folder):
    BUILDERS["potsdam"](folder.folder / "set", tested=True)
    data = {"set": "potsdam", "root": str(folder.folder / "set")}
    folder.values = {"data": data, "scenes": str(folder.table)}
    folder.run()
    lines = folder.table.read_text(encoding="utf-8").splitlines(keepends=True)
    folder.table.write_text("".join(line for line in lines if "6_7" not in line), encoding="utf-8")
    rest = {
        "models": {"forest": {"architecture": "random_forest"}},
        "refinements": {"argmax": {"method": "argmax"}},
    }
    run = parse_config({**folder.values, **rest}, complete=complete_settings)
    assert {scene.name: scene.role for scene in run.scenes} == {
        "potsdam_2_10": "train",
        "potsdam_2_13": "test",
        "potsdam_4_12": "train",
    }
    assert all(path.exists() for scene in run.scenes for path in run.source_paths(scene))
    assert run.scenes[0].height == SIDE
    assert run.protocol.split == "official, 1 test scene"
    folder.table.write_text(
        folder.table.read_text(encoding="utf-8").replace("test", "validation"), encoding="utf-8"
    )
    changed = parse_config({**folder.values, **rest}, complete=complete_settings)
    assert changed.protocol.split is None


def test_a_data_set_of_patches_has_no_table_to_be_made(folder):
    BUILDERS["dfc2020"](folder.folder / "set")
    data = {"set": "dfc2020", "root": str(folder.folder / "set")}
    folder.values = {
        "data": data,
        "scenes": str(folder.table),
        "results": str(folder.folder / "results"),
    }
    with pytest.raises(UserError, match=r"data set of patches.*public_data\.csv"):
        folder.run()
    folder.values["data"] = {"set": "dfc2020"}
    with pytest.raises(UserError, match="root"):
        folder.run()
