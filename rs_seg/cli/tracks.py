"""Objects of several dates: linked to tracks, and scored against a reference."""

from __future__ import annotations

import logging
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import geopandas
import typer

from rs_seg.algorithms.tracking.scot import TrackFigures, mean_score
from rs_seg.cli.writing import telling_unwritable
from rs_seg.io.layers import write_layer
from rs_seg.io.staging import staged
from rs_seg.io.vectors.gdal import fixed_settings
from rs_seg.scenes.tracking.files import read_objects
from rs_seg.scenes.tracking.judging import link_table, score_tables
from rs_seg.scenes.tracking.tables import (
    DATE,
    ID,
    PLACE,
    find_column,
    has_places,
    list_dates,
    places_of,
)
from rs_seg.values.names import list_first
from rs_seg.values.texts import write_csv

LAYER = "tracks"
COLUMNS = (
    *("place", "dates", "matched", "false", "missed", "f1", "mismatched", "tracking_f1"),
    *("changes_found", "changes_false", "changes_missed", "change_f1", "score"),
)
SOME = 3
"""Dates that a message names; of more, their number."""
MEAN = "mean of the places"
logger = logging.getLogger("rs_seg.tracks")


def link(template: str, out: Path, *, class_name: str | None, iou: float) -> None:
    """Write the objects of a template as tracks; see `rs-seg tracks link --help`.

    Raises:
        UserError: the files cannot be read, say no date, or the output cannot be written.
    """
    linked = link_table(read_objects(template, what="objects", class_name=class_name), iou=iou)
    columns = {PLACE: places_of(linked)} if has_places(linked) else {}
    columns |= {DATE: linked[find_column(linked, DATE, what="objects")], ID: linked[ID]}
    tracks = geopandas.GeoDataFrame(columns, geometry=linked.geometry.to_numpy(), crs=linked.crs)
    with telling_unwritable(out), staged({"out": out}) as files, fixed_settings():
        write_layer(files["out"], LAYER, tracks)
    count = len(tracks[[name for name in (PLACE, ID) if name in columns]].drop_duplicates())
    typer.echo(f"{out}: {len(tracks)} polygons, {count} tracks")


def score(
    tracks: str,
    reference: str,
    *,
    ignored: str | None,
    smallest: float,
    class_name: str | None,
    iou: float,
    beta: float,
    table: Path | None,
) -> None:
    """Print the figures of tracks by place, and their mean; see `rs-seg tracks score --help`.

    Raises:
        UserError: the files cannot be read, or lack dates or ids.
    """
    proposed = read_objects(tracks, what="tracks", class_name=class_name)
    truth = read_objects(reference, what="reference")
    hidden = None if ignored is None else read_objects(ignored, what="ignored areas")
    figures = score_tables(proposed, truth, ignored=hidden, smallest=smallest, iou=iou)
    _warn_of_spare(proposed, truth)
    rows = [_row(place, own, beta) for place, own in figures.items()]
    if table is not None:
        with telling_unwritable(table):
            write_csv(table, COLUMNS, rows)
    _print(rows)
    typer.echo(f"SCOT, {MEAN}: {mean_score(figures.values(), beta=beta):.4f}")


def _warn_of_spare(tracks: geopandas.GeoDataFrame, reference: geopandas.GeoDataFrame) -> None:
    """Say which places and dates of the tracks the reference does not have."""
    known = {*list_dates(reference)}
    for place, dates in groupby(list_dates(tracks), key=itemgetter(0)):
        spare = [date for _, date in dates if (place, date) not in known]
        if spare:
            told = f"{place}: " if place else ""
            logger.warning(
                "%s%d dates without a reference are left out: %s",
                told,
                len(spare),
                list_first(map(str, spare), SOME),
            )


def _row(place: str, figures: TrackFigures, beta: float) -> tuple[str | int | float, ...]:
    own = figures
    return (
        *(place or "all", own.days, own.matched, own.false, own.missed, own.f1),
        *(own.mismatched, own.tracking_f1),
        *(own.changes_found, own.changes_false, own.changes_missed, own.change_f1),
        own.score(beta),
    )


def _print(rows: list[tuple[str | int | float, ...]]) -> None:
    lines = [COLUMNS, *(tuple(map(_short, row)) for row in rows)]
    first, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    for name, *cells in lines:
        own = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        typer.echo("  ".join([name.ljust(first), *own]))


def _short(value: str | float) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
