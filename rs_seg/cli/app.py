"""The command line: one command per stage, derived from its signature."""

from __future__ import annotations

import atexit
import gc
import inspect
import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rs_seg import __version__
from rs_seg.cli.assisting import assisting, only_assists
from rs_seg.cli.completing import complete_settings
from rs_seg.cli.costs import costs
from rs_seg.cli.driver import end_with_driver
from rs_seg.cli.execute import check_branches, execute
from rs_seg.cli.full_disks import explain_full_disk
from rs_seg.cli.lists import read_lists, read_names
from rs_seg.cli.log_file import LogFile
from rs_seg.cli.networks import networks
from rs_seg.cli.recording import recorded
from rs_seg.cli.scenes import scenes
from rs_seg.cli.signature import FileArgument, signature_of
from rs_seg.cli.verify import telling_of_changed_inputs, verify
from rs_seg.cli.warming import warm
from rs_seg.cli.weights import weights_app
from rs_seg.cli.writing import telling_unwritable
from rs_seg.config import defaults_text, find_unused_columns, load_config, reference_text, schema_text
from rs_seg.errors import UserError, UserErrors
from rs_seg.stages import STAGES
from rs_seg.values.foreign_data import drop_foreign_data
from rs_seg.values.gdal_settings import allow_drivers
from rs_seg.values.machine import fix_environment, limit_raster_cache, limit_threads, place_caches
from rs_seg.values.paths import IN, OUT

logger = logging.getLogger("rs_seg")
KINDS = {IN: "Input.", OUT: "Output.", "work": "Folder that outlives a killed job."}

ConfigOption = Annotated[Path, typer.Option("--config", help="Configuration of the run (YAML).")]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Threads to use; all processors if not given.")
]
LogOption = Annotated[Path | None, typer.Option("--log", help="File that the messages are also written to.")]
ScenesOption = Annotated[list[str] | None, typer.Option("--scene", help="Name of a scene to check; may be repeated.")]
ScenesFileOption = Annotated[
    Path | None,
    typer.Option("--scenes", help="File with the names of scenes to check, one per line; -: standard input."),
]
MOST_LINES = 30
"""Faults that are shown at once, and warnings; a log has all faults."""

