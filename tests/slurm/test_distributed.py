"""Trainings of one network by several tasks of a real SLURM, on processors."""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.slurm.cluster import OPTIONS, OVER, ClusterProject, ask
from tests.stages.learning_run import LearningRun, make_learning_run
from tests.stages.several_processes import training_command
from tests.workflow.processes import wait_for
from tests.workflow.project import CLUSTER_SCENES, ROOT, Project, succeed

pytestmark = pytest.mark.slurm

LONGER = {"epochs": 4, "steps_per_epoch": 10}
"""A training that is still at work once its first epoch is seen."""


@dataclass(frozen=True)
class Trained:
    """What a training by two tasks was given, made and said."""

    data: LearningRun
    folder: Path
    said: str


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    base = tmp_path_factory.mktemp("undisturbed")
    data = make_learning_run(base / "data")
    ended = run([*srun(2), *training_command(data, base / "two", **LONGER)], base)
    assert ended.returncode == 0, ended.stderr[-6000:]
    return Trained(data, base / "two", ended.stderr)


@pytest.fixture(scope="module")
def summarized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that is about to train."""
    project = ClusterProject(tmp_path_factory.mktemp("summarized"), scenes=CLUSTER_SCENES)
    succeed(project.run("--until", "summarize", "--", model_of(project)))
    return project.folder


def model_of(project: Project) -> str:
    return f"{project.values['results']}/models/tiny/model.safetensors"


def srun(tasks: int) -> list[str]:
    """What starts the tasks and ends all of them with the first that fails."""
    fixed = ["srun", "--partition=cpu", "--cpus-per-task=1", "--mem=4000"]
    ends = ["--kill-on-bad-exit=1", "--wait=0"]
    return [*fixed, *ends, f"--ntasks={tasks}", sys.executable, "-m"]


def environment() -> dict[str, str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SLURM_", "SRUN_", "SBATCH_"))
    }
    return {**kept, "PYTHONPATH": str(ROOT)}


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def check_one_training(
    folder: Path, *, epochs: int, steps: int, timing: Path, curves: Path
) -> None:
    with curves.open() as file:
        assert [int(row["epoch"]) for row in csv.DictReader(file)] == list(range(1, epochs + 1))
    assert json.loads(timing.read_text())["steps"] == steps
    assert not list(folder.rglob(".*partial"))


def test_two_tasks_take_the_steps_of_one_and_make_one_set_of_outputs(undisturbed):
    folder = undisturbed.folder
    assert (folder / "model.safetensors").exists()
    files = {"timing": folder / "timing.json", "curves": folder / "curves.csv"}
    check_one_training(folder, epochs=4, steps=40, **files)
    assert undisturbed.said.count("epoch 2/4") == 1


def test_a_training_in_the_batch_script_of_a_job_of_two_tasks_is_one_process(undisturbed, tmp_path):
    command = training_command(undisturbed.data, tmp_path / "one", epochs=1)
    script = tmp_path / "job.sh"
    script.write_text(f"#!/bin/bash\nexec {shlex.join([sys.executable, '-m', *command])}\n")
    options = ["--wait", "--partition=cpu", "--ntasks=2", "--mem=4000"]
    ended = run(["sbatch", *options, f"--output={tmp_path / 'job.out'}", str(script)], tmp_path)
    assert ended.returncode == 0, (tmp_path / "job.out").read_text()[-6000:]
    assert (tmp_path / "one" / "model.safetensors").exists()


def test_a_requeued_training_of_two_tasks_goes_on_in_the_same_job_to_the_same_bytes(
    undisturbed, tmp_path
):
    requeued = tmp_path / "requeued"
    script, output = tmp_path / "job.sh", tmp_path / "job.out"
    steps = shlex.join([*srun(2), *training_command(undisturbed.data, requeued, **LONGER)])
    script.write_text(f"#!/bin/bash\nexec {steps}\n")
    options = ["--requeue", "--open-mode=append", "--partition=cpu", "--ntasks=2", "--mem=4000"]
    options.append(f"--output={output}")
    job = run(["sbatch", "--parsable", *options, str(script)], tmp_path).stdout.strip()

    def checkpoints() -> list[Path]:
        return list(requeued.glob("checkpoints/*/last.ckpt"))

    def end() -> str:
        state = ask("squeue", "--states=all", "--noheader", f"--jobs={job}", "--format=%T").strip()
        return state if state in OVER else ""

    wait_for(checkpoints, seconds=900, what="an epoch is kept")
    ask("scontrol", "requeue", job)
    assert wait_for(end, seconds=900, what="the job has ended") == "COMPLETED"
    assert "training goes on after epoch" in (requeued / "train.log").read_text(), (
        output.read_text()[-6000:]
    )
    assert "Restarts=1" in ask("scontrol", "show", "job", job)
    assert json.loads((requeued / "timing.json").read_text())["steps"] == 40
    for name in ("model.safetensors", "curves.csv"):
        assert (requeued / name).read_bytes() == (undisturbed.folder / name).read_bytes()


def test_a_mistake_ends_all_tasks_and_is_told(undisturbed, tmp_path):
    command = training_command(undisturbed.data, tmp_path / "odd", batch_size=3)
    ended = run([*srun(2), *command], tmp_path)
    assert (
        ended.returncode != 0
    )  # that of the first task, or of the signal that ended the other one
    assert "set train.batch_size to 2 or 4" in ended.stderr


@pytest.mark.parametrize(
    "resources",
    [["gpu=2"], ["mpi=srun", "tasks=2"]],
    ids=["torchrun on one machine", "tasks of srun"],
)
def test_the_rule_trains_in_two_processes(summarized, tmp_path, resources):
    """The GPUs of this SLURM are pretended: without CUDA the processes compute on processors."""
    shutil.copytree(summarized, tmp_path / "run")
    project = ClusterProject(tmp_path / "run", scenes=CLUSTER_SCENES)
    given = [f"train:{each}" for each in [*resources, "mem_mb=6000", "slurm_partition=gpu"]]
    options = [*OPTIONS, "--retries", "0", "--set-resources", *given]
    succeed(run(project.command(*options, "--", model_of(project)), project.folder))
    results = project.results
    files = {
        "timing": results / "timings/train/tiny.json",
        "curves": results / "models/tiny/curves.csv",
    }
    check_one_training(results, epochs=3, steps=6, **files)
    said = (results / "logs/train/tiny.log").read_text()
    assert said.count("tiny: 2 processes share every batch") == 1
