"""What a shell is told that comes next, and that it is told quickly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rs_seg.cli.app import app
from rs_seg.cli.shell_completion import BASH_FILES, VARIABLE, Shell, completion_script

PROGRAM = "import sys; from rs_seg.__main__ import main; sys.argv = ['rs-seg']; main()"
HEAVY = ("torch", "snakemake", "rasterio", "geopandas", "matplotlib", "scipy", "sklearn")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("my.yaml", "mine.yml", "my.tif", ".hidden.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "my runs").mkdir()
    (tmp_path / "my runs/a b.yaml").touch()
    return tmp_path


def ask(folder: Path, *words: str) -> list[str]:
    """What bash is answered after these words, the last of which is not complete."""
    asked = {"COMP_WORDS": "\n".join(["rs-seg", *words]), "COMP_CWORD": str(len(words))}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **asked, VARIABLE: "complete_bash"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split("\n")[:-1]


def test_commands_and_options_are_completed(folder: Path) -> None:
    assert ask(folder, "ru") == ["run"]
    assert "--dry-run" in ask(folder, "run", "--d")
    assert ask(folder, "completion", "") == ["bash", "zsh"]
    assert ask(folder, "run", "--profile", "l") == ["laptop"]


def test_a_run_takes_yaml_files_first_and_targets_afterwards(folder: Path) -> None:
    assert ask(folder, "run", "m") == ["mine.yml", "my runs/", "my.yaml", "maps"]
    assert ask(folder, "run", "'my runs/a") == ["my runs/a b.yaml"]
    assert ask(folder, "run", "my.yaml", "") == ["all", "learn", "maps"]


def test_stages_take_yaml_files_as_configuration_and_any_file_elsewhere(folder: Path) -> None:
    assert ask(folder, "refine", "--config", "my") == ["my runs/", "my.yaml"]
    # the shell offers all files where it is told nothing
    assert ask(folder, "refine", "--image", "my") == [""]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_printed_script_asks_the_program(shell: str) -> None:
    printed = CliRunner().invoke(app, ["completion", shell])
    assert printed.exit_code == 0
    assert f"{VARIABLE}=complete_{shell}" in printed.stdout
    assert (BASH_FILES in printed.stdout) == (shell == "bash")


def test_bash_takes_the_script() -> None:
    script = completion_script(Shell.bash)
    taken = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\ncomplete -p rs-seg"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "-F _rs_seg_completion rs-seg" in taken.stdout


def test_no_heavy_library_is_loaded_to_answer_a_shell() -> None:
    code = (
        "import sys, rs_seg.cli.app, rs_seg.cli.running;"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []
