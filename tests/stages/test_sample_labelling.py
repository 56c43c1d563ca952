"""sample: a folder to label in is laid ready, and no work in it is ever lost."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from rs_seg.io.place_files import count_labels, holds_work, read_design_of
from rs_seg.testing import grid_at
from tests.stages.sampled_maps import draw_places, write_scene

GRID = grid_at(60, 80, pixel=10)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    codes = np.full(GRID.shape, 1)
    codes[:, 40:] = 4
    codes[:4, :4] = 255
    return write_scene(tmp_path, "a", GRID, codes, image=True)


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def laid(tmp_path: Path) -> Path:
    return tmp_path / "labelling" / "unet" / "argmax" / "points.gpkg"


def fill(path: Path, text: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for trigger, *_ in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'points'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')  # they need functions of GDAL
        connection.execute(f"UPDATE points SET {text} WHERE id = 1")


def test_a_copy_and_a_project_lie_ready(
    files: list[Path], told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    drawn = draw_places(tmp_path, files, units=60)
    assert laid(tmp_path).read_bytes() == (drawn.folder / "points.gpkg").read_bytes()
    assert sorted(path.name for path in laid(tmp_path).parent.iterdir()) == [
        "label.qgs",
        "points.gpkg",
    ]
    assert "open" in told.text
    assert "label.qgs in QGIS" in told.text
    project = ET.parse(laid(tmp_path).with_name("label.qgs")).getroot()
    sources = [element.text for element in project.iter("datasource")]
    assert sources == [
        "./points.gpkg|layername=points",
        "./points.gpkg|layername=pixels",
        "./../../../scenes/a/image.tif",
    ]


def test_the_form_offers_the_legend_and_hides_the_map(files: list[Path], tmp_path: Path) -> None:
    draw_places(tmp_path, files, units=60)
    with closing(sqlite3.connect(laid(tmp_path))) as connection:
        styles = dict(connection.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    qml = ET.fromstring(styles["points"].split("\n", 1)[1])
    widgets = {
        field.get("name"): field.find("editWidget").get("type")
        for field in qml.find("fieldConfiguration")
    }
    hidden = {name for name, kind in widgets.items() if kind == "Hidden"}
    assert hidden == {"fid", "stratum", "scene", "mapped", "weight_m2", "cluster", "place"}
    shown = [field.get("name") for field in qml.iter("attributeEditorField")]
    assert shown == ["id", "reference", "confidence", "comment"]
    choices = qml.find("fieldConfiguration/field[@name='reference']").iter("Option")
    offered = {own.get("name"): own.get("value") for own in choices if own.get("value")}
    assert offered == {"1 field": "1", "2 wood": "4", "3 lake": "7"}
    assert "pixels" in styles


def test_a_copy_without_labels_follows_the_design(files: list[Path], tmp_path: Path) -> None:
    draw_places(tmp_path, files, units=60)
    drawn = draw_places(tmp_path, files, units=80)
    assert read_design_of(laid(tmp_path)) == drawn.design
    assert not holds_work(laid(tmp_path))


@pytest.mark.parametrize("text", ["reference = 4", "comment = 'cloud'", "confidence = 'low'"])
def test_a_copy_in_which_anything_is_filled_in_is_never_replaced(
    text: str, files: list[Path], told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    draw_places(tmp_path, files, units=60)
    fill(laid(tmp_path), text)
    before = laid(tmp_path).read_bytes()
    draw_places(tmp_path, files, units=60)
    assert "has labels of this design and stays" in told.text
    assert not [record for record in told.records if record.levelno >= logging.WARNING]
    draw_places(tmp_path, files, units=80)
    assert laid(tmp_path).read_bytes() == before
    assert "its places were drawn by another design" in told.text
    assert count_labels(laid(tmp_path)) == int(text.startswith("reference"))


def test_a_file_that_cannot_be_read_may_hold_labels_and_stays(
    files: list[Path], told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    laid(tmp_path).parent.mkdir(parents=True)
    laid(tmp_path).write_bytes(b"half a file")
    draw_places(tmp_path, files, units=60)
    assert laid(tmp_path).read_bytes() == b"half a file"
    assert "another design" in told.text


def test_a_file_that_qgis_has_open_stays(
    files: list[Path], told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    draw_places(tmp_path, files, units=60)
    before = laid(tmp_path).read_bytes()
    laid(tmp_path).with_name("points.gpkg-wal").touch()
    draw_places(tmp_path, files, units=80)
    assert laid(tmp_path).read_bytes() == before
    assert "is open in QGIS" in told.text


def test_a_project_that_was_saved_in_qgis_stays(
    files: list[Path], told: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    draw_places(tmp_path, files, units=60)
    project = laid(tmp_path).with_name("label.qgs")
    saved = project.read_text().replace("<qgis ", '<qgis saveDateTime="2026-11-29" ')
    project.write_text(saved)
    draw_places(tmp_path, files, units=80)
    assert project.read_text() == saved
    assert "label.qgs was changed in QGIS and stays" in told.text


def test_without_images_there_is_a_project_too(files: list[Path], tmp_path: Path) -> None:
    draw_places(tmp_path, [path for path in files if path.name == "classes.tif"], units=60)
    project = ET.parse(laid(tmp_path).with_name("label.qgs")).getroot()
    assert len(list(project.iter("datasource"))) == 2
