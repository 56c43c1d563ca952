"""The way of a new user: a folder of images and labels, three commands, and a map."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
from rasterio.windows import Window

from tests.installation import Installation, installed

pytestmark = pytest.mark.slow
MAPPED = "banepa_predict_unlabelled"
CORNER, SIZE = 512, 512
"""The part of each image that is mapped, in pixels."""
ALONE = ("--cores", "1")
"""One job at a time: two would compile the same loops at once."""
EDITS = {
    r"train:\n(  .*\n)+": "",
    r"  unet:\n(    .*\n)+": "",
    "random_forest}": "random_forest, trees: 5, samples: 2000}",
    r"  smooth: .*\n": "",
}
"""What a user in a hurry changes in the configuration that was written: patterns and texts."""


@dataclass(frozen=True)
class FirstMap:
    """A folder in which `rs-seg init`, `run` and `map` were started, and what they said."""

    folder: Path
    init: str
    run: str
    map: str

    @property
    def results(self) -> Path:
        return self.folder / "results" / "town"

    @property
    def mapped_again(self) -> Path:
        return self.folder / "again" / "results"


@pytest.fixture(scope="module")
def installation(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """`real_data` comes first: without data nothing is built."""
    assert real_data.is_dir()
    with installed(tmp_path_factory.mktemp("front door")) as made:
        yield made


@pytest.fixture(scope="module")
def first_map(
    installation: Installation, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> FirstMap:
    town = tmp_path_factory.mktemp("data") / "town"
    crop_images(real_data / "vhr_banepa_buildings", town)
    folder = tmp_path_factory.mktemp("my first map, ü")
    said_by_init = succeed(installation.run("init", str(town), folder=folder))
    edit(folder / "my.yaml")
    said_by_run = succeed(installation.run("run", *ALONE, folder=folder))
    model = "results/town/models/forest/model.safetensors"
    image = str(town / "images" / f"{MAPPED}.tif")
    words = ["map", model, image, "--out", "again", "--refinement", "argmax", *ALONE]
    return FirstMap(
        folder, said_by_init, said_by_run, succeed(installation.run(*words, folder=folder))
    )


def crop_images(source: Path, target: Path) -> None:
    """A small copy of a data set: a window of each image, and all labels."""
    shutil.copytree(source / "labels", target / "labels")
    (target / "images").mkdir()
    window = Window(CORNER, CORNER, SIZE, SIZE)
    for path in sorted((source / "images").glob("*.tif")):
        with rasterio.open(path) as image:
            place = {"width": SIZE, "height": SIZE, "transform": image.window_transform(window)}
            profile, pixels, colors = (
                image.profile | place,
                image.read(window=window),
                image.colorinterp,
            )
        with rasterio.open(target / "images" / path.name, "w", **profile) as part:
            part.write(pixels)
            part.colorinterp = colors


def edit(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in EDITS.items():
        text, count = re.subn(pattern, replacement, text)
        assert count == 1, pattern
    path.write_text(text, encoding="utf-8")


def succeed(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-8000:]
    assert "Traceback" not in run.stderr
    return run.stdout + run.stderr


def read_pixels(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return raster.read()


def test_init_says_what_it_found_and_what_comes_next(first_map: FirstMap) -> None:
    lines = first_map.init.splitlines()
    assert lines[0] == "scenes: 2, 1 with labels (banepa_train)"
    assert lines[-1] == "next: rs-seg run my.yaml"
    assert len(lines) <= 10


def test_a_run_makes_the_files_that_people_open(first_map: FirstMap) -> None:
    results = first_map.results
    for name in ("deliver/map.qgz", "deliver/map.html", "report.html", "comparison.csv"):
        assert (results / name).stat().st_size > 0, name
    folder = results / "maps" / MAPPED / "forest" / "argmax"
    for name in ("polygons.gpkg", "polygons.shp", "polygons.qml", "classes.tif"):
        assert (folder / name).stat().st_size > 0, name
    polygons = pyogrio.read_dataframe(folder / "polygons.gpkg", layer="polygons")
    assert set(polygons["class"]) == {"other", "building"}


def test_a_run_says_one_line_for_a_job_and_at_the_end_where_its_files_are(
    first_map: FirstMap,
) -> None:
    lines = first_map.run.splitlines()
    jobs = [line for line in lines if re.match(r" *\d+/\d+ [a-z]", line)]
    assert 15 <= len(jobs) <= 30
    assert len(lines) <= len(jobs) + 8, first_map.run
    end = [line.split() for line in lines[-4:]]
    assert end[:3] == [
        ["map", "results/town/deliver/map.qgz"],
        ["results/town/deliver/map.html"],
        ["report", "results/town/report.html"],
    ]
    assert end[3][0] == "log"
    assert "Snakemake" not in first_map.run
    assert "profile" not in first_map.run
    assert (first_map.folder / end[3][1]).is_file()


def test_a_model_maps_an_image_as_the_run_did_that_made_it(first_map: FirstMap) -> None:
    place = Path("maps") / MAPPED / "forest" / "argmax"
    before, again = first_map.results / place, first_map.mapped_again / place
    for name in ("classes.tif", "confidence.tif"):
        np.testing.assert_array_equal(read_pixels(again / name), read_pixels(before / name))
    project = first_map.mapped_again / "deliver" / "map.qgz"
    assert "map     again/results/deliver/map.qgz" in first_map.map.splitlines()
    assert project.is_file()
    assert project.with_name("map.html").is_file()
