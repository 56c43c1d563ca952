"""Places are labelled in QGIS through the form, saved, and read back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
from matplotlib.image import imread

from rs_seg.io.place_files import count_labels, holds_work, read_design_of
from rs_seg.testing import grid_at
from tests.qgis.system_python import run_qgis
from tests.stages.sampled_maps import Drawn, draw_places, write_scene

pytestmark = [pytest.mark.qgis, pytest.mark.slow]
PROGRAM = Path(__file__).with_name("label_places.py")


@dataclass(frozen=True)
class Labelled:
    """What was drawn, what QGIS found (see label_places.py), and where."""

    drawn: Drawn
    found: dict[str, Any]
    points: Path
    pictures: Path


@pytest.fixture(scope="module")
def labelled(qgis: None, tmp_path_factory: pytest.TempPathFactory) -> Labelled:
    base = tmp_path_factory.mktemp("run")
    grid = grid_at(300, 400, pixel=5)
    codes = np.full(grid.shape, 1)
    codes[:, 150:] = 4
    codes[100:160, 120:180] = 7
    results = base / "results, ä"
    drawn = draw_places(results, write_scene(results, "a", grid, codes, image=True), units=90)
    folder = results / "labelling" / "unet" / "argmax"
    done = run_qgis(str(PROGRAM), str(folder / "label.qgs"), str(base), home=base)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((base / "found.json").read_text(encoding="utf-8"))
    return Labelled(drawn, found, folder / "points.gpkg", base)


def test_points_pixels_and_imagery_are_there(labelled: Labelled) -> None:
    assert labelled.found["read"]
    assert labelled.found["layers"] == [
        ["Places to label", True],
        ["Their pixels", True],
        ["a", True],
    ]


def test_the_form_offers_the_legend_in_its_order(labelled: Labelled) -> None:
    classes, confidences = labelled.found["choices"]
    assert classes == [["1 field", "1"], ["2 wood", "4"], ["3 lake", "7"]]
    assert confidences == [[word, word] for word in ("high", "medium", "low")]


def test_interpreters_see_neither_the_map_nor_the_draw(labelled: Labelled) -> None:
    shown = ["id", "reference", "confidence", "comment"]
    assert labelled.found["form"] == shown
    assert labelled.found["columns"] == shown
    widgets = labelled.found["widgets"]
    assert {name for name, kind in widgets.items() if kind != "Hidden"} == set(shown)
    assert "id" in labelled.found["read_only"]
    assert not {"reference", "confidence", "comment"} & set(labelled.found["read_only"])


def test_the_table_is_in_the_order_of_ids_and_points_show_what_is_left(labelled: Labelled) -> None:
    assert labelled.found["order"] == '"id"'
    assert labelled.found["states"] == ["to label", "labelled"]


def test_the_file_alone_has_the_same_form(labelled: Labelled) -> None:
    assert labelled.found["alone"]


def test_next_goes_to_the_first_place_without_a_label(labelled: Labelled) -> None:
    assert labelled.found["opened"] == [2, 4]


def test_what_was_saved_is_read_back(labelled: Labelled) -> None:
    assert labelled.found["saved"]
    assert count_labels(labelled.points) == 3
    assert holds_work(labelled.points)
    assert read_design_of(labelled.points) == labelled.drawn.design
    places = geopandas.read_file(labelled.points, layer="points").sort_values("id")
    assert places["reference"].head(4).tolist()[:3] == [4, 7, 7]
    assert places["confidence"][0] == "low"
    assert places["comment"][0] == "half in shade"
    same = ["id", "stratum", "mapped", "weight_m2", "place", "scene"]
    assert places[same].equals(labelled.drawn.places[same])


def test_the_next_place_is_in_the_middle_of_the_map_with_the_outline_of_its_pixel(
    labelled: Labelled,
) -> None:
    picture = np.rint(imread(labelled.pictures / "map.png")[..., :3] * 255).astype(int)
    middle = picture[250:350, 400:500]
    yellow = (np.abs(middle - [255, 255, 0]).max(axis=-1) < 60).sum()
    orange = (np.abs(middle - [230, 159, 0]).max(axis=-1) < 60).sum()
    assert yellow > 20
    assert orange > 20
