"""The three steps of a batch on a real SLURM, by the project's script: learn, shards, gather."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.slurm.cluster import OVER, jobs_of
from tests.workflow.processes import wait_for
from tests.workflow.project import MINIATURE, ROOT, Project, succeed

pytestmark = [pytest.mark.slurm, pytest.mark.slow]


def forest(folder: Path) -> Project:
    """Two scenes, one of them labelled, and what learns in a second."""
    scenes = [each for each in copy.deepcopy(MINIATURE["scenes"]) if each["name"] != "town, two"]
    project = Project(folder, scenes=scenes, models={"forest": MINIATURE["models"]["forest"]})
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    return project


def submit_batch(project: Project) -> None:
    project.command()  # writes the configuration
    options = {
        "LEARN_OPTIONS": "--cpus-per-task=2 --mem=6000 --time=20",
        "MAP_OPTIONS": "--cpus-per-task=1 --mem=6000 --time=20",
        "GATHER_OPTIONS": "--cpus-per-task=1 --mem=6000 --time=20",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    script = str(ROOT / "workflow" / "scripts" / "submit.sh")
    command = [script, "config.yaml", "2"]
    known = {**os.environ, **options}
    succeed(
        subprocess.run(
            command, cwd=project.folder, env=known, capture_output=True, text=True, check=False
        )
    )


def files_of_maps(project: Project) -> dict[str, bytes]:
    return {
        name: content for name, content in project.final_files().items() if name.startswith("maps/")
    }


def test_shards_make_the_maps_of_a_local_run(tmp_path: Path) -> None:
    project, local = forest(tmp_path / "on a clüster"), forest(tmp_path / "at home")
    submit_batch(project)
    succeed(local.run("--", "maps"))

    def states() -> list[str]:
        found = [job.state for job in jobs_of(project.folder)]
        return found if set(found) <= OVER else []

    # One job that learns, two array tasks, one job that gathers.
    assert wait_for(states, seconds=900, what="the batch has ended") == ["COMPLETED"] * 4
    assert files_of_maps(project) == files_of_maps(local)
    assert len(files_of_maps(local)) > 20
    assert (project.results / "report.html").exists()
