"""What keeps planning small (workflow/rules/planning.smk) changes nothing that Snakemake says or does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import ROOT

RULES = ROOT / "workflow" / "rules" / "planning.smk"
SNAKEFILE = f"""
include: "{RULES}"
include: "{RULES}"

rule all:
    input: "whole", "deliver"

rule first:
    output: temp("passing")
    shell: "touch {{output}}"

rule second:
    input: "passing"
    output: "whole"
    shell: "touch {{output}}"

rule hand_over:
    output: directory("deliver")
    shell: "mkdir {{output}}"
"""


def run(folder: Path, snakefile: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "Snakefile").write_text(snakefile, encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_flags_of_files_survive(tmp_path: Path) -> None:
    finished = run(tmp_path, SNAKEFILE)
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "whole").exists()
    assert (tmp_path / "deliver").is_dir()
    assert not (tmp_path / "passing").exists()


@pytest.mark.parametrize(("path", "refused"), [("deliver/page", True), ("delivered", False)])
def test_output_in_the_folder_of_another_job_is_refused(tmp_path: Path, path: str, *, refused: bool) -> None:
    other = f'\nrule other:\n    output: "{path}"\n    shell: "touch {{output}}"\n'
    planned = run(tmp_path, SNAKEFILE + other, "--dry-run", "--", "all", path)
    assert ("ChildIOException" in planned.stdout + planned.stderr) is refused, planned.stdout
    assert bool(planned.returncode) is refused


def test_names_that_lists_of_files_do_not_have_are_refused(tmp_path: Path) -> None:
    snakefile = f'include: "{RULES}"\n\nrule all:\n    output: "a", "b"\n    run: output.sort()\n'
    failed = run(tmp_path, snakefile)
    assert failed.returncode
    assert "sort() cannot be used on snakemake input, output" in failed.stdout + failed.stderr
