"""SIGKILL at any moment, to anything: one command finishes the work, with the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.processes import stage_processes, wait_for
from tests.workflow.project import Project, succeed

pytestmark = pytest.mark.slow


def test_a_killed_run_ends_with_the_same_files(finished: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "killed" / finished.folder.name)
    for seconds, victim in ((8, "everything"), (14, "driver"), (20, "job")):
        project.run_killed_after(seconds, victim)
    succeed(project.run())
    assert project.files_unlike(finished) == []


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
