"""The commands that are no stages: their options and help.

What they do stands in modules loaded on demand.

This module is light. `load` is the one place where the work of a command, and the libraries that it
needs, is imported.
"""

from __future__ import annotations

import importlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rs_seg.cli.completing import complete_settings
from rs_seg.cli.shell_completion import yaml_files
from rs_seg.cli.starting import start
from rs_seg.config import defaults_text, load_config, reference_text, schema_text
from rs_seg.values.gdal_settings import allow_drivers

ConfigOption = Annotated[
    Path,
    typer.Option("--config", help="Configuration of the run (YAML).", autocompletion=yaml_files),
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="Threads to use; all processors if not given."),
]
LogOption = Annotated[
    Path | None, typer.Option("--log", help="File that the messages are also written to.")
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Folder of fetched weights; rs_seg/weights in the cache if not given."
    ),
]

config_app = typer.Typer(
    help="Texts generated from the models of settings and results.", no_args_is_help=True
)
weights_app = typer.Typer(
    help="Pretrained weights: list, check, add, convert.", no_args_is_help=True
)


class Format(StrEnum):
    """How the list of networks is printed."""

    table = "table"
    csv = "csv"
    markdown = "markdown"


def load(module: str) -> Any:
    """The module that does the work of a command."""
    return importlib.import_module(f"rs_seg.cli.{module}")


