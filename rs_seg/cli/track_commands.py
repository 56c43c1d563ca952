"""The commands below `rs-seg tracks`: their options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rs_seg.cli.commands import load
from rs_seg.cli.starting import start
from rs_seg.values.scot import BETA, IOU

tracks_app = typer.Typer(
    help="Objects of several dates: link them over time, score them (SCOT).", no_args_is_help=True
)
FILES = "a vector file with the columns date{} (place where there are several), or a path template "
TEMPLATE = "with {{date}} and {{place}}, of one file for each date"
ClassOption = Annotated[
    str | None,
    typer.Option("--class", help="Only polygons of this class (column class); all if not given."),
]
IouOption = Annotated[
    float, typer.Option("--iou", min=0, max=1, help="Intersection over union of one object.")
]


@tracks_app.command("link")
def link_tracks(
    objects: Annotated[str, typer.Argument(help="Polygons: " + (FILES + TEMPLATE).format(""))],
    out: Annotated[Path, typer.Option("--out", help="GeoPackage of the tracks to write.")],
    class_name: ClassOption = None,
    iou: IouOption = IOU,
) -> None:
    """Link the objects of several dates to tracks: a column id that an object keeps over time.

    Date by date, the largest first, an object takes the id of the known object with which it shares
    most, if that is enough; else its id is new. Known objects keep their first outline.
    """
    start(log=None, threads=None)
    load("tracks").link(objects, out, class_name=class_name, iou=iou)


@tracks_app.command("score")
def score_tracks(
    tracks: Annotated[str, typer.Argument(help="Tracks: " + (FILES + TEMPLATE).format(" and id"))],
    reference: Annotated[str, typer.Argument(help="The same of the reference.")],
    *,
    ignored: Annotated[
        str | None,
        typer.Option(
            "--ignored",
            help="Polygons of ground that does not count, such as clouds: a file or a template.",
        ),
    ] = None,
    smallest: Annotated[
        float,
        typer.Option(
            "--smallest", min=0, help="Least area of an object of the reference, in square metres."
        ),
    ] = 0.0,
    class_name: ClassOption = None,
    iou: IouOption = IOU,
    beta: Annotated[
        float, typer.Option("--beta", min=0, help="Weight of tracking beside change.")
    ] = BETA,
    table: Annotated[
        Path | None, typer.Option("--table", help="Table (CSV) of the figures to write.")
    ] = None,
) -> None:
    """Score tracks against a reference: SpaceNet Change and Object Tracking (SCOT), by place.

    Only dates and places of the reference count. The class is that of the tracks.
    """
    start(log=None, threads=None)
    load("tracks").score(
        tracks,
        reference,
        ignored=ignored,
        smallest=smallest,
        class_name=class_name,
        iou=iou,
        beta=beta,
        table=table,
    )
