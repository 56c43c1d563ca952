"""Odd names of scenes as jobs of a real SLURM: each job is told the name of its scene as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rs_seg.testing import grid_at, write_image
from tests.slurm.cluster import OPTIONS, ClusterProject, jobs_of
from tests.workflow.project import ONE_SCENE, succeed

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
NAMES = ["it's; a b!", '<b> & "x" #', "שלום 😀", "=1+1 ~*?"]
RESOURCES = ("--default-resources", "mem_mb=2000", "runtime=30")


def project_of(folder: Path, names: list[str]) -> ClusterProject:
    """Scenes of one band each, which nobody has looked at."""
    project = ClusterProject(
        folder,
        **{**ONE_SCENE, "scenes": [{"name": name, "labelled": False} for name in names]},
        sources={"photo": {"path": "{scene}.tif", "bands": ["grey"]}},
        label=None,
    )
    data = folder / str(project.values["data_root"])
    data.mkdir()
    for index, name in enumerate(names):
        pixels = np.arange(32 * 32, dtype=np.uint8).reshape(1, 32, 32)
        write_image(data / f"{name}.tif", grid_at(32, 32, left=500_000.0 + 400 * index), pixels)
    return project


def test_jobs_are_told_odd_names_as_they_are(tmp_path: Path) -> None:
    project = project_of(tmp_path / "names", NAMES)
    succeed(project.run(*OPTIONS, *RESOURCES, "--until", "inspect", "--", "maps"))
    made = {path.parent.name for path in (project.results / "scenes").glob("*/inspection.json")}
    assert made == set(NAMES)
    assert [job.state for job in jobs_of(project.folder, "rule_inspect")] == ["COMPLETED"] * len(
        NAMES
    )


def test_a_name_that_jobs_could_not_be_told_is_refused_before_the_first(tmp_path: Path) -> None:
    """All such names: tests/values/test_names.py."""
    project = project_of(tmp_path, ["$(touch here)"])
    run = project.run(*OPTIONS, "--", "maps")
    assert run.returncode == 1
    assert "Found: the name '$(touch here)': " in run.stdout + run.stderr
    assert not (tmp_path / "here").exists()
    assert jobs_of(tmp_path) == []
