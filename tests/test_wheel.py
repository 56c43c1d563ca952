"""`pip install rs-seg` is all that a user needs: no clone, and no folder that may be written to.

The way of a new user: a folder of images and labels, three commands, and a map.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio
import yaml
from rasterio.windows import Window

from rs_seg import __version__
from tests.installation import ROOT, Installation, installed
from tests.workflow.project import MINIATURE, ONE_SCENE

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
SHARED = {"Snakefile", "config", "environment.yml", "profiles", "workflow"}
MAPPED = "banepa_predict_unlabelled"
CORNER, SIZE = 512, 512
"""The part of each image that is mapped, in pixels."""
ALONE = ("--cores", "1")
"""One job at a time, beside other tests."""
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
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("of pip, ü")) as made:
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


def files_of(folder: Path) -> set[str]:
    paths = [folder] if folder.is_file() else folder.rglob("*")
    names = (path.relative_to(ROOT) for path in paths if path.is_file())
    return {str(name) for name in names if "__pycache__" not in name.parts}


def test_the_wheel_holds_the_package_and_all_files_of_the_workflow(
    installation: Installation,
) -> None:
    with zipfile.ZipFile(installation.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        modes = {entry.filename: entry.external_attr >> 16 for entry in wheel.infolist()}
    shared = {f"rs_seg/share/{name}" for part in SHARED for name in files_of(ROOT / part)}
    packages = {name for package in WHEEL["packages"] for name in files_of(ROOT / package)}
    assert names == packages | shared
    assert set(WHEEL["force-include"]) == SHARED
    assert modes["rs_seg/share/workflow/scripts/submit.sh"] & 0o111


def test_the_program_says_its_version_and_where_its_examples_lie(
    installation: Installation, tmp_path: Path
) -> None:
    assert succeed(installation.run("--version", folder=tmp_path)).strip() == __version__
    share = Path(succeed(installation.run("share", folder=tmp_path)).strip())
    assert share == installation.package / "share"
    assert (share / "config/examples/buildings.yaml").is_file()


def test_the_demo_is_planned_in_an_empty_folder(installation: Installation, tmp_path: Path) -> None:
    said = succeed(installation.run("run", "--demo", "--dry-run", folder=tmp_path))
    assert re.search(r"jobs would run: .* simulate", said)
    assert {path.name for path in tmp_path.iterdir()} == {".snakemake"}


def test_jobs_run_in_the_installed_package(installation: Installation, tmp_path: Path) -> None:
    values = {**MINIATURE, **ONE_SCENE}
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    image = f"{values['results']}/scenes/dörfli/image.tif"
    succeed(installation.run("run", image, "--cores", "1", folder=tmp_path))
    assert (tmp_path / image).is_file()


def test_a_folder_that_takes_no_files_is_named_with_a_remedy(installation: Installation) -> None:
    run = installation.run("run", "--demo", folder=installation.environment)
    assert run.returncode == 1
    assert run.stderr.startswith(f"error: {installation.environment}: cannot be written.")
    assert "another folder" in run.stderr
    assert "Traceback" not in run.stderr


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


def test_what_the_installation_lacks_is_compiled_in_the_cache_of_the_user(
    installation: Installation, first_map: FirstMap
) -> None:
    modules = {path.name.partition(".")[0] for path in installation.compiled_by_users()}
    assert modules == {"forest"}


def test_a_model_maps_an_image_as_the_run_did_that_made_it(first_map: FirstMap) -> None:
    place = Path("maps") / MAPPED / "forest" / "argmax"
    before, again = first_map.results / place, first_map.mapped_again / place
    for name in ("classes.tif", "confidence.tif"):
        np.testing.assert_array_equal(read_pixels(again / name), read_pixels(before / name))
    project = first_map.mapped_again / "deliver" / "map.qgz"
    assert "map     again/results/deliver/map.qgz" in first_map.map.splitlines()
    assert project.is_file()
    assert project.with_name("map.html").is_file()
