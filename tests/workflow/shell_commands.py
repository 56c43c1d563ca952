"""The commands of a run as the shell reads them, run without a process for each.

Every process loads its libraries, which takes longer than most jobs of a miniature.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import traceback
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import torch

from rs_seg.cli.app import app
from rs_seg.cli.completing import complete_settings
from rs_seg.config import load_config, write_config
from rs_seg.stages import STAGES
from tests.workflow.project import Project, succeed

TAKE_APART = """
rs-seg() {
  local n=0 word
  count=$((count + 1))
  for word in "$@"; do
    case $word in
      @/dev/fd/*) n=$((n + 1)); cat "${word#@}" > "lists/$count.$n"; word="@lists/$count.$n" ;;
    esac
    printf '%s\\0' "$word"
  done
  printf '\\n\\0'
}
"""


def run_in_this_process(project: Project, *targets: str) -> None:
    """Make the targets of a run, or all of it, by the commands that Snakemake would start."""
    commands = list(planned_commands(project, *targets))
    with contextlib.chdir(project.folder), logging_as_before():
        run = load_config(Path("config.yaml"), complete=complete_settings)
        write_config(run, Path(run.results) / "config.yaml")
        for stage in STAGES:
            failures = [run_command(words) for words in commands if words[0] == stage]
            assert not any(failures), "\n".join(failures)


@contextlib.contextmanager
def logging_as_before() -> Iterator[None]:
    """Takes back where a command has sent the messages of this process."""
    logger = logging.getLogger("rs_seg")
    before = logger.handlers, logger.level, logger.propagate
    try:
        yield
    finally:
        logger.handlers, logger.level, logger.propagate = before


def record_as_made(project: Project, *targets: str) -> None:
    """Let Snakemake keep in mind what the files of a run were made from, as if it had made them."""
    succeed(project.run("--touch", "--forceall", "--no-hooks", *targets))


def run_command(words: list[str]) -> str:
    """What one command of rs-seg says where it fails; nothing where it ends well."""
    threads = torch.get_num_threads()
    try:
        # the process of looks at scenes is tested in tests/cli/test_timed_looks.py
        with (
            patch.dict(os.environ),
            patch("rs_seg.cli.starting.limit_threads", limit_torch_threads),
            patch("rs_seg.cli.execute._do_in_time", lambda call, *_: call()),
        ):
            app(words, standalone_mode=False)
    except Exception:  # noqa: BLE001  # whatever it is, the test tells it with the command
        return f"{words}\n{traceback.format_exc()}"
    finally:
        torch.set_num_threads(threads)
    return ""


def limit_torch_threads(count: int) -> None:
    """Train and map with as many threads as in a process of its own, where sums depend on them.

    Numba keeps its own: once it has begun, it refuses another number where it compiles anything.
    """
    os.environ["OMP_NUM_THREADS"] = str(count)
    torch.set_num_threads(count)


def planned_commands(project: Project, *targets: str) -> Iterator[list[str]]:
    """The words of each command of the run, as bash reads them; lists are kept in `lists`."""
    (project.folder / "lists").mkdir(exist_ok=True)
    planned = project.run("--dry-run", "--printshellcmds", *targets)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    lines = (planned.stdout + planned.stderr).splitlines()
    script = [
        line.partition("Shell command: ")[2] for line in lines if "Shell command: rs-seg" in line
    ]
    bash = ["bash", "-c", TAKE_APART + "\n".join(script)]
    words = (
        subprocess.run(bash, cwd=project.folder, capture_output=True, check=True)
        .stdout.decode()
        .split("\0")
    )
    while "\n" in words:
        end = words.index("\n")
        yield words[:end]
        words = words[end + 1 :]
