"""The command that lists the networks: what they cost, how far they see, what they allow."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, get_args

import typer

from rs_seg.config.networks import Architecture
from rs_seg.errors import UserError, nearest_name
from rs_seg.progress import track
from rs_seg.values.texts import csv_text

HEADINGS = ("network", "encoder", "parameters", "GMAC per MPix")
REACH_HEADINGS = ("stride", "support", "90 % within", "margin of exact tiles", "ONNX")


class Format(StrEnum):
    """How the list is printed."""

    table = "table"
    csv = "csv"
    markdown = "markdown"


def networks(
    names: Annotated[list[str] | None, typer.Argument(help="Networks to list; all if none is named.")] = None,
    bands: Annotated[int, typer.Option(min=1, help="Number of bands.")] = 3,
    classes: Annotated[int, typer.Option(min=1, help="Number of classes.")] = 6,
    encoder: Annotated[str | None, typer.Option(help="Encoder of the named networks, where they take one.")] = None,
    form: Annotated[Format, typer.Option("--format", help="A table for people, or text for files.")] = Format.table,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what takes seconds to measure.")] = False,
) -> None:
    """List the networks: parameters, operations, how far they see, whether tiles can equal one pass, ONNX.

    Parameters and operations (multiplications with additions, in 10^9, for a megapixel) are those of the published
    network. Stride, support (how far an input pixel can matter at all), the radius that holds 90 % of the gradient and
    the margin of exact tiles are in pixels, of the network with random weights and 12 channels in its first layers
    where that can be chosen. Radii near 256 are cut off by the tile.
    """
    chosen = _check_names(names or [], encoder)
    rows = [
        _describe(name, encoder=encoder, bands=bands, classes=classes, quick=quick)
        for name in track(chosen, total=len(chosen), description="networks")
    ]
    headings = HEADINGS if quick else HEADINGS + REACH_HEADINGS
    _PRINT[form](headings, rows)


def _check_names(names: Sequence[str], encoder: str | None) -> list[str]:
    known = list(get_args(Architecture))
    for name in names:
        if name not in known:
            nearest = nearest_name(name, known)
            raise UserError(
                "unknown network",
                found=repr(name),
                expected=f"one of {', '.join(known)}",
                remedy=f"did you mean {nearest!r}?" if nearest else None,
            )
    if encoder is not None and not names:
        raise UserError(
            "an encoder suits some networks only",
            found=f"--encoder {encoder}, but no names",
            remedy=f"name the networks: rs-seg networks unet fpn --encoder {encoder}",
        )
    return list(names) or known


def _describe(name: str, *, encoder: str | None, bands: int, classes: int, quick: bool) -> list[str]:
    from rs_seg.algorithms.networks.catalogue import count_cost, measure_reach

    cost = count_cost(name, encoder=encoder, bands=bands, classes=classes)
    row = [name, cost.encoder, f"{cost.parameters:,}", f"{cost.gmac_per_mpix:.1f}"]
    if quick:
        return row
    reach = measure_reach(name, encoder=encoder, bands=bands, classes=classes)
    support = "unbounded" if reach.support is None else str(reach.support)
    margin = f"none: {reach.reason}" if reach.margin is None else str(reach.margin)
    return [*row, str(reach.stride), support, str(reach.radius_90), margin, reach.onnx]


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in headings:
        words = heading in {"network", "encoder", "margin of exact tiles", "ONNX"}
        table.add_column(heading, justify="left" if words else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print_csv(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    plain = str.maketrans("", "", ",")
    cells = ([each.translate(plain) if each.translate(plain).isdigit() else each for each in row] for row in rows)
    sys.stdout.write(csv_text(headings, cells))


def _print_markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [headings, ["---"] * len(headings), *rows]
    sys.stdout.writelines(f"| {' | '.join(line)} |\n" for line in lines)


_PRINT = {Format.table: _print_table, Format.csv: _print_csv, Format.markdown: _print_markdown}
