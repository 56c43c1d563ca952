"""A miniature on a real SLURM, with everything that happens to jobs on a cluster, ends with the files of a local run.

One run for all tests, because SLURM and its driver ask one another slowly: a job is killed for its memory, a training
exceeds its time, another is preempted, and the driver is killed. `make test-slurm` runs these.
"""

from __future__ import annotations

import copy
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.slurm.cluster import Frozen, Job, driver, freeze_training, jobs_of, submit, wait_for
from tests.workflow.project import MINIATURE, Project, succeed

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
RESOURCES = (
    "split:mem_mb=attempt**4 * 200",
    "train:runtime=attempt**4 if wildcards.network == 'late' else 30",
    "train:slurm_partition='gpu' if wildcards.network == 'late' else 'spot'",
    "train:gpu=1",
    "train:mem_mb=3000",
    "predict:slurm_partition='spot'",
)


@dataclass(frozen=True)
class Batch:
    """A finished run on SLURM, an undisturbed local one, and what was seen on the way."""

    project: Project
    local: Project
    frozen: dict[str, Frozen]
    said: str

    def jobs(self, rule: str) -> list[Job]:
        return jobs_of(self.project.folder, rule)

    def log(self, network: str) -> str:
        return (self.project.results / "logs" / "train" / f"{network}.log").read_text(encoding="utf-8")


def miniature(folder: Path) -> Project:
    unet = MINIATURE["networks"]["tiny"]
    project = Project(folder, scenes=copy.deepcopy(MINIATURE["scenes"][:1]))
    project.values["networks"] = {"late": unet, "preempted": {**unet, "seed": 5}}
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    project.change("train.epochs", 30)
    return project


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    folders = tmp_path_factory.mktemp("slurm")
    project, local = miniature(folders / "on a clüster"), miniature(folders / "at home")
    options = ("--default-resources", "mem_mb=2000", "runtime=30", "--set-resources", *RESOURCES, "--")
    frozen: dict[str, Frozen] = {}

    def freeze_both() -> bool:
        for network in {"late", "preempted"} - set(frozen):
            if found := freeze_training(project, network):
                frozen[network] = found
                if network == "preempted":
                    submit("--partition=cpu", "--cpus-per-task=2", f"--chdir={folders}")
        return len(frozen) == 2

    def is_retried() -> bool:
        return len(jobs_of(project.folder, "rule_train_wildcards_late")) > 1

    with driver(project, *options) as first:
        wait_for(freeze_both, seconds=300, what="both trainings have finished an epoch")
        undisturbed = subprocess.Popen(local.command("--set-threads", "train=1", "--"), cwd=local.folder)
        wait_for(is_retried, seconds=180, what="SLURM ended the job and Snakemake submitted another")
        first.kill()
    with driver(project, *options) as second:
        assert second.wait(timeout=400) == 0
    assert undisturbed.wait(timeout=300) == 0
    said = (project.folder / "driver.log").read_text(encoding="utf-8")
    return Batch(project, local, frozen, said)


def test_it(batch):
    print(batch)
    for j in jobs_of(batch.project.folder):
        print(j, j.detail("ExitCode"), j.detail("Restarts"), j.detail("RunTime"), j.detail("StartTime"))
    print(batch.log("late"))
    print(batch.log("preempted"))
    shutil.copytree(batch.local.results / "timings", batch.project.results / "timings", dirs_exist_ok=True)
    succeed(batch.project.run("--forcerun", "compare"))
    a, b = batch.local.final_files(), batch.project.final_files()
    assert sorted(a) == sorted(b)
    assert [n for n in a if a[n] != b[n]] == []
