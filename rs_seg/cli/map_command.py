"""The command `rs-seg map`: its options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs_seg.cli.commands import load
from rs_seg.cli.starting import start
from rs_seg.values.pictures import Ungeoreferenced


def map_images(  # noqa: PLR0913  # one for each option of the command
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="Model file (.safetensors) of a run.")
    ],
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Images to map, with its bands.")
    ],
    *,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for the configuration and all results.")
    ],
    cores: Annotated[str, typer.Option(help="Processors to use: a number, or all.")] = "all",
    refinement: Annotated[
        list[str] | None,
        typer.Option(
            "--refinement",
            help="Way from probabilities to classes: argmax, markov, densecrf, ...; may be "
            "repeated. argmax if not given, markov for methods of single pixels.",
        ),
    ] = None,
    ungeoreferenced: Annotated[
        Ungeoreferenced | None,
        typer.Option(
            "--ungeoreferenced",
            help="What images without CRS and geotransform are: a mistake (error), or pictures "
            "that lie nowhere, such as photographs, all of them mapped in pixels (pixels). If not "
            "given: pixels for a model that learnt on such pictures, else error.",
        ),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Only warn of images whose values or order of bands look unlike the training.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", "-n", help="Check model and images, show the jobs, run none."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show all that Snakemake says.")
    ] = False,
) -> None:
    """Map images by a model file, without a configuration: classes, confidence, polygons, QGIS.

    Bands are found by their names in the files, else by their order where the number agrees; the
    legend is the model's. Detectors give objects instead of maps. OUT/map.yaml is the configuration
    of the run: the same command again does nothing that is done, and changes go into a copy of it.
    """
    start(log=None, threads=None)
    mapping = load("mapping")
    code = mapping.map_images(
        model,
        images,
        out=out,
        refinements=refinement or [],
        ungeoreferenced=ungeoreferenced,
        trust=trust,
        launch=mapping.Launch(cores=cores, dry_run=dry_run, verbose=verbose),
    )
    raise typer.Exit(code)
