"""A set of small patches through the whole chain, to a class map of each.

The commands are those that Snakemake would give to the shell, run in this process: a process for
each would load its libraries anew.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio

from rs_seg.config import load_config, parse_config
from rs_seg.workflow.fingerprint import fingerprint
from rs_seg.workflow.raw_files import RawFiles
from tests.fabricated_patches import EMPTY, NAMES, SETTINGS, write_patches
from tests.workflow.project import Project
from tests.workflow.shell_commands import run_in_this_process


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project before its run."""
    made = Project(tmp_path_factory.mktemp("patches"))
    made.values = dict(SETTINGS)
    write_patches(made.folder)
    return made


@pytest.fixture(scope="module")
def finished(project: Project) -> Project:
    """The project after its run."""
    run_in_this_process(project)
    return project


@pytest.mark.slow
def test_every_patch_gets_a_map_on_its_own_grid(finished: Project) -> None:
    for name in NAMES:
        label = finished.folder / f"data/labels/{name}.tif"
        delivered = finished.results / f"deliver/patches/forest-argmax/{name}.tif"
        with rasterio.open(delivered) as found, rasterio.open(label) as expected:
            assert (found.crs, found.transform) == (expected.crs, expected.transform)
            classes, truth = found.read(1), expected.read(1)
            assert classes.shape == truth.shape
            if name == EMPTY:
                assert (classes == found.nodata).all()
            else:
                assert (classes == truth).mean() > 0.95


@pytest.mark.slow
def test_patches_are_listed_and_nothing_needs_a_place(finished: Project) -> None:
    folder = finished.results / "deliver"
    with (folder / "patches/patches.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["patch"]: row for row in csv.DictReader(file)}
    assert rows.keys() == set(NAMES)
    assert (rows["p0"]["sheet"], rows["p0"]["role"]) == ("learnt", "train")
    assert not list(folder.glob("*.qgz"))
    assert not (finished.results / "merged").exists()
    assert "The maps of 8 patches" in (folder / "README.txt").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_sheet_is_one_job_of_each_stage_and_has_no_polygons(finished: Project) -> None:
    logs = finished.results / "logs"
    assert not {"vectorize", "merge"} & {path.name for path in logs.iterdir()}
    assert sorted(path.stem for path in (logs / "align").glob("*.log")) == [
        "learnt",
        "test_0001",
        "validation_0001",
    ]


def test_a_changed_file_changes_the_state_of_its_sheet_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_patches(tmp_path)
    project = Project(tmp_path)
    project.values = dict(SETTINGS)
    project.command()
    before = states_of(load_config(Path("config.yaml")))
    path = tmp_path / "data/labels/p7.tif"
    os.utime(path, (0, np.ceil(path.stat().st_mtime) + 5))
    (tmp_path / "data/optical/p0.tif.aux.xml").write_text("<PAMDataset/>", encoding="utf-8")
    after = states_of(load_config(Path("config.yaml")))
    changed = {name for name, state in after.items() if state != before[name]}
    assert changed == {("test_0001", "labels"), ("learnt", "images")}


def test_a_patch_before_others_changes_what_its_own_sheet_depends_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_patches(tmp_path)
    before = parse_config(SETTINGS)
    table = tmp_path / "data/patches.csv"
    head, *rows = table.read_text(encoding="utf-8").splitlines()
    new = [rows[0].replace("p0,learnt", "new,learnt"), *rows]
    table.write_text("\n".join([head, *new]), encoding="utf-8")
    after = parse_config(SETTINGS)
    changed = {
        name
        for name in before.sheets
        if fingerprint("inspect", before, scene=name) != fingerprint("inspect", after, scene=name)
    }
    assert changed == {"learnt"}


def states_of(run):
    """The states of images and labels by sheet."""
    raw = RawFiles(run)
    kinds = {"images": raw.given_images, "labels": raw.given_labels}
    return {
        (sheet, kind): raw.states_of_sheet(sheet, [files])
        for sheet in run.sheets
        for kind, files in kinds.items()
    }
