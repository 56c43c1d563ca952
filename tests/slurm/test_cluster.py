"""A miniature on a real SLURM with all its accidents ends with the files of a local run.

One run for all tests, because SLURM and its driver ask one another slowly: a job is killed for its
memory, a training exceeds its time, another is preempted, and the driver is killed. `make
test-slurm` runs these.
"""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.slurm.cluster import OPTIONS, ClusterProject, Job, ask, freeze_training, jobs_of, submit
from tests.workflow.processes import StageProcess, wait_for
from tests.workflow.project import MINIATURE, Project

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
EPOCHS = 8
RESOURCES = (
    "split:mem_mb=attempt**4 * 200",
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
    frozen: dict[str, StageProcess]

    def jobs(self, rule: str) -> list[Job]:
        return jobs_of(self.project.folder, rule)

    def log(self, network: str) -> str:
        return (self.project.results / "logs" / "train" / f"{network}.log").read_text(
            encoding="utf-8"
        )


def miniature(kind: type[Project], folder: Path) -> Project:
    unet = MINIATURE["models"]["tiny"]
    project = kind(folder, scenes=copy.deepcopy(MINIATURE["scenes"][:1]))
    project.values["models"] = {"late": unet, "preempted": {**unet, "seed": 5}}
    project.values["refinements"] = {"argmax": {"method": "argmax"}}
    project.change("train.epochs", EPOCHS)
    return project


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    folders = tmp_path_factory.mktemp("slurm")
    project = miniature(ClusterProject, folders / "on a clüster")
    local = miniature(Project, folders / "at home")
    options = (
        "--default-resources",
        "mem_mb=2000",
        "runtime=30",
        "--set-resources",
        *RESOURCES,
        "--",
    )
    frozen: dict[str, StageProcess] = {}
    strikes = {
        # SLURM looks for the end of this time every half minute.
        "late": lambda job: ask("scontrol", "update", f"JobId={job}", "EndTime=now+1"),
        "preempted": lambda _: submit("--partition=cpu", "--cpus-per-task=3", f"--chdir={folders}"),
    }

    def freeze_both() -> bool:
        for network, strike in strikes.items():
            if network not in frozen and (found := freeze_training(project, network)):
                frozen[network] = found
                strike(found.environment["SLURM_JOB_ID"])
        return len(frozen) == 2

    def are_trained() -> bool:
        return len({job.rule for job in jobs_of(project.folder, "rule_export")}) == 2

    # The waits are for a busy machine; each takes a minute or two on a free one.
    try:
        with project.driver(*OPTIONS, *options) as first:
            wait_for(freeze_both, seconds=900, what="both trainings have finished an epoch")
            with local.driver("--set-threads", "train=1", "--") as undisturbed:
                wait_for(are_trained, seconds=900, what="both trainings went on and are finished")
                first.kill()
                with project.driver(*OPTIONS, *options) as second:
                    assert second.wait(timeout=1200) == 0
                assert undisturbed.wait(timeout=600) == 0
        yield Batch(project, local, frozen)
    finally:
        subprocess.run(["scancel", *(job.number for job in jobs_of(project.folder))], check=False)


def test_jobs_run_in_the_partitions_of_their_rules(batch: Batch) -> None:
    partitions = {
        rule: {job.partition for job in batch.jobs(f"rule_{rule}")}
        for rule in ("split", "train", "predict")
    }
    assert partitions == {"split": {"cpu"}, "train": {"gpu", "spot"}, "predict": {"spot"}}


def test_a_training_is_given_a_gpu(batch: Batch) -> None:
    seen = batch.frozen["late"].environment
    assert seen["SLURM_JOB_PARTITION"] == "gpu"
    assert seen["CUDA_VISIBLE_DEVICES"] in {"0", "1"}
    assert batch.jobs("rule_train_wildcards_late")[0].detail("TresPerJob") == "gres:gpu:1"


def test_a_job_that_was_killed_for_its_memory_is_given_more(batch: Batch) -> None:
    killed, repeated = batch.jobs("rule_split")
    assert (killed.state, killed.detail("MinMemoryNode")) == ("FAILED", "200M")
    assert (repeated.state, repeated.detail("MinMemoryNode")) == ("COMPLETED", "3200M")
    said = (
        batch.project.folder / f".snakemake/slurm_logs/rule_split/{killed.number}.log"
    ).read_text(encoding="utf-8")
    assert "exceeded memory limit" in said


def test_a_training_that_exceeds_its_time_goes_on_in_its_second_job(batch: Batch) -> None:
    ended, repeated = batch.jobs("rule_train_wildcards_late")
    assert (ended.state, repeated.state) == ("TIMEOUT", "COMPLETED")
    assert "training goes on after epoch" in batch.log("late")


def test_a_preempted_training_goes_on_in_the_same_job(batch: Batch) -> None:
    (job,) = batch.jobs("rule_train_wildcards_preempted")
    assert job.number == batch.frozen["preempted"].environment["SLURM_JOB_ID"]
    assert job.state == "COMPLETED"
    assert int(job.detail("Restarts")) >= 1
    assert "training goes on after epoch" in batch.log("preempted")


def test_a_killed_driver_is_succeeded_by_the_same_command(batch: Batch) -> None:
    said = (batch.project.folder / "driver.log").read_text(encoding="utf-8")
    assert said.count("SLURM run ID") == 2
    assert "unlock" not in said


def test_final_files_are_those_of_a_local_run(batch: Batch) -> None:
    assert (
        len((batch.project.results / "models/late/curves.csv").read_text().splitlines())
        == 1 + EPOCHS
    )
    assert batch.project.files_unlike(batch.local) == []
