"""The commands below `rs-seg datasets`: their options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs_seg.cli.commands import load

datasets_app = typer.Typer(
    help="Public data sets as they are distributed: list, show, check.", no_args_is_help=True
)
NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the set, or a YAML file of facts.")
]


@datasets_app.command("list")
def list_sets() -> None:
    """List the public data sets that `data: {set: NAME, root: FOLDER}` can name."""
    load("datasets").print_list()


@datasets_app.command("show")
def show_set(name: NameArgument) -> None:
    """Print a configuration to begin with, with licence, citation, variants and splits."""
    load("datasets").print_starter(name)


@datasets_app.command("check")
def check_set(
    name: NameArgument,
    root: Annotated[Path, typer.Argument(help="Folder that the set was unpacked into.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Read the pixels of all files, not of 200 of each kind.")
    ] = False,
) -> None:
    """Tell what is missing, inexact or broken in a copy of a set, with counts.

    Nothing is written. The exit code is 1 where something is broken, and 0 where files are only
    missing or inexact.
    """
    load("datasets").check(name, root, everything=everything)
