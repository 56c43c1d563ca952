"""What the tests see of SLURM, and do to its jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.workflow.project import Project

OPTIONS = (
    *("--executor", "slurm", "--jobs", "8", "--max-threads", "1", "--retries", "1", "--latency-wait", "5"),
    *("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "8", "--slurm-no-account"),
    "--slurm-requeue",
)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Job:
    """A job as squeue knows it, for an hour after its end; `rule` is such as `rule_train_wildcards_tiny`."""

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
    listed = ask("squeue", "--states=all", "--noheader", "--array", "--sort=i", "--format=%i|%T|%P|%k|%Z")
    fields = [line.strip().split("|") for line in listed.splitlines()]
    return [Job(*each[:4]) for each in fields if each[4] == str(folder) and each[3].startswith(rule)]


def submit(*options: str, command: str = "true") -> str:
    """Number of a new job."""
    return ask("sbatch", "--parsable", "--output=/dev/null", "--mem=100", *options, f"--wrap={command}").strip()


def wait_for(find: Callable[[], Found], *, seconds: float, what: str, every: float = 0.2) -> Found:
    """What `find` finds as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(every)
    return found


def stages_of(job: str, stage: str) -> list[Path]:
    """Processes in /proc that compute a stage in a job."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            name = Path(words[1].decode()).name if len(words) > 2 else ""
            if name == "rs-seg" and words[2] == stage.encode() and environment(process).get("SLURM_JOB_ID") == job:
                found.append(process)
        except OSError:  # it has ended meanwhile
            continue
    return found


def environment(process: Path) -> dict[str, str]:
    fields = (process / "environ").read_bytes().decode(errors="replace").split("\0")
    return dict(field.partition("=")[::2] for field in fields)


@dataclass(frozen=True)
class Frozen:
    """A training that was stopped after one of its first epochs: its job, and its environment."""

    job: Job
    environment: dict[str, str]


def freeze_training(project: Project, network: str) -> Frozen | None:
    """Stop a training that runs and has kept an epoch; None where there is none."""
    if not list((project.results / "checkpoints" / network).glob("*/last.ckpt")):
        return None
    for job in jobs_of(project.folder, f"rule_train_wildcards_{network}"):
        for process in stages_of(job.number, "train"):
            known = environment(process)
            os.kill(int(process.name), signal.SIGSTOP)
            return Frozen(job, known)
    return None


@contextmanager
def driver(project: Project, *options: str) -> Iterator[subprocess.Popen[Any]]:
    """A run on SLURM in the background, in a session of its own; what it says is in driver.log."""
    with (project.folder / "driver.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            project.command(*OPTIONS, *options), cwd=project.folder, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
