"""Two dates of a place through the whole chain: division alike, change, report, folder."""

from __future__ import annotations

import html
import json
from pathlib import Path

import geopandas
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from rs_seg.io.documents import read_document
from rs_seg.testing import grid_at, square, write_image, write_polygons
from rs_seg.values.split import Split
from rs_seg.values.transitions import Transitions
from tests.workflow.project import Project, succeed

pytestmark = pytest.mark.slow
PLACE = "$a_$ <b> 'hill'"
SIDE, PIXEL, BLOCK = 128, 2.0, 16
CLASSES = ["forest <x>", "$bare"]
DATES = {"early": "2019-07-01", "late": "2023-07"}


def fill(project: Project) -> None:
    """Forest in the west at the first date; a square of it is bare at the second."""
    data = project.folder / str(project.values["data_root"])
    data.mkdir(parents=True)
    grid = grid_at(SIDE, SIDE, pixel=PIXEL)
    texture = 20 * gaussian_filter(np.random.default_rng(2).standard_normal((SIDE, SIDE)), 1)
    for scene in DATES:
        bare = np.zeros((SIDE, SIDE), dtype=bool)
        bare[:, 64:] = True
        if scene == "late":
            bare[32:64, 16:48] = True
        pixels = np.where(bare, 200, 50) + texture
        write_image(data / f"{scene}.tif", grid, pixels[None].astype(np.uint8))
        corners = [
            (row, column) for row in range(0, SIDE, BLOCK) for column in range(0, SIDE, BLOCK)
        ]
        squares = [
            square(500_000 + PIXEL * column, 5_400_000 - PIXEL * (row + BLOCK), PIXEL * BLOCK)
            for row, column in corners
        ]
        names = [CLASSES[int(bare[row, column])] for row, column in corners]
        write_polygons(project.folder / "labels.gpkg", squares, columns={"class": names}).rename(
            data / f"{scene}.gpkg"
        )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(
        tmp_path_factory.mktemp("change") / "run",
        scenes=[
            {"name": scene, "fields": {"place": PLACE, "date": date}}
            for scene, date in DATES.items()
        ],
        sources={"photo": {"path": "{scene}.tif", "bands": ["grey"]}},
        legend=[
            {"code": code, "name": name, "color": f"#00{code}0ff"}
            for code, name in enumerate(CLASSES, start=1)
        ],
        label={"path": "{scene}.gpkg"},
        split={"block_size": BLOCK, "missing_class": "warn", "candidates": 50, "test": 0.4},
        train={"window": 32},
        models={
            "_t": {
                "architecture": "threshold",
                "feature": "grey",
                "method": "fixed",
                "thresholds": [120],
                "classes": CLASSES,
            }
        },
        refinements={"_r": {"method": "argmax"}},
        change={
            "by": "place",
            "kinds": {"<loss>": {"before": [CLASSES[0]], "after": [CLASSES[1]]}},
        },
    )
    fill(made)
    succeed(made.run())
    return made


def folder_of(finished: Project) -> Path:
    return finished.results / "changes" / PLACE / "2019-07-01_2023-07" / "_t" / "_r"


def test_the_cleared_square_is_the_change_with_its_area(finished: Project) -> None:
    found = read_document(folder_of(finished) / "transitions.json", Transitions)
    assert found.place == PLACE
    assert found.pixels == ((64 * 128 - 32 * 32, 32 * 32), (0, 64 * 128))
    assert [(kind.name, kind.pixels) for kind in found.kinds[2:]] == [
        ("<loss>", 1024),
        ("other change", 0),
    ]
    polygons = geopandas.read_file(folder_of(finished) / "changed.gpkg", layer="polygons")
    assert polygons[["from_class", "to_class"]].to_numpy().tolist() == [CLASSES]
    assert found.shift is not None
    assert found.shift.pixels < 0.1


def test_both_dates_have_one_division_and_change_is_judged_on_its_test_ground(
    finished: Project,
) -> None:
    split = read_document(finished.results / "split/split.json", Split)
    assert split.areas["early"] == split.areas["late"]
    found = read_document(folder_of(finished) / "transitions.json", Transitions).accuracy
    assert found is not None
    tested = sum(window.height * window.width for window in split.areas["early"]["test"])
    assert found.pixels == tested
    assert found.from_to_accuracy == 1


def test_the_report_shows_the_transitions(finished: Project) -> None:
    page = (finished.results / "report.html").read_text(encoding="utf-8")
    section = page.partition('<section id="change">')[2].partition("</section>")[0]
    assert "<loss>" not in page
    assert html.escape("<loss>") in section
    assert html.escape(PLACE, quote=False) in section.replace("&#39;", "'")
    assert "Olofsson" in section
    assert "data:image" in section
    assert json.loads((folder_of(finished) / "transitions.json").read_text())["place"] == PLACE


def test_a_second_run_has_nothing_to_do(finished: Project) -> None:
    assert finished.planned() == {}