app = typer.Typer(
    name="rs-seg",
    help="Remote-sensing segmentation: every stage as a command. The whole chain runs by `snakemake --cores all`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="Texts generated from the configuration models.", no_args_is_help=True)
app.add_typer(config_app, name="config", rich_help_panel="Configuration")
app.add_typer(weights_app, name="weights", rich_help_panel="Networks")


@config_app.command("default")
def config_default() -> None:
    """Print every setting that has a default."""
    print(defaults_text(), end="")


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON schema, for completion in editors."""
    print(schema_text(), end="")


@config_app.command("reference")
def config_reference() -> None:
    """Print the reference page."""
    print(reference_text(), end="")


@app.command(rich_help_panel="Configuration")
def check(
    config: ConfigOption,
    scene: ScenesOption = None,
    scenes: ScenesFileOption = None,
    threads: ThreadsOption = None,
    log: LogOption = None,
) -> None:
    """List every fault of the configuration and of the inputs of all scenes, or of those named, at once."""
    _start(log=log, threads=threads)
    from rs_seg.cli.checking import find_all_faults
    from rs_seg.cli.few_labels import advise_folds

    run = load_config(config, complete=complete_settings)
    named = (scene or []) + ([] if scenes is None else read_names(scenes))
    for name in named:
        check_branches(run, {"scene": name})
    chosen = run.scenes if scene is None and scenes is None else [run.scene(name) for name in dict.fromkeys(named)]
    allow_drivers(run.allow_drivers)
    findings = find_all_faults(run, chosen, limit=run.look_seconds)
    warnings = [*find_unused_columns(run), *findings.warnings, *advise_folds(run)]
    for line in warnings[:MOST_LINES]:
        logger.warning("%s", line)
    if len(warnings) > MOST_LINES:
        logger.warning("and %d more warnings; inspect writes those of each scene", len(warnings) - MOST_LINES)
    if findings.faults:
        raise UserErrors(findings.faults)
    logger.info("checked %d scenes: no faults", len(chosen))


@app.callback(invoke_without_command=True)
def _begin(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """What every command begins with, before it opens any file."""
    fix_environment()
    limit_raster_cache()  # stages that know what they need set another limit
    if version:
        print(__version__)
        raise typer.Exit()


def _add_stage(stage: str) -> None:
    signature = signature_of(stage)

    def command(**options: Any) -> None:
        if only_assists(stage):
            options["log"] = None
        _start(log=options["log"], threads=options["threads"])
        logger.setLevel(logging.WARNING if only_assists(stage) else logging.INFO)
        branches = {name: options[name] for name in signature.branches}
        with recorded(stage, branches=branches, log=options["log"]) as made, assisting(stage):
            files = {each.name: options[each.name] for each in signature.files}
            files |= {each.name: read_lists(files[each.name]) for each in signature.files if each.many}
            run = load_config(options["config"], complete=complete_settings)
            with telling_of_changed_inputs(run, files):
                made.update(execute(stage, run, files=files, branches=branches))

    fixed = {"config": ConfigOption, "threads": ThreadsOption, "log": LogOption}
    chosen = {name: Annotated[str, typer.Option(help=f"Name of the {name}.")] for name in signature.branches}
    parameters = [
        _parameter(name, kind, inspect.Parameter.empty) for name, kind in {"config": ConfigOption, **chosen}.items()
    ]
    parameters += [_parameter(each.name, _file_option(each), _file_default(each)) for each in signature.files]
    parameters += [_parameter(name, fixed[name], None) for name in ("threads", "log")]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads the signature
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    command.__doc__ = inspect.getdoc(signature.function)
    app.command(stage, rich_help_panel="Stages, in the order of the chain")(command)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _file_option(file: FileArgument) -> Any:
    kind: Any = list[str] if file.many else Path
    if file.optional:
        kind = kind | None
    return Annotated[
        kind,
        typer.Option(
            metavar="PATH", help=KINDS[file.kind] + (" One or more, or @FILE: a list of them." if file.many else "")
        ),
    ]


def _file_default(file: FileArgument) -> Any:
    if file.many:
        return []
    return None if file.optional else inspect.Parameter.empty


def _start(*, log: Path | None, threads: int | None) -> None:
    if threads is not None:
        limit_threads(threads)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if log is not None:
        with telling_unwritable(log):
            handlers.append(LogFile(log))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    logger.handlers = handlers
    logger.setLevel(logging.INFO)
    logger.propagate = False
    end_with_driver()
    moved = place_caches()
    for line in [*drop_foreign_data(), *([moved] if moved else [])]:
        logger.info(line)


def spread_lists(arguments: list[str]) -> list[str]:
    """Arguments with `--images a b` written as `--images a --images b`, as the option parser wants them.

    Snakemake formats files as words after one option; an option of a list or an optional file is left out without one.
    """
    stage = next((each for each in arguments if not each.startswith("-")), "")
    loose = (
        {f"--{each.name}" for each in signature_of(stage).files if each.many or each.optional}
        if stage in STAGES
        else set()
    )
    spread: list[str] = []
    option = ""
    for each in arguments:
        if each.startswith("--"):
            option = each if each in loose else ""
            spread += [] if option else [each]
        else:
            spread += [option, each] if option else [each]
    return spread


def main() -> None:
    """Run the command line; a user's mistake ends with one paragraph and exit code 1."""
    # A process that ends has no use for looking for garbage among all that it has loaded: up to half a second.
    atexit.register(gc.freeze)
    try:
        app(spread_lists(sys.argv[1:]))
    except UserError as error:
        _tell(error)
        raise SystemExit(1) from None
    except Exception as error:
        full = explain_full_disk(error, [])
        if full is not None:
            _tell(full)
            raise SystemExit(1) from None
        logger.exception("this is a fault of rs_seg, not of the input; please report it with this text")
        raise SystemExit(2) from None


def _tell(error: UserError) -> None:
    """Write a mistake to the log, and to the terminal; of very many mistakes, only the first to the terminal."""
    logs = [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]
    rest = f", all of them in {', '.join(handler.baseFilename for handler in logs)}" if logs else ""
    short = error.shorten(MOST_LINES, rest=rest) if isinstance(error, UserErrors) else str(error)
    if not logger.handlers:
        print(f"error: {short}", file=sys.stderr)
    for handler in logger.handlers:
        text = str(error) if handler in logs else short
        handler.handle(logger.makeRecord(logger.name, logging.ERROR, __file__, 0, "error: %s", (text,), None))


app.command("networks", rich_help_panel="Networks")(networks)
app.command("scenes", rich_help_panel="Configuration")(scenes)
app.command("costs", rich_help_panel="Costs")(costs)
app.command("verify", rich_help_panel="Results")(verify)
app.command("warm", rich_help_panel="Installation")(warm)
for _stage in STAGES:
    _add_stage(_stage)
