"""The command line: one command per stage, derived from its signature."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from rs_seg import __version__
from rs_seg.cli import commands, program
from rs_seg.cli.assisting import assisting, only_assists
from rs_seg.cli.commands import ConfigOption, LogOption, ThreadsOption
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.dataset_commands import datasets_app
from rs_seg.cli.execute import execute
from rs_seg.cli.full_disks import explain_full_disk
from rs_seg.cli.lists import read_lists
from rs_seg.cli.map_command import map_images
from rs_seg.cli.quiet import speak_through_files
from rs_seg.cli.recording import recorded
from rs_seg.cli.shell_completion import answer_shells
from rs_seg.cli.signature import FileArgument, signature_of
from rs_seg.cli.starting import MOST_LINES, start
from rs_seg.cli.track_commands import tracks_app
from rs_seg.cli.verify import telling_of_changed_inputs
from rs_seg.config import load_config
from rs_seg.errors import UserError, UserErrors
from rs_seg.stages import STAGES
from rs_seg.values.garbage import skip_last_search
from rs_seg.values.machine import fix_environment, limit_raster_cache
from rs_seg.values.paths import IN, OUT

logger = logging.getLogger("rs_seg")
KINDS = {IN: "Input.", OUT: "Output.", "work": "Folder that outlives a killed job."}


class Program(TyperGroup):
    """All commands; that of a stage is made when somebody asks for it.

    A job asks for its own alone: to read all signatures takes as long as to load the settings.
    """

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # of the base class
        """Names of the other commands, then of the stages in the order of the chain."""
        return [*(name for name in self.commands if name not in STAGES), *STAGES]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name; None where there is none."""
        if cmd_name not in self.commands:
            # of an unknown name all are made: what was meant is looked for among `commands`
            for stage in [cmd_name] if cmd_name in STAGES else STAGES:
                self.commands.setdefault(stage, _make_command(stage))
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    name="rs-seg",
    cls=Program,
    help="Remote-sensing segmentation. `rs-seg run my.yaml` runs the whole chain; every stage is "
    "also a command.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _begin(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """What every command begins with, before it opens any file."""
    fix_environment()
    limit_raster_cache()  # stages that know what they need set another limit
    if version:
        print(__version__)
        raise typer.Exit()


class StageCommand(TyperCommand):
    """A command whose lists of files are several words after one option, as in Snakemake."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option of a list before each word; leave out file options without a word."""
        files = (
            parameter
            for parameter in self.params
            if parameter.metavar == "PATH" and not parameter.required
        )
        loose = {option for file in files for option in file.opts}
        words: list[str] = []
        option = ""
        for word in args:
            if word.startswith("--"):
                option = word if word in loose else ""
                words += [] if option else [word]
            else:
                words += [option, word] if option else [word]
        return super().parse_args(ctx, words)


def _make_command(stage: str) -> Any:
    """The command of a stage, from its signature."""
    signature = signature_of(stage)

    def command(**options: Any) -> None:
        log, is_first = options["log"], not only_assists(stage)
        if not is_first:
            options["log"] = None
        start(log=options["log"], threads=options["threads"])
        speak_through_files(log, first=is_first)
        logger.setLevel(logging.INFO if is_first else logging.WARNING)
        branches = {name: options[name] for name in signature.branches}
        with recorded(stage, branches=branches, log=options["log"]) as made, assisting(stage):
            files = {file.name: options[file.name] for file in signature.files}
            files |= {
                file.name: read_lists(files[file.name]) for file in signature.files if file.many
            }
            run = load_config(options["config"], complete=complete_settings)
            with telling_of_changed_inputs(run, files):
                made.update(execute(stage, run, files=files, branches=branches))

    fixed = {"config": ConfigOption, "threads": ThreadsOption, "log": LogOption}
    chosen = {
        name: Annotated[str, typer.Option(help=f"Name of the {name}.")]
        for name in signature.branches
    }
    parameters = [
        _parameter(name, kind, inspect.Parameter.empty)
        for name, kind in {"config": ConfigOption, **chosen}.items()
    ]
    parameters += [
        _parameter(file.name, _file_option(file), _file_default(file)) for file in signature.files
    ]
    parameters += [_parameter(name, fixed[name], None) for name in ("threads", "log")]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads the signature
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = inspect.getdoc(signature.function)
    alone = typer.Typer(add_completion=False)
    panel = "Stages, in the order of the chain"
    alone.command(stage, cls=StageCommand, rich_help_panel=panel)(command)
    return typer.main.get_command(alone)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _file_option(file: FileArgument) -> Any:
    kind: Any = list[str] if file.many else Path
    if file.optional:
        kind = kind | None
    return Annotated[
        kind,
        typer.Option(
            metavar="PATH",
            help=KINDS[file.kind]
            + (" One or more, or @FILE: a list of them." if file.many else ""),
        ),
    ]


def _file_default(file: FileArgument) -> Any:
    if file.many:
        return []
    return None if file.optional else inspect.Parameter.empty


def main() -> None:
    """Run the command line; a user's mistake ends with one paragraph and exit code 1."""
    skip_last_search()
    answer_shells()
    try:
        app()
    except UserError as error:
        _tell(error)
        raise SystemExit(1) from None
    except Exception as error:
        full = explain_full_disk(error, [])
        if full is not None:
            _tell(full)
            raise SystemExit(1) from None
        logger.exception(
            "this is a fault of rs_seg, not of the input; please report it with this text"
        )
        raise SystemExit(2) from None


def _tell(error: UserError) -> None:
    """Write a mistake to the log and the terminal; of very many, only the first to the terminal."""
    logs = [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]
    rest = f", all of them in {', '.join(handler.baseFilename for handler in logs)}" if logs else ""
    short = error.shorten(MOST_LINES, rest=rest) if isinstance(error, UserErrors) else str(error)
    if not logs:  # a command that somebody typed: when it went wrong is known
        print(f"error: {short}", file=sys.stderr)
        return
    for handler in logger.handlers:
        text = str(error) if handler in logs else short
        handler.handle(
            logger.makeRecord(logger.name, logging.ERROR, __file__, 0, "error: %s", (text,), None)
        )


_PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Runs": (program.init, program.run),
    "Configuration": (commands.check, commands.scenes),
    "Networks": (commands.networks,),
    "Costs": (commands.costs,),
    "Results": (commands.verify,),
    "Installation": (program.warm, program.completion, program.share),
}
for _panel, _functions in _PANELS.items():
    for _function in _functions:
        kind = program.RunCommand if _function is program.run else None
        app.command(cls=kind, rich_help_panel=_panel)(_function)
app.command("map", rich_help_panel="Runs")(map_images)
app.add_typer(commands.config_app, name="config", rich_help_panel="Configuration")
app.add_typer(datasets_app, name="datasets", rich_help_panel="Configuration")
app.add_typer(tracks_app, name="tracks", rich_help_panel="Results")
app.add_typer(commands.weights_app, name="weights", rich_help_panel="Networks")
