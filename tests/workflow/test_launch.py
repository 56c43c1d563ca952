"""How the rule `train` starts its processes; that they do their work is tested in tests/slurm."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rs_seg import __version__
from rs_seg.cli.quiet import QUIET
from rs_seg.values import installation
from rs_seg.workflow import launch
from rs_seg.workflow.launch import shell_prefix
from rs_seg.workflow.snakemake_internals import Invocation

from .project import ROOT, Project


@pytest.mark.slow
@pytest.mark.parametrize(
    ("resources", "program", "threads"),
    [
        ([], "rs-seg", 2),
        (["gpu=1"], "rs-seg", 2),
        (
            ["gpu=2"],
            "python -m torch.distributed.run --standalone --nproc-per-node=2 -m -- rs_seg",
            1,
        ),
        (
            ["mpi=srun", "nodes=2", "tasks_per_node=4", "gpu=8"],
            "srun --ntasks=8 --cpus-per-task=2 --kill-on-bad-exit=1 --wait=0 python -m rs_seg",
            2,
        ),
    ],
    ids=["nothing said", "one GPU", "one machine", "two nodes"],
)
def test_a_job_starts_as_many_processes_as_it_has_gpus(tmp_path, resources, program, threads):
    project = Project(tmp_path / "run")
    model = f"{project.values['results']}/models/tiny/model.safetensors"
    given = ["--set-resources", *[f"train:{each}" for each in resources]] if resources else []
    planned = project.run("--dry-run", "--printshellcmds", *given, "--", model)
    assert planned.returncode == 0, planned.stdout + planned.stderr
    (command,) = re.findall(
        r"(?:Shell command:)?\s*(\S.* train --config .*)", planned.stdout + planned.stderr
    )
    assert command.removeprefix("Shell command: ").startswith(f"{program} train --config ")
    assert f" --threads {threads} " in command


def invocation(*, in_conda: bool) -> Invocation:
    return Invocation(
        configfiles=(), cores=1, on_one_machine=True, main_process=True, in_conda=in_conda
    )


def said(prefix: str, command: str) -> str:
    """What a command prints after the prefix, which Snakemake has formatted."""
    words = ["bash", "-c", prefix.replace("{{", "{").replace("}}", "}") + command]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_jobs_find_the_program_beside_python() -> None:
    prefix = shell_prefix(invocation(in_conda=False))
    assert said(prefix, "command -v rs-seg") == str(Path(sys.executable).with_name("rs-seg"))


def test_jobs_find_the_package_where_no_program_lies_beside_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lonely = tmp_path / "a python, ü"
    lonely.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n', encoding="utf-8")
    lonely.chmod(0o755)
    monkeypatch.setattr(launch.sys, "executable", str(lonely))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert said(shell_prefix(invocation(in_conda=False)), "rs-seg --version") == __version__


def test_conda_jobs_of_a_clone_find_the_package_in_it() -> None:
    assert f"PYTHONPATH={ROOT};" in shell_prefix(invocation(in_conda=True))


def test_conda_jobs_of_a_wheel_see_the_package_without_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("old", "site-packages"):
        package = tmp_path / name / "rs_seg"
        (package / "share").mkdir(parents=True)
        monkeypatch.setattr(installation.rs_seg, "__file__", str(package / "__init__.py"))
        monkeypatch.chdir(tmp_path)
        prefix = shell_prefix(invocation(in_conda=True))
        (folder,) = re.findall(r"PYTHONPATH=(\S+);", prefix)
        assert [path.name for path in Path(folder).iterdir()] == ["rs_seg"]
        assert Path(folder, "rs_seg").resolve() == package


@pytest.mark.parametrize("quiet", [True, False])
def test_what_a_job_says_at_its_start_goes_to_its_log_in_a_quiet_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    program = tmp_path / "rs-seg"
    program.write_text('#!/bin/bash\ncat "${2#@}"; echo at the start >&2; exit 3\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv(QUIET, "1" if quiet else "")
    invocation = Invocation((), cores=1, on_one_machine=True, main_process=True, in_conda=False)
    prefix = shell_prefix(invocation).replace("{{", "{").replace("}}", "}")
    command = f"{prefix}rs-seg stage @<(printf '%s\\n' 'a list') --log 'a log'"
    job = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert job.returncode == 3
    said = "a list\nat the start\n"
    assert job.stdout + job.stderr == ("" if quiet else said)
    assert not quiet or (tmp_path / "a log").read_text() == said
