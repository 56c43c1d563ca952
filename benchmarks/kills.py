"""Whether a run that is killed again and again ends with the files of an undisturbed one.

    python benchmarks/kills.py                                20 kills of local runs, 4 in each
    python benchmarks/kills.py --slurm                        on the SLURM of tests/slurm/start.sh
    python benchmarks/kills.py --kills 3 --kills-per-run 3    a quick look
    python benchmarks/kills.py --full-disk --kills 30         a disk that fills instead (as root)

A run of the miniature (tests/workflow/project.py) is started, and after a random time SIGKILL goes
to a part of it, in turn: the driver with all its jobs, the driver alone, one job. The same folder
is started and killed a few times, then run to its end. With `--full-disk` nothing is killed: the
folder lies on a small file system of its own (tmpfs), which a file fills after a random time but
for a few random bytes; when the run has failed, or has gone on for a while, room is made. Exit
status 1 where a last command failed or a file differs.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.slurm.cluster import OPTIONS
from tests.workflow.project import CLUSTER_SCENES, Project, succeed

VICTIMS = {"local": ("everything", "driver", "job"), "slurm": ("driver", "job")}
# Without retries: else the driver itself makes good for a killed job, and goes on to the end.
CLUSTER = (*OPTIONS, "--retries", "0", "--default-resources", "mem_mb=2000", "runtime=30", "--")


def miniature(folder: Path) -> Project:
    """The miniature, with names of scenes that a cluster takes."""
    return Project(folder, scenes=CLUSTER_SCENES)


def killed_run(
    folder: Path, victims: Iterator[str], kills: int, longest: float, options: tuple[str, ...]
) -> Project:
    """A run in a new folder that was killed so often; prints when and what."""
    project = miniature(folder)
    for _ in range(kills):
        seconds = random.uniform(2, longest)
        killed = project.run_killed(partial(time.sleep, seconds), next(victims), *options)
        files = len(project.final_files()) if project.results.exists() else 0
        print(f"{folder.name:>8}  {seconds:7.1f}  {killed:28}  {files:5d}", flush=True)
    return project


@contextmanager
def own_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own at a new folder."""
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def filled_run(
    project: Project, disk: Path, fills: int, longest: float, options: tuple[str, ...]
) -> None:
    """A run whose disk was filled so often; prints when, the room left, and how the run ended."""
    filler = disk / "filler"
    for _ in range(fills):
        seconds, left = random.uniform(2, longest), random.choice((0, random.randrange(2**21)))
        with project.driver(*options) as driver:
            time.sleep(seconds)
            with suppress(OSError), filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - left))
            with suppress(subprocess.TimeoutExpired):
                driver.wait(longest)
            ended = (
                "failed" if driver.poll() else "went on" if driver.poll() is None else "finished"
            )
            filler.unlink(missing_ok=True)
            if driver.poll() is None:
                driver.wait()
        files = len(project.final_files()) if project.results.exists() else 0
        print(
            f"{project.folder.name:>8}  {seconds:7.1f}  {f'{left} bytes left: {ended}':28}  "
            f"{files:5d}",
            flush=True,
        )


def finish(project: Project, undisturbed: Project, options: tuple[str, ...]) -> bool:
    """Whether one command ends the work with the files of the undisturbed run; prints faults."""
    start = time.perf_counter()
    last = project.run_anew(*options)
    seconds = time.perf_counter() - start
    if last.returncode != 0:
        print(
            f"{project.folder.name:>8}  {seconds:7.1f}  the last command "
            f"FAILED\n{(last.stdout + last.stderr)[-3000:]}"
        )
        return False
    unlike = project.files_unlike(undisturbed)
    found = (
        f"{len(unlike)} files DIFFER: {', '.join(unlike[:5])}"
        if unlike
        else "finished, all files equal"
    )
    print(
        f"{project.folder.name:>8}  {seconds:7.1f}  {found:28}  {len(project.final_files()):5d}",
        flush=True,
    )
    return not unlike


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20, help="kills in all")
    parser.add_argument(
        "--kills-per-run",
        type=int,
        default=4,
        help="kills of the same folder, before it is finished",
    )
    parser.add_argument("--full-disk", action="store_true", help="disks that fill instead of kills")
    parser.add_argument("--megabytes", type=int, default=400, help="size of the disk that fills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--slurm", action="store_true", help="jobs on SLURM; the undisturbed run is a local one"
    )
    parser.add_argument(
        "--longest",
        type=float,
        help="seconds until a kill, at most; default: from the undisturbed run",
    )
    given = parser.parse_args()
    random.seed(given.seed)
    victims = itertools.cycle(VICTIMS["slurm" if given.slurm else "local"])
    options = CLUSTER if given.slurm else ()
    with tempfile.TemporaryDirectory() as place:
        start = time.perf_counter()
        undisturbed = miniature(Path(place) / "whole")
        # As many threads as a job of the cluster has: sums of a training on processors depend on
        # their number.
        succeed(undisturbed.run_anew(*(["--set-threads", "train=1", "--"] if given.slurm else [])))
        seconds = time.perf_counter() - start
        longest = given.longest or seconds * (1.5 if given.slurm else 0.35)
        print(f"     run  seconds  killed                        files\n   whole  {seconds:7.1f}")
        equal = []
        for number, begin in enumerate(range(0, given.kills, given.kills_per_run), start=1):
            count = min(given.kills_per_run, given.kills - begin)
            folder = Path(place) / f"run {number}"
            if given.full_disk:
                with own_disk(Path(place) / f"disk {number}", given.megabytes) as disk:
                    project = miniature(disk / folder.name)
                    filled_run(project, disk, count, longest, options)
                    equal.append(finish(project, undisturbed, options))
                continue
            project = killed_run(folder, victims, count, longest, options)
            equal.append(finish(project, undisturbed, options))
    what = "full disks" if given.full_disk else "kills"
    print(f"\n{given.kills} {what}, {sum(equal)} of {len(equal)} runs ended with the same files")
    raise SystemExit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
