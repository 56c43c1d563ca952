"""The picture of errors has the pixels that figures are of, and says what its colours mean."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rs_seg.algorithms.reporting.error_maps import BOTH, FALSE, INK, MISSED, RIGHT, STRIPES
from rs_seg.config import RunConfig, parse_config
from rs_seg.scenes.manifest import read_manifest
from rs_seg.stages.report.errors import show_errors
from rs_seg.testing import grid_at, write_image
from rs_seg.values.layout import MapKey
from rs_seg.values.map_figures import SeenPixels
from rs_seg.values.split import Split
from tests.algorithms.reporting.toy_evaluations import (
    class_figures,
    figures_of_test,
    make_evaluation,
)
from tests.stages.toy_maps import learned_on, write_toy_model

GRID = grid_at(40, 60)
TEST = (10, 20, 20, 30)
SPLIT: dict[str, Any] = {
    "areas": {"east": {"train": [[0, 0, 40, 10]], "test": [list(TEST)]}},
    "test_sets": [],
}
LEGEND = [
    {"code": 0, "name": "ground", "color": "#d9d5cc"},
    {"code": 1, "name": "roof", "color": "#c8503c"},
    {"code": 2, "name": "lake", "color": "#3f88c5"},
]


def config_of(class_count: int) -> RunConfig:
    return parse_config(
        {
            "scenes": ["east"],
            "sources": {"photo": {"path": "{scene}.tif", "bands": ["red"]}},
            "legend": LEGEND[:class_count],
            "label": {"path": "{scene}.gpkg"},
            "models": {"forest": {"architecture": "random_forest"}},
            "refinements": {"argmax": {"method": "argmax"}},
        }
    )


def draw(
    folder: Path,
    codes: dict[str, np.ndarray],
    *,
    class_count: int = 2,
    seen: int = 0,
    **changes: Any,
) -> Any:
    """The errors of maps and references in codes; 255 is nodata in both."""
    run = config_of(class_count)
    key = MapKey("east", "forest", "argmax")
    files = {
        "reference": folder / "scenes/east/reference.tif",
        "mapped": folder / "maps/east/forest/argmax/classes.tif",
    }
    for name, own in codes.items():
        files[name].parent.mkdir(parents=True, exist_ok=True)
        pixels = own[None].astype(np.uint8)
        write_image(files[name], GRID, pixels, bands=["class"], nodata=255)
    per_class = [
        class_figures(str(LEGEND[index]["name"]), pixels=90 - index) for index in range(class_count)
    ]
    test = figures_of_test(per_class=per_class, seen=SeenPixels(train=seen, validation=0))
    evaluation = make_evaluation("forest", "argmax", test=test)
    learned = learned_on(GRID, train=[(0, 0, 40, 10), (10, 20, 20, 5)])
    model = folder / "models/forest/model.safetensors"
    model.parent.mkdir(parents=True, exist_ok=True)
    files["model"] = write_toy_model(model, learned)
    split = Split.model_validate({**SPLIT, **changes})
    return show_errors(run.report, run, key, evaluation, split, read_manifest(files.values()))


def pixels_of(source: str) -> np.ndarray:
    content = base64.b64decode(source.removeprefix("data:image/webp;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


@pytest.fixture
def codes() -> dict[str, np.ndarray]:
    """Errors all over the scene; on test ground one of each kind, and a pixel without reference."""
    reference, mapped = np.zeros((40, 60), int), np.ones((40, 60), int)
    mapped[10:30, 20:50] = 0
    for column, pair in enumerate([(1, 1), (1, 0), (0, 1), (255, 1), (1, 255)], start=30):
        reference[20, column], mapped[20, column] = pair
    return {"reference": reference, "mapped": mapped}


def test_of_two_classes_missed_and_false_have_their_colours_on_test_ground_alone(
    tmp_path: Path, codes: dict[str, np.ndarray]
) -> None:
    shown = draw(tmp_path, codes)
    ((title, source),) = shown["pictures"]
    picture = pixels_of(source)
    assert title == "Errors of roof on test ground"
    assert [tuple(color) for color in picture[20, 29:33].tolist()] == [RIGHT, BOTH, MISSED, FALSE]
    assert {tuple(color) for color in picture[20, 33:35].tolist()} <= set(STRIPES)
    outside = np.ones((40, 60), dtype=bool)
    outside[10:30, 20:50] = False
    assert {tuple(color) for color in picture[outside].tolist()} == set(STRIPES)
    assert {tuple(color) for color in picture[10, 20:50].tolist()} == {INK}
    said = {item["text"]: item["color"] for item in shown["legend"]}
    assert said["missed: the reference has roof, the map does not"] == "#0072b2"
    assert said["false: the map has roof, the reference does not"] == "#e69f00"
    assert "outline of the test ground" in said


def test_ground_that_the_model_saw_is_left_out_of_the_picture_as_of_the_figures(
    tmp_path: Path, codes: dict[str, np.ndarray]
) -> None:
    picture = pixels_of(draw(tmp_path, codes, seen=100)["pictures"][0][1])
    assert {tuple(color) for color in picture[15:25, 21:25].reshape(-1, 3).tolist()} == set(STRIPES)
    assert tuple(picture[15, 25]) == RIGHT


def test_of_more_classes_one_picture_has_what_was_missed_and_one_what_is_false(
    tmp_path: Path, codes: dict[str, np.ndarray]
) -> None:
    codes["mapped"][20, 31] = 2
    missed, false = draw(tmp_path, codes, class_count=3)["pictures"]
    assert missed[0].startswith("Missed")
    assert tuple(pixels_of(missed[1])[20, 31]) == (0xC8, 0x50, 0x3C), "a roof in the reference"
    assert tuple(pixels_of(false[1])[20, 31]) == (0x3F, 0x88, 0xC5), "a lake in the map"
    assert tuple(pixels_of(false[1])[20, 30]) == RIGHT


def test_further_test_sets_are_test_ground_and_a_scene_without_any_has_no_picture(
    tmp_path: Path, codes: dict[str, np.ndarray]
) -> None:
    assert draw(tmp_path, codes, areas={"east": {"train": [[0, 0, 40, 10]], "test": []}}) is None
    further = {"areas": {"east": {"north 2021": [[0, 20, 10, 10]]}}, "test_sets": ["north 2021"]}
    picture = pixels_of(draw(tmp_path, codes, **further)["pictures"][0][1])
    assert tuple(picture[5, 25]) == FALSE
    assert tuple(picture[20, 31]) in STRIPES
