"""Trainings of one network by several tasks of a real SLURM, on processors."""

from __future__ import annotations

import csv
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stages.learning_run import TRAIN, make_learning_run
from tests.stages.several_processes import training_command
from tests.workflow.project import CLUSTER_SCENES, ROOT, Project, succeed

pytestmark = pytest.mark.slurm

SLURM = ["--executor", "slurm", "--jobs", "2", "--slurm-status-command", "squeue"]
SLURM += [
    "--slurm-init-seconds-before-status-checks",
    "8",
    "--default-resources",
    "slurm_partition=cpu",
]


def srun(tasks: int) -> list[str]:
    """What starts the tasks and ends all of them with the first that fails."""
    fixed = [
        "srun",
        "--partition=cpu",
        "--cpus-per-task=1",
        "--mem=4000",
        "--kill-on-bad-exit=1",
        "--wait=0",
    ]
    return [*fixed, f"--ntasks={tasks}", sys.executable, "-m"]


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


def test_two_tasks_take_the_steps_of_one_and_make_one_set_of_outputs(tmp_path):
    command = training_command(make_learning_run(tmp_path / "data"), tmp_path / "two")
    ended = run([*srun(2), *command], tmp_path)
    assert ended.returncode == 0, ended.stderr[-6000:]
    assert (tmp_path / "two" / "model.safetensors").exists()
    steps = TRAIN.epochs * TRAIN.steps_per_epoch
    files = {"timing": tmp_path / "two" / "timing.json", "curves": tmp_path / "two" / "curves.csv"}
    check_one_training(tmp_path, epochs=TRAIN.epochs, steps=steps, **files)
    assert ended.stderr.count("epoch 2/4") == 1


def test_a_training_in_the_batch_script_of_a_job_of_two_tasks_is_one_process(tmp_path):
    command = training_command(make_learning_run(tmp_path / "data"), tmp_path / "one", epochs=1)
    script = tmp_path / "job.sh"
    script.write_text(f"#!/bin/bash\nexec {shlex.join([sys.executable, '-m', *command])}\n")
    options = [
        "--wait",
        "--partition=cpu",
        "--ntasks=2",
        "--mem=4000",
        f"--output={tmp_path / 'job.out'}",
    ]
    ended = run(["sbatch", *options, str(script)], tmp_path)
    assert ended.returncode == 0, (tmp_path / "job.out").read_text()[-6000:]
    assert (tmp_path / "one" / "model.safetensors").exists()


def test_a_requeued_training_of_two_tasks_goes_on_in_the_same_job_to_the_same_bytes(tmp_path):
    data = make_learning_run(tmp_path / "data")
    longer = {"epochs": 4, "steps_per_epoch": 20}
    undisturbed, requeued = tmp_path / "undisturbed", tmp_path / "requeued"
    ended = run([*srun(2), *training_command(data, undisturbed, **longer)], tmp_path)
    assert ended.returncode == 0, ended.stderr[-6000:]
    script, output = tmp_path / "job.sh", tmp_path / "job.out"
    steps = shlex.join([*srun(2), *training_command(data, requeued, **longer)])
    script.write_text(f"#!/bin/bash\nexec {steps}\n")
    options = [
        "--requeue",
        "--open-mode=append",
        "--partition=cpu",
        "--ntasks=2",
        "--mem=4000",
        f"--output={output}",
    ]
    job = run(["sbatch", "--parsable", *options, str(script)], tmp_path).stdout.strip()
    wait_for(lambda: list(requeued.glob("checkpoints/*/last.ckpt")))
    assert run(["scontrol", "requeue", job], tmp_path).returncode == 0
    wait_for(
        lambda: (
            (requeued / "timing.json").exists()
            and not run(["squeue", "-h", "-j", job], tmp_path).stdout
        )
    )
    assert "training goes on after epoch" in (requeued / "train.log").read_text(), (
        output.read_text()[-6000:]
    )
    assert "Restarts=1" in run(["scontrol", "show", "job", job], tmp_path).stdout
    assert json.loads((requeued / "timing.json").read_text())["steps"] == 80
    for name in ("model.safetensors", "curves.csv"):
        assert (requeued / name).read_bytes() == (undisturbed / name).read_bytes()


def wait_for(done: Callable[[], object], *, seconds: float = 300) -> None:
    """Come back as soon as it is done; a requeued job begins again after two minutes only."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.2)


def test_a_mistake_ends_all_tasks_and_is_told(tmp_path):
    command = training_command(make_learning_run(tmp_path / "data"), tmp_path / "odd", batch_size=3)
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
def test_the_rule_trains_in_two_processes(tmp_path, resources):
    """The GPUs of this SLURM are pretended: without CUDA the processes compute on processors."""
    project = Project(tmp_path / "run", scenes=CLUSTER_SCENES)
    model = f"{project.values['results']}/models/tiny/model.safetensors"
    succeed(project.run("--until", "summarize", "--", model))
    given = [f"train:{each}" for each in [*resources, "mem_mb=6000", "slurm_partition=gpu"]]
    command = project.command(
        *SLURM, "--set-threads", "train=1", "--set-resources", *given, "--", model
    )
    ended = run(command, project.folder)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-6000:]
    assert "train" in ended.stdout + ended.stderr
    results = project.results
    files = {
        "timing": results / "timings/train/tiny.json",
        "curves": results / "models/tiny/curves.csv",
    }
    check_one_training(results, epochs=3, steps=6, **files)
    said = (results / "logs/train/tiny.log").read_text()
    assert said.count("tiny: 2 processes share every batch") == 1
