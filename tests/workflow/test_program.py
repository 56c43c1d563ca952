"""`rs-seg run` is a run like any other: what ends it ends its jobs, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.processes import stage_processes, wait_for
from tests.workflow.project import ONE_SCENE, Project, succeed

pytestmark = pytest.mark.slow
PROGRAM = [sys.executable, "-P", "-m", "rs_seg", "run", "config.yaml", "--cores", "2"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "a run, ü", **ONE_SCENE)
    project.command()  # writes config.yaml
    return project


@contextmanager
def background_run(project: Project, *words: str) -> Iterator[subprocess.Popen[Any]]:
    """`rs-seg run` in a session of its own; what it says is added to driver.log."""
    with (project.folder / "driver.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*PROGRAM, *words], cwd=project.folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def drivers_in(folder: Path) -> list[int]:
    """Processes of Snakemake that work in a folder."""
    processes = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            if "rs_seg.workflow.quiet_start" in words and (process / "cwd").readlink() == folder:
                processes.append(int(process.name))
        except OSError:  # it has ended meanwhile
            continue
    return processes


def test_a_run_that_is_stopped_leaves_no_process_and_goes_on_later(project: Project) -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        with background_run(project) as process:
            wait_for(lambda: stage_processes(project.folder), seconds=60, what="a job")
            os.kill(process.pid, number)
            assert process.wait(timeout=60) == code
            wait_for(
                lambda: not (drivers_in(project.folder) or stage_processes(project.folder)),
                seconds=20,
                what="the end of all processes",
            )
    image = project.results / "scenes/dörfli/image.tif"
    words = [*PROGRAM, str(image.relative_to(project.folder))]
    succeed(subprocess.run(words, cwd=project.folder, capture_output=True, text=True, check=False))
    # plain Snakemake takes it for its own run: nothing is left to do
    assert project.planned(str(image.relative_to(project.folder))) == {}


def test_a_fault_ends_with_exit_code_1_and_one_paragraph(project: Project) -> None:
    project.change("refinements", {"argmax": {"method": "argmin"}})
    project.command()
    run = subprocess.run(PROGRAM, cwd=project.folder, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "argmin" in run.stderr
