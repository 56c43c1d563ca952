"""Machines that are not ideal: other disks, homes without space, untouchable inputs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.small_disk import small_disk
from tests.workflow.project import ONE_SCENE, Project, succeed

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One scene, in a folder with a space and an umlaut."""
    return Project(tmp_path / "größe, ha", **ONE_SCENE)


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder of another file system than that of temporary files."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    folder = Path(tempfile.mkdtemp(prefix="rs_seg ü ", dir=memory))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that has room for a configuration, and for no picture."""
    with small_disk(tmp_path / "tiny", "100k") as folder:
        yield folder


def contents(folder: Path) -> dict[Path, tuple[bytes, float]]:
    return {
        path: (path.read_bytes(), path.stat().st_mtime)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_results_scratch_and_inputs_lie_on_different_disks(
    project: Project, other_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.values["results"] = str(other_disk / "results ä")
    scratch = tmp_path / "scratch ö of a job"
    monkeypatch.setenv("TMPDIR", str(scratch))
    scratch.mkdir()
    succeed(project.run_anew("--", str(project.results / "scenes/dörfli/image.tif")))

    # the files of that run are real data now: inputs that must not be touched, and a home that
    # takes no files
    inputs = project.folder / str(project.values["data_root"])
    project.values["scenes"] = [{"name": "dörfli", "labelled": False}]
    project.values["results"] = str(other_disk / "results of real data")
    before = contents(inputs)
    for path in [inputs, *inputs.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    monkeypatch.setenv("HOME", "/dev/null")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    run = project.run_anew("--", "maps")
    for path in [inputs, *inputs.rglob("*")]:
        path.chmod(0o755)
    succeed(run)
    assert contents(inputs) == before
    assert (project.results / "maps/dörfli/clusters/argmax/polygons.gpkg").exists()
    assert not [path for path in scratch.rglob("*") if path.is_file()]  # nothing is left behind
    assert (
        "highly recommended" not in run.stderr
    )  # Matplotlib's warning of a home that takes no files


def test_a_full_disk_is_named_with_a_remedy(project: Project, tiny_disk: Path) -> None:
    project.values["results"] = str(tiny_disk / "results")
    run = project.run_anew("--", str(project.results / "scenes/dörfli/inspection.json"))
    assert run.returncode != 0
    assert "outputs cannot be written" in run.stderr
    assert "quicklook.png" in run.stderr
    assert "make room" in run.stderr
