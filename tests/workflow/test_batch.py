"""A batch: learn once, map shards of the scenes, gather what is finished, whatever has failed."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from rs_seg.io.records import read_record
from tests.workflow.project import Project, jobs_by_rule, succeed, write_empty_model
from tests.workflow.shell_commands import run_in_this_process

SCENES = [
    {"name": "town one", "simulate": 1},
    {"name": "dörfli, new", "simulate": 3, "labelled": False},
    {"name": "broken", "labelled": False},
    {"name": "missing", "labelled": False},
]
FOREST = {"architecture": "random_forest", "trees": 5, "max_depth": 6, "samples": 2000}
SMALL: dict[str, Any] = {
    "scenes": SCENES,
    "models": {"forest": FOREST},
    "refinements": {"argmax": {"method": "argmax"}},
    "vectorize": {},
}
PER_SCENE = {"inspect", "align", "predict", "refine", "vectorize"}


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The learning step of a batch with two unmappable scenes, before anyone looked at them."""
    project = Project(tmp_path_factory.mktemp("batch") / "a folder, with späces", **SMALL)
    succeed(project.run("--", "learn"))
    shutil.copytree(raw(project, "town one"), raw(project, "broken"))
    shutil.copytree(raw(project, "town one"), raw(project, "missing"))
    (raw(project, "broken") / "height.tif").write_bytes(b"no raster")
    (raw(project, "missing") / "height.tif").unlink()
    return project


def raw(project: Project, scene: str) -> Path:
    return project.folder / str(project.values["data_root"]) / scene


def shard(number: int, count: int = 2) -> tuple[str, ...]:
    return "--config", f"shard={number}/{count}"


GATHER = ("--config", "gather=true")


def failed(project: Project) -> dict[str, dict[str, str]]:
    """Rows of the table of failures, by scene."""
    with (project.results / "failed.csv").open(encoding="utf-8", newline="") as file:
        return {row["scene"]: row for row in csv.DictReader(file)}


def gathered_scenes(project: Project) -> list[str]:
    return list(
        yaml.safe_load((project.results / "gathered.yaml").read_text(encoding="utf-8"))["finished"]
    )


def maps(project: Project) -> dict[str, bytes]:
    return {name: data for name, data in project.final_files().items() if name.startswith("maps/")}


@pytest.mark.slow
def test_learning_touches_only_what_it_learns_from(learnt: Project) -> None:
    assert (learnt.results / "models/forest/model.safetensors").exists()
    assert [path.name for path in (learnt.results / "scenes").iterdir()] == ["town one"]


@pytest.mark.slow
def test_a_batch_loses_nothing_but_what_is_broken_and_takes_that_up_when_mended(
    learnt: Project,
) -> None:
    project = learnt
    run = project.run(*shard(2))
    succeed(run)
    assert "scene 'missing' is left out" in run.stdout + run.stderr

    # Gathered at any time: here before the only labelled scene is mapped, so there are no figures
    # yet.
    succeed(project.run(*GATHER))
    assert gathered_scenes(project) == ["dörfli, new"]
    assert failed(project)["town one"]["reason"] == "not started"
    assert failed(project)["town one"]["stage"] == "predict"

    assert project.run(*shard(1)).returncode == 1
    succeed(project.run(*GATHER))
    assert gathered_scenes(project) == ["town one", "dörfli, new"]
    assert set(failed(project)) == {"broken", "missing"}
    broken, missing = failed(project)["broken"], failed(project)["missing"]
    assert (broken["stage"], missing["stage"]) == ("inspect", "inspect")
    assert "height.tif" in broken["reason"]
    assert "file is missing" in missing["reason"]
    assert "height.tif" in missing["reason"]
    assert (project.folder / broken["log"]).exists()
    assert broken["host"]
    assert project.planned(*GATHER) == {}

    for scene in ("broken", "missing"):
        shutil.copy(raw(project, "town one") / "height.tif", raw(project, scene) / "height.tif")
    for number in (1, 2):
        run = project.run(*shard(number))
        succeed(run)
        assert set(jobs_by_rule(run)) - {"maps"} == PER_SCENE
        assert project.planned(*shard(number)) == {}
    succeed(project.run(*GATHER, "--until", "merge"))
    assert failed(project) == {}
    assert len(gathered_scenes(project)) == 4

    # A run of everything has only the end to do, and makes the same maps.
    assert not set(project.planned()) & PER_SCENE
    assert project.planned("--", "maps") == {}
    of_shards = maps(project)
    assert len(of_shards) > 4 * 4
    shutil.rmtree(project.results / "maps")
    run_in_this_process(project, "--", "maps")
    assert maps(project) == of_shards


def test_a_shard_without_a_model_names_the_step_that_makes_it(tmp_path: Path) -> None:
    project = Project(tmp_path, **SMALL)
    run = project.run(*shard(1))
    assert run.returncode == 1
    assert "models/forest/model.safetensors: not learnt yet" in run.stdout + run.stderr
    assert "-- learn" in run.stdout + run.stderr


def test_without_a_finished_scene_there_is_nothing_to_gather(tmp_path: Path) -> None:
    project = Project(tmp_path, **SMALL)
    run = project.run(*GATHER)
    assert run.returncode == 1
    assert "no scene is finished" in run.stdout + run.stderr
    assert set(failed(project)) == {scene["name"] for scene in SCENES}


@pytest.mark.slow
def test_a_shard_beyond_the_last_scene_ends_well_and_says_so(learnt: Project) -> None:
    run = learnt.run(*shard(7, 9))
    succeed(run)
    assert "shard 7-of-9 holds no scene: there are only 4" in run.stdout + run.stderr


@pytest.mark.slow
def test_lists_longer_than_the_arguments_of_a_program_reach_a_stage(tmp_path: Path) -> None:
    """Files of two thousand scenes, all empty, whose paths have 2.4 million characters."""
    write_empty_model(tmp_path / "given.safetensors")
    scenes = [{"name": f"scene {number}", "labelled": False} for number in range(2000)]
    given = {"given": {"model": "given.safetensors"}}
    project = Project(tmp_path, **{**SMALL, "scenes": scenes, "models": given, "label": None})
    project.values["results"] = "/".join(["r" * 120] * 3)
    for scene in scenes:
        of_scene = project.results / "scenes" / scene["name"]
        of_map = project.results / "maps" / scene["name"] / "given" / "argmax"
        for folder, names in (
            (of_scene, "inspection.json image.tif"),
            (of_map, "classes.tif confidence.tif"),
        ):
            folder.mkdir(parents=True)
            for name in names.split():
                (folder / name).touch()
        for name in ("changes.json", "polygons.gpkg", "polygons.shp"):
            (of_map / name).touch()
        (of_map.parent / "values.json").touch()
    run = project.run(*GATHER)
    assert run.returncode == 1
    record = read_record(project.results / "logs" / "report.json")
    assert record is not None, run.stderr[-2000:]  # the command has begun
    assert record.status == "failed"
    assert "missing" not in str(record.reason)  # and found its files, which are empty
