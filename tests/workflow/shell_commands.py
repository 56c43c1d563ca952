"""The commands of a run as the shell reads them, to be run without a process for each."""

from __future__ import annotations

import os
import subprocess
import traceback
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from rs_seg.cli.app import app
from rs_seg.cli.completing import complete_settings
from rs_seg.config import load_config, write_config
from rs_seg.stages import STAGES
from tests.workflow.project import Project

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


def run_command(words: list[str]) -> str:
    """What one command of rs-seg says where it fails; nothing where it ends well."""
    try:
        # numba that has begun refuses another number of threads, where it compiles anything anew
        with patch("rs_seg.cli.starting.limit_threads"):
            app(words, standalone_mode=False)
    except Exception:  # noqa: BLE001  # whatever it is, the test tells it with the command
        return f"{words}\n{traceback.format_exc()}"
    return ""


def planned_commands(project: Project) -> Iterator[list[str]]:
    """The words of each command of the run, as bash reads them; lists are kept in `lists`."""
    (project.folder / "lists").mkdir()
    planned = project.run("--dry-run", "--printshellcmds")
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


def run_here(project: Project) -> None:
    """Run all commands of a project in this process, stage by stage."""
    commands = list(planned_commands(project))
    before = Path.cwd()
    os.chdir(project.folder)
    try:
        run = load_config(Path("config.yaml"), complete=complete_settings)
        write_config(run, Path(run.results, "config.yaml"))
        for stage in STAGES:
            for words in commands:
                said = run_command(words) if words[0] == stage else ""
                assert not said, said
    finally:
        os.chdir(before)
