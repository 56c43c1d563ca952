"""SIGKILL at any moment, to anything: one command finishes the work, with the same files."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest

from tests.workflow.processes import stage_processes, wait_for
from tests.workflow.project import FEW_MAPS, Project, succeed

pytestmark = pytest.mark.slow


MOMENTS = (("train", "everything"), ("predict", "driver"), ("refine", "job"))
"""Stages at work when a kill comes, and what is killed."""


def test_a_killed_run_ends_with_the_same_files(finished: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "killed" / finished.folder.name, **FEW_MAPS)
    for stage, victim in MOMENTS:
        project.run_killed(partial(wait_until_at_work, stage, project.folder), victim)
    succeed(project.run())
    assert project.files_unlike(finished) == []


def wait_until_at_work(stage: str, folder: Path) -> None:
    """Wait for a job of a stage, and then for any moment of it."""

    def find_jobs() -> bool:
        return any(process.stage == stage for process in stage_processes(folder))

    wait_for(find_jobs, seconds=600, what=f"{stage} is at work", every=0.05)
    time.sleep(random.uniform(0, 2))


def test_a_second_driver_is_refused_and_jobs_end_with_the_first(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with project.driver() as driver:
        wait_for(lambda: stage_processes(tmp_path), seconds=60, what="a job runs")
        refused = project.run()
        assert refused.returncode == 1
        said = refused.stdout + refused.stderr
        assert f"another run is at work in this folder. Found: process {driver.pid} on " in said
        assert "Traceback" not in said
        assert driver.poll() is None
        running = wait_for(lambda: stage_processes(tmp_path), seconds=60, what="a job runs")
        driver.kill()
    assert {each.environment["RS_SEG_DRIVER"].split(":")[1] for each in running} == {
        str(driver.pid)
    }
    wait_for(lambda: not stage_processes(tmp_path), seconds=10, what="the jobs have ended too")
    assert project.run("--dry-run").returncode == 0
