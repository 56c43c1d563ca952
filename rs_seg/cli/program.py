"""The commands of the program as a whole: their options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from rs_seg.cli.commands import load
from rs_seg.cli.shell_completion import Shell, completion_script, run_words, yaml_files
from rs_seg.values.installation import share_folder
from rs_seg.values.machine import place_caches


def profiles(incomplete: str) -> list[str]:
    """Names of our profiles, and folders, that begin with these letters."""
    names = sorted(path.name for path in (share_folder() / "profiles").glob("*"))
    folders = [name for name in yaml_files(incomplete) if name.endswith("/")]
    return [*(name for name in names if name.startswith(incomplete)), *folders]


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of images and labels.")],
    out: Annotated[Path, typer.Option("--out", help="Configuration (YAML) to write.")] = Path(
        "my.yaml"
    ),
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that are in the way.")
    ] = False,
) -> None:
    """Write a configuration and a scene table for the images and labels in a folder.

    Looks for scenes, bands, classes and colours, and asks nothing. What was guessed is marked in
    the file with CHECK; what was left out is printed with the reason.
    """
    for line in load("initialising.work").initialise(folder, out, force=force):
        typer.echo(line)


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
            autocompletion=run_words,
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
        typer.Option(
            help="Machine to run on: laptop, slurm, or the folder of a profile.",
            autocompletion=profiles,
        ),
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


def warm() -> None:
    """Compile all hot loops now, which jobs otherwise do at first use.

    It takes half a minute, once per machine and version. What is compiled is kept beside the code,
    or in $XDG_CACHE_HOME (else ~/.cache) where that is read-only. It serves processors of the kind
    it was compiled on.
    """
    place_caches()  # before the next line, which decides where compiled functions are kept
    load("warming").warm()


def completion(
    shell: Annotated[Shell, typer.Argument(help="The shell that is taught.")],
) -> None:
    """Print the script that completes commands, options and YAML files in a shell.

    bash: a line `source <(rs-seg completion bash)` in ~/.bashrc. zsh: the same with zsh in
    ~/.zshrc, after `compinit`.
    """
    typer.echo(completion_script(shell))


def share() -> None:
    """Print the folder of the examples, profiles and scripts that came with the installation."""
    typer.echo(str(share_folder()))
