"""The commands of the program as a whole: their options and help."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from rs_seg.cli.commands import load


class RunCommand(TyperCommand):
    """A command that keeps all words after `--` for another program."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words before `--`; the others become `ctx.obj`."""
        own = args[: args.index("--")] if "--" in args else args
        ctx.obj = args[len(own) + 1 :]
        return super().parse_args(ctx, own)


def run(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONFIG.yaml] [TARGET]...",
            help="Configuration of the run, my.yaml if not given; then what to make: all, maps, "
            "learn, or files of the results.",
        ),
    ] = None,
    *,
    context: typer.Context,
    cores: Annotated[
        str | None,
        typer.Option(help="Processors to use: a number, or all, which is the default."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="Machine to run on: laptop, slurm, or the folder of a profile."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Run the demo: five simulated towns.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what would be done, and do nothing.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show all that Snakemake says.")
    ] = False,
) -> None:
    """Run the whole workflow: from raw files to maps and report, in the current folder.

    Only what a change affects is done again, and a killed run goes on where it stopped. Words after
    `--` are options of Snakemake: `rs-seg run my.yaml -- --forcerun compare`.
    """
    work = load("running")
    config, targets = work.choose_config(words or [], demo=demo)
    raise typer.Exit(
        work.run_workflow(
            config,
            targets=targets,
            cores=cores,
            profile=profile,
            verbose=verbose,
            options=[*(["--dry-run"] if dry_run else []), *context.obj],
        )
    )
