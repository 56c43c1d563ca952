"""One finished miniature run for all tests of the workflow."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from tests.workflow.project import FEW_MAPS, Project, succeed
from tests.workflow.shell_commands import record_as_made, run_in_this_process


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished run; tests must not change its files.

    Of several processes of tests the first makes the run, and each has a copy.
    """
    project = Project(tmp_path_factory.mktemp("rs_seg") / "a folder, with späces", **FEW_MAPS)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _finish(project)
        return project
    shutil.copytree(
        _make_once(tmp_path_factory.getbasetemp().parent), project.folder, dirs_exist_ok=True
    )
    return project


def _make_once(shared: Path) -> Path:
    folder = shared / "finished run"
    with (shared / "finished run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            project = Project(shared / "run to be finished", **FEW_MAPS)
            _finish(project)
            project.folder.rename(folder)
    return folder


def _finish(project: Project) -> None:
    """Run the commands in this process, and the last two jobs again as every run does them.

    Snakemake measures what it runs and sums up the costs. Whole runs of it: test_kills.py.
    """
    run_in_this_process(project)
    record_as_made(project)
    succeed(project.run("--forcerun", "report"))
