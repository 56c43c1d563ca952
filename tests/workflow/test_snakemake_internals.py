"""The shortcuts of planning change nothing that Snakemake does, and stay off if untried."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rs_seg.workflow.snakemake_internals import LARGE, SEEN_TO_WORK, minor_version
from tests.workflow.preloaded import run_snakemake
from tests.workflow.project import ROOT

EASED = """
from rs_seg.workflow.snakemake_internals import LARGE, ease_planning

assert ease_planning(LARGE)
assert ease_planning(LARGE)
"""
SNAKEFILE = f"""{EASED}

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
    return run_snakemake(["--cores", "1", *arguments], folder)


def test_flags_of_files_survive(tmp_path: Path) -> None:
    finished = run(tmp_path, SNAKEFILE)
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "whole").exists()
    assert (tmp_path / "deliver").is_dir()
    assert not (tmp_path / "passing").exists()


@pytest.mark.parametrize(("path", "refused"), [("deliver/page", True), ("delivered", False)])
def test_output_in_the_folder_of_another_job_is_refused(
    tmp_path: Path, path: str, *, refused: bool
) -> None:
    other = f'\nrule other:\n    output: "{path}"\n    shell: "touch {{output}}"\n'
    planned = run(tmp_path, SNAKEFILE + other, "--dry-run", "--", "all", path)
    assert ("ChildIOException" in planned.stdout + planned.stderr) is refused, planned.stdout
    assert bool(planned.returncode) is refused


def test_names_that_lists_of_files_do_not_have_are_refused(tmp_path: Path) -> None:
    snakefile = f'{EASED}\n\nrule all:\n    output: "a", "b"\n    run: output.sort()\n'
    failed = run(tmp_path, snakefile)
    assert failed.returncode
    assert "sort() cannot be used on snakemake input, output" in failed.stdout + failed.stderr


PRINT_REPLACED = """
import json
import os
import sys
import snakemake.api
from snakemake.dag import DAG
from snakemake.io import _IOFile
from rs_seg.workflow.snakemake_internals import ease_planning

for scenes, version in json.loads(sys.argv[1]):
    if not os.fork():
        eased = ease_planning(scenes, version)
        replaced = [each.__module__ for each in (DAG.check_directory_outputs, _IOFile.clone_flags)]
        print(eased, *replaced, flush=True)
        os._exit(0)
    os.wait()
"""
OURS, THEIRS = "rs_seg.workflow.snakemake_internals", "snakemake"
REPLACED = {
    (LARGE, "9.18.0"): OURS,
    (LARGE, "9.27.1"): OURS,
    (LARGE - 1, "9.27.1"): THEIRS,
    (LARGE, "9.28.0"): THEIRS,
    (LARGE, "9.17.3"): THEIRS,
    (LARGE, "10.20.0"): THEIRS,
}
"""Whose functions are at work, by the number of scenes and the version of Snakemake."""


def test_nothing_is_replaced_for_few_scenes_nor_in_a_version_that_was_not_tried() -> None:
    words = [sys.executable, "-c", PRINT_REPLACED, json.dumps([*REPLACED])]
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    lines = [line.split() for line in run.stdout.splitlines()]
    for (case, module), (eased, *replaced) in zip(REPLACED.items(), lines, strict=True):
        assert eased == str(module == OURS), case
        assert all(each.startswith(module) for each in replaced), (case, replaced)


def test_the_tested_version_of_snakemake_is_one_that_was_tried() -> None:
    pinned = re.search(
        r"^snakemake==(\S+)",
        (ROOT / "constraints.txt").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert pinned
    assert SEEN_TO_WORK[0] <= minor_version(pinned.group(1)) <= SEEN_TO_WORK[1]
