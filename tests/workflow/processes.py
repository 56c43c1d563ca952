"""Processes that compute a stage, found in /proc; and ways to kill a run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True)
class StageProcess:
    """A running `rs-seg STAGE`."""

    number: int
    stage: str
    environment: dict[str, str]

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.number, number)


def stage_processes(folder: Path) -> list[StageProcess]:
    """All stages that are computed in a working directory, in the order of their numbers."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_text(errors="replace").split("\0")
            if (
                len(words) > 2
                and Path(words[1]).name == "rs-seg"
                and (process / "cwd").readlink() == folder
            ):
                fields = (process / "environ").read_text(errors="replace").split("\0")
                environment = dict(field.partition("=")[::2] for field in fields)
                found.append(StageProcess(int(process.name), words[2], environment))
        except OSError:  # it has ended meanwhile
            continue
    return sorted(found, key=lambda each: each.number)


def kill_everything(driver: subprocess.Popen[Any], _: Path) -> str:
    """SIGKILL to the driver and its local jobs, as when a machine goes down; what was killed."""
    os.killpg(driver.pid, signal.SIGKILL)
    return "everything"


def kill_driver(driver: subprocess.Popen[Any], _: Path) -> str:
    """SIGKILL to the driver alone."""
    driver.kill()
    return "driver"


def kill_job(driver: subprocess.Popen[Any], folder: Path) -> str:
    """SIGKILL to a random stage, or the next one, as the kernel does where memory is short."""
    while not (running := stage_processes(folder)):
        if driver.poll() is not None:
            return "nothing: the run had ended"
        time.sleep(0.05)
    chosen = random.choice(running)
    chosen.kill()
    return f"job: {chosen.stage}"


KILLS: dict[str, Callable[[subprocess.Popen[Any], Path], str]] = {
    "everything": kill_everything,
    "driver": kill_driver,
    "job": kill_job,
}


def wait_for(find: Callable[[], Found], *, seconds: float, what: str, every: float = 0.2) -> Found:
    """What `find` finds as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(every)
    return found
