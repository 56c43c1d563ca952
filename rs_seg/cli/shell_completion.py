"""Completion of commands, options and files in bash and zsh."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Any

# both are in every version from 0.12 on, though no `__all__` says so
from typer.completion import (  # type: ignore[attr-defined]
    completion_init,
    get_completion_script,
)

VARIABLE = "_RS_SEG_COMPLETE"
"""Environment variable: set when a shell asks what may come next."""
SUFFIXES = (".yaml", ".yml")
TARGETS = ("all", "learn", "maps")
BASH_FILES = """\
    case "${COMPREPLY[*]}" in
        */* | *.yaml* | *.yml*) compopt -o filenames ;;
    esac
    return 0"""
"""Lets bash quote names of files, and add no space after a folder."""


class Shell(StrEnum):
    """A shell that commands are completed in."""

    bash = "bash"
    zsh = "zsh"


def completion_script(shell: Shell) -> str:
    """The script that teaches a shell the words of `rs-seg`."""
    script = get_completion_script(prog_name="rs-seg", complete_var=VARIABLE, shell=shell)
    return script.replace("    return 0", BASH_FILES) if shell is Shell.bash else script


def answer_shells() -> None:
    """Prepare the answer where a shell asks what may come next."""
    if VARIABLE in os.environ:
        completion_init()


def yaml_files(incomplete: str) -> list[str]:
    """YAML files and folders that begin with these letters; folders end with a slash."""
    folder, _, begun = incomplete.rpartition("/")
    place = Path(incomplete[: len(folder) + 1]) if "/" in incomplete else Path()
    try:
        entries = sorted(place.iterdir())
    except OSError:
        return []
    shown = [entry for entry in entries if begun.startswith(".") or entry.name[0] != "."]
    names = [
        f"{entry.name}/" if entry.is_dir() else entry.name
        for entry in shown
        if entry.is_dir() or entry.suffix in SUFFIXES
    ]
    before = incomplete[: len(incomplete) - len(begun)]
    return [f"{before}{name}" for name in names if name.startswith(begun)]


def run_words(ctx: Any, incomplete: str) -> list[str]:
    """What `rs-seg run` takes next: a configuration first, then targets."""
    targets = [target for target in TARGETS if target.startswith(incomplete)]
    return targets if ctx.params.get("words") else [*yaml_files(incomplete), *targets]
