"""Jobs depend on every file of a raw data set: a change makes anew what follows."""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rs_seg.config import parse_config
from rs_seg.testing import grid_at, square, write_image, write_polygons
from tests.workflow.planned_jobs import Jobs, count_by_rule, find_jobs_again, plan_jobs
from tests.workflow.preloaded import run_snakemake
from tests.workflow.project import Project
from tests.workflow.shell_commands import record_as_made, run_in_this_process

SCENE = "field, one"
TARGET = f"results ä/scenes/{SCENE}/reference.tif"
PREPARING = {"inspect": 1, "align": 1, "label": 1}
VRT = """<VRTDataset rasterXSize="40" rasterYSize="40"><SRS>EPSG:32632</SRS>
<GeoTransform>{transform}</GeoTransform><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
<SourceFilename relativeToVRT="1">{source}</SourceFilename>
</SimpleSource></VRTRasterBand></VRTDataset>"""
OLD = 1_000_000_000
"""A time (2001) that is older than all that a run makes."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project of one scene, a VRT of a VRT and a Shapefile, aligned and labelled."""
    project = Project(tmp_path_factory.mktemp("raw") / "a folder", scenes=[SCENE])
    project.values["sources"] = {"photo": {"path": "{scene}/photo.vrt", "bands": ["nir"]}}
    project.values["label"] = {"path": "{scene}/labels.shp"}
    folder = raw(project)
    folder.mkdir(parents=True)
    write_image(folder / "tile.tif", grid_at(40, 40), np.ones((1, 40, 40), dtype=np.uint8))
    for name, source in (("inner.vrt", "tile.tif"), ("photo.vrt", "inner.vrt")):
        text = VRT.format(
            source=source, transform=", ".join(map(str, grid_at(40, 40).affine.to_gdal()))
        )
        (folder / name).write_text(text, encoding="utf-8")
    write_polygons(
        folder / "labels.shp", [square(500_000, 5_399_960, 30)], columns={"class": ["water"]}
    )
    before = sorted(folder.iterdir())
    run_in_this_process(project, "--", TARGET)
    record_as_made(project, "--", TARGET)
    assert sorted(folder.iterdir()) == before, (
        "jobs leave no file beside raw files, which would make all anew"
    )
    assert project.planned("--", TARGET) == {}
    return project


@pytest.fixture
def made(prepared: Project, tmp_path: Path) -> Project:
    """A copy of the project, to be spoilt."""
    shutil.copytree(prepared.folder, tmp_path / "copy")
    project = Project(tmp_path / "copy")
    project.values = copy.deepcopy(prepared.values)
    return project


def raw(project: Project) -> Path:
    return project.folder / str(project.values["data_root"]) / SCENE


def change(name: str, time: int | None = None) -> Callable[[Path], None]:
    def now(folder: Path) -> None:
        (folder / name).write_bytes((folder / name).read_bytes() + b" ")
        os.utime(folder / name, None if time is None else (time, time))

    return now


def add(name: str, time: int | None = None) -> Callable[[Path], None]:
    def now(folder: Path) -> None:
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, None if time is None else (time, time))

    return now


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def jobs_for(project: Project, target: str) -> Jobs:
    """The jobs that a target needs, from the rules and the files as they are now."""
    with contextlib.chdir(project.folder):
        return plan_jobs(parse_config(project.values), targets=lambda _: [target])


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(change("labels.dbf"), id="classes swapped in the .dbf"),
        pytest.param(change("tile.tif"), id="the TIFF behind a VRT behind a VRT"),
        pytest.param(add("tile.tfw"), id="a world file beside it"),
        pytest.param(add("photo.vrt.aux.xml"), id="metadata beside the VRT"),
        pytest.param(add("tile.tif.msk", OLD), id="an old mask copied to it"),
        pytest.param(remove("labels.prj"), id="the CRS of the labels removed"),
        pytest.param(change("tile.tif", OLD), id="an older TIFF restored from a backup"),
        pytest.param(change("labels.dbf", OLD), id="older classes in the .dbf"),
    ],
)
def test_a_change_of_any_file_makes_anew_what_follows(
    edit: Callable[[Path], None], made: Project
) -> None:
    before = jobs_for(made, TARGET)
    edit(raw(made))
    assert count_by_rule(find_jobs_again(before, jobs_for(made, TARGET))) == PREPARING


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(change("tile.tif"), id="the TIFF behind a VRT behind a VRT"),
        pytest.param(change("labels.dbf", OLD), id="older classes in the .dbf"),
    ],
)
def test_snakemake_makes_anew_what_the_rules_were_read_to_say(
    edit: Callable[[Path], None], made: Project
) -> None:
    edit(raw(made))
    assert made.planned("--", TARGET) == PREPARING


def test_files_that_are_touched_change_nothing(made: Project) -> None:
    for path in raw(made).iterdir():
        path.touch()
    assert made.planned("--", TARGET) == {}


def test_files_that_do_not_belong_to_it_change_nothing(made: Project) -> None:
    before = jobs_for(made, TARGET)
    for name in ("notes.txt", "labels.shp.lock", "tile2.tif", "tile.gpkg", "other.dbf"):
        add(name)(raw(made))
    assert find_jobs_again(before, jobs_for(made, TARGET)) == {}


def test_new_weights_of_an_encoder_train_its_network_again(made: Project) -> None:
    made.change("models", {"tiny": {"architecture": "unet", "weights": "encoder.safetensors"}})
    model = "results ä/models/tiny/model.safetensors"
    (made.folder / "encoder.safetensors").touch()
    before = jobs_for(made, model)
    (made.folder / "encoder.safetensors").write_bytes(b"other weights")
    assert count_by_rule(find_jobs_again(before, jobs_for(made, model))) == {"train": 1}


def test_faults_of_the_configuration_stop_a_run_before_its_first_job(made: Project) -> None:
    """A misspelt encoder is a fault before any work, even where all scenes were inspected."""
    made.change("models", {"tiny": {"architecture": "unet", "encoder": "resnet81"}})
    made.change("align", {"crs": "EPGS:32632"})
    run = made.run()
    said = run.stdout + run.stderr
    assert run.returncode == 1
    assert "models.tiny: unknown encoder. Found: 'resnet81'" in said
    assert "align.crs: unknown CRS" in said
    assert "no job was started" in said
    assert "2 faults" in (made.results / "logs" / "check.log").read_text(encoding="utf-8")


def test_a_key_twice_and_results_that_are_a_file_stop_a_run_before_the_dag(made: Project) -> None:
    words = made.command("--dry-run", "--", TARGET)[len(Project.PROGRAM) :]
    path = made.folder / "config.yaml"
    text = path.read_text(encoding="utf-8")
    for changed, fault in (
        (f"{text}seed: 5\n", "config.yaml, key seed: key 'seed' is given twice"),
        (
            text.replace("results: ", "results: config.yaml/"),
            "config.yaml: results cannot be made here. Found: a file.",
        ),
    ):
        path.write_text(changed, encoding="utf-8")
        run = run_snakemake(words, made.folder)
        assert run.returncode == 1
        assert fault in run.stdout + run.stderr
        assert "Building DAG" not in run.stdout + run.stderr
