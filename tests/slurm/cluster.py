"""What the tests see of SLURM, and do to its jobs."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.workflow.processes import StageProcess, stage_processes
from tests.workflow.project import Project

OPTIONS = (
    *("--executor", "slurm", "--jobs", "8", "--max-threads", "1", "--retries", "1"),
    *("--latency-wait", "5", "--slurm-requeue", "--slurm-no-account"),
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3"),
)

OVER = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
"""States of jobs that have ended."""


class ClusterProject(Project):
    """A project whose driver sees after a second that a job on SLURM has ended."""

    PROGRAM = (sys.executable, str(Path(__file__).with_name("impatient_driver.py")))


@dataclass(frozen=True)
class Job:
    """A job as squeue knows it, for an hour after its end.

    `rule` is such as `rule_train_wildcards_tiny`.
    """

    number: str
    state: str
    partition: str
    rule: str

    def detail(self, name: str) -> str:
        """One field of `scontrol show job`."""
        shown = ask("scontrol", "show", "job", "--oneliner", self.number)
        return dict(field.partition("=")[::2] for field in shown.split())[name]


def ask(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def jobs_of(folder: Path, rule: str = "") -> list[Job]:
    """Jobs that were submitted in a folder, in order: of one rule, or all."""
    listed = ask(
        "squeue", "--states=all", "--noheader", "--array", "--sort=i", "--format=%i|%T|%P|%k|%Z"
    )
    fields = [line.strip().split("|") for line in listed.splitlines()]
    return [
        Job(*each[:4]) for each in fields if each[4] == str(folder) and each[3].startswith(rule)
    ]


def submit(*options: str, command: str = "true") -> str:
    """Number of a new job."""
    return ask(
        "sbatch", "--parsable", "--output=/dev/null", "--mem=100", *options, f"--wrap={command}"
    ).strip()


def freeze_training(project: Project, network: str) -> StageProcess | None:
    """Stop a training that runs and has kept an epoch; None where there is none."""
    if not list((project.results / "checkpoints" / network).glob("*/last.ckpt")):
        return None
    numbers = {job.number for job in jobs_of(project.folder, f"rule_train_wildcards_{network}")}
    for process in stage_processes(project.folder):
        if process.stage == "train" and process.environment.get("SLURM_JOB_ID") in numbers:
            process.kill(signal.SIGSTOP)
            return process
    return None