@config_app.command("default")
def config_default() -> None:
    """Print every setting that has a default."""
    typer.echo(defaults_text(), nl=False)


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON schema, for completion in editors."""
    typer.echo(schema_text(), nl=False)


@config_app.command("reference")
def config_reference() -> None:
    """Print the reference page."""
    typer.echo(reference_text(), nl=False)


@config_app.command("outputs")
def config_outputs() -> None:
    """Print the page of the keys of JSON files in the results."""
    typer.echo(load("outputs").page_text(), nl=False)


@config_app.command("outputs-schema")
def config_outputs_schema() -> None:
    """Print JSON schemas of the JSON files in the results."""
    typer.echo(load("outputs").schema_text(), nl=False)


def check(
    config: ConfigOption = Path("my.yaml"),
    scene: Annotated[
        list[str] | None,
        typer.Option("--scene", help="Name of a scene to check; may be repeated."),
    ] = None,
    scenes: Annotated[
        Path | None,
        typer.Option(
            "--scenes",
            help="File with the names of scenes to check, one per line; -: standard input.",
        ),
    ] = None,
    said_in: Annotated[
        list[Path] | None,
        typer.Option("--said-in", help="File that settings of --config come from; repeatable."),
    ] = None,
    threads: ThreadsOption = None,
    log: LogOption = None,
) -> None:
    """List every fault of the configuration and of the inputs of all scenes, or of those named."""
    start(log=log, threads=threads)
    run = load_config(config, complete=complete_settings)
    allow_drivers(run.allow_drivers)  # before the next line, which imports GDAL
    load("checking").check(run, names=scene, path=scenes, files=said_in or [config])


def scenes(
    config: Annotated[
        Path,
        typer.Option(
            "--config",
            help="Configuration of the run (YAML); may lack `scenes`.",
            autocompletion=yaml_files,
        ),
    ],
    table: Annotated[
        Path | None,
        typer.Option(
            "--table",
            help="Scene table (CSV) to write; the one of the configuration if not given.",
        ),
    ] = None,
    threads: Annotated[
        int,
        typer.Option("--threads", min=1, help="Files to open at once: most of it is waiting."),
    ] = 16,
) -> None:
    """Make or update the scene table from the files that match the path templates of all sources.

    New scenes are added, in the order of their names: labelled where their label file exists, or
    where there is one file for all. Columns and rows that are there stay, and so does what they
    say; empty cells are filled in. Height and width are always those of the grid that `align` will
    make. Rows whose files are gone are named and stay.
    """
    load("scenes").make_table(config, table, threads)


def networks(
    names: Annotated[
        list[str] | None, typer.Argument(help="Networks to list; all if none is named.")
    ] = None,
    bands: Annotated[int, typer.Option(min=1, help="Number of bands.")] = 3,
    classes: Annotated[int, typer.Option(min=1, help="Number of classes.")] = 6,
    encoder: Annotated[
        str | None, typer.Option(help="Encoder of the named networks, where they take one.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="A table for people, or text for files.")
    ] = Format.table,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out what takes seconds to measure.")
    ] = False,
) -> None:
    """List the networks: parameters, operations, reach, whether tiles can equal one pass, ONNX.

    Parameters and operations (multiplications with additions, in 10^9, for a megapixel) are those
    of the published network. Stride, support (how far an input pixel can matter at all), the radius
    that holds 90 % of the gradient and the margin of exact tiles are in pixels, of the network with
    random weights and 12 channels in its first layers where that can be chosen. Radii near 256 are
    cut off by the tile. Networks of several dates are counted with 12 dates of so many bands
    (siamese networks with 2), and measured on smaller tiles.
    """
    work = load("networks")
    work.list_networks(
        names or [], band_count=bands, class_count=classes, encoder=encoder, form=form, quick=quick
    )


def costs(
    config: ConfigOption,
    table: Annotated[
        Path | None,
        typer.Option(help="Table of the stages; RESULTS/costs.csv if not given."),
    ] = None,
) -> None:
    """Sum up what the run has cost so far: by stage, and the share of time without a stage's work.

    Reads the records of jobs (RESULTS/logs) and Snakemake's benchmarks (RESULTS/benchmarks),
    whether all jobs have finished or not. Writes RESULTS/costs.csv and costs.json, and
    RESULTS/jobs.csv with one row per job.
    """
    load("costs").sum_up(load_config(config, complete=complete_settings), table)


def verify(
    config: ConfigOption,
    quick: Annotated[
        bool, typer.Option("--quick", help="Compare sizes only, and read no file.")
    ] = False,
) -> None:
    """Compare all outputs with the sizes and checksums that their jobs left in RESULTS/logs.

    Lists what is missing, of another size or of another content, with the command that makes it
    again; then the exit code is 1. Reads every byte of the results, but for --quick.
    """
    load("verify").verify(config, quick=quick)


@weights_app.command("list")
def list_weights(
    containing: Annotated[
        str, typer.Argument(help="Part of the encoder's name; all if not given.")
    ] = "",
    folder: FolderOption = None,
) -> None:
    """List named weights, with the licence where their library tells it, and files fetched here."""
    load("weights").list_weights(containing, folder)


@weights_app.command("check")
def check_weights(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="File of weights.")],
    encoder: Annotated[
        str | None,
        typer.Option(
            "--encoder", help="Encoder that the weights are meant for, as in the configuration."
        ),
    ] = None,
    bands: Annotated[
        str,
        typer.Option(
            "--bands", help="Names of the bands that the filters are given to, with commas."
        ),
    ] = "red,green,blue",
    architecture: Annotated[
        str,
        typer.Option(
            "--architecture",
            help="Network that has the encoder, or that was published with one of its own.",
        ),
    ] = "unet",
) -> None:
    """Tell what a file holds, whether it fits an encoder, and what it sees in a photograph.

    Only files that can classify say something of the photograph.
    """
    names = [band.strip() for band in bands.split(",")]
    load("weights").check_weights(path, encoder, names, architecture)


@weights_app.command("add")
def add_weights(
    encoder: Annotated[
        str,
        typer.Argument(help="Encoder, as in the configuration: resnet18, tu-convnext_tiny."),
    ],
    name: Annotated[
        str,
        typer.Argument(help="Name of its weights, or the address (http, https) of a file."),
    ] = "imagenet",
    checksum: Annotated[
        str | None, typer.Option("--sha256", help="SHA-256 of the file at the address.")
    ] = None,
    folder: FolderOption = None,
) -> None:
    """Fetch weights into a file that compute nodes without internet can use, and print its path.

    A file at an address is kept byte by byte, if its SHA-256 is the one that you state. The name of
    a network that brings its encoder with it (torchvision_fcn_resnet50) may stand for the encoder.
    """
    load("adding").add_weights(encoder, name, checksum, folder)


@weights_app.command("convert")
def convert_weights(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="File of weights of the whole network.")
    ],
    architecture: Annotated[
        str, typer.Option(help="The network, by torchvision's name or by ours.")
    ],
    output: Annotated[Path, typer.Option(help="Model file to write (.safetensors).")],
    white: Annotated[
        float,
        typer.Option(
            help="What a white pixel holds: 255 in 8-bit imagery, 1 where values are from 0 to 1."
        ),
    ] = 255.0,
) -> None:
    """Make a model file of a whole network of torchvision, with its own 21 classes.

    These are those of Pascal VOC, learnt on COCO. The model maps bands named red, green and blue,
    normalised as torchvision does, of any pixel size.
    """
    load("converting").convert_weights(path, architecture, output, white)
