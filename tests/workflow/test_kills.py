"""SIGKILL at any moment, to anything: one command finishes the work, with the same files."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest

from rs_seg.io.records import read_record
from tests.workflow.processes import stage_processes, wait_for
from tests.workflow.project import FEW_MAPS, MINIATURE, Project, succeed
from tests.workflow.shell_commands import record_as_made, run_in_this_process

pytestmark = pytest.mark.slow


ONE_MAP = {
    "scenes": FEW_MAPS["scenes"],
    "models": {"tiny": MINIATURE["models"]["tiny"]},
    "refinements": {"argmax": {"method": "argmax"}},
}
"""Changes that leave a scene with labels and one without, and one map of each."""
MOMENTS = (("train", "everything"), ("predict", "driver"), ("refine", "job"))
"""Stages at work when a kill comes, and what is killed."""


def test_a_killed_run_ends_with_the_same_files_as_commands_one_by_one(tmp_path: Path) -> None:
    undisturbed = Project(tmp_path / "undisturbed", **ONE_MAP)
    run_in_this_process(undisturbed)
    record_as_made(undisturbed)
    project = Project(tmp_path / "a folder, with späces", **ONE_MAP)
    for stage, victim in MOMENTS:
        project.run_killed(partial(wait_until_at_work, stage, project.folder), victim)
        # it has a priority; no training depends on it
        forecast = read_record(project.results / "logs/forecast.json")
        assert forecast is not None
        assert forecast.status == "finished"
    succeed(project.run_anew())
    again = project.run()
    succeed(again)
    assert "Nothing to be done" in again.stdout + again.stderr
    assert project.files_unlike(undisturbed) == []


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
