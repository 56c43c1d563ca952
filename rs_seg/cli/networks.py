"""A list of the networks: what they cost, how far they see, what they allow."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import get_args

from rich.console import Console
from rich.table import Table

from rs_seg.algorithms.networks.catalogue import count_cost, measure_reach
from rs_seg.cli.commands import Format
from rs_seg.config.architectures import Architecture
from rs_seg.errors import UserError, nearest_name
from rs_seg.progress import track
from rs_seg.values.series import SERIES
from rs_seg.values.texts import csv_text

HEADINGS = ("network", "encoder", "parameters", "GMAC per MPix")
REACH_HEADINGS = ("stride", "support", "90 % within", "margin of exact tiles", "ONNX")


def list_networks(
    names: Sequence[str],
    *,
    band_count: int,
    class_count: int,
    encoder: str | None,
    form: Format,
    quick: bool,
) -> None:
    """Print a row for each network that is named, or for all.

    Raises:
        UserError: a name is unknown, or an encoder is given without names.
    """
    chosen = _check_names(names, encoder)
    rows = [
        _describe(
            name, encoder=encoder, band_count=band_count, class_count=class_count, quick=quick
        )
        for name in track(chosen, total=len(chosen), description="models")
    ]
    headings = HEADINGS if quick else HEADINGS + REACH_HEADINGS
    _PRINT[form](headings, rows)


def _check_names(names: Sequence[str], encoder: str | None) -> list[str]:
    known = [*get_args(Architecture), *SERIES]
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


def _describe(
    name: str, *, encoder: str | None, band_count: int, class_count: int, quick: bool
) -> list[str]:
    cost = count_cost(name, encoder=encoder, band_count=band_count, class_count=class_count)
    row = [name, cost.encoder, f"{cost.parameters:,}", f"{cost.gmac_per_mpix:.1f}"]
    if quick:
        return row
    reach = measure_reach(name, encoder=encoder, band_count=band_count, class_count=class_count)
    support = "unbounded" if reach.support is None else str(reach.support)
    margin = f"none: {reach.reason}" if reach.margin is None else str(reach.margin)
    return [*row, str(reach.stride), support, str(reach.radius_90), margin, reach.onnx]


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table()
    for heading in headings:
        words = heading in {"network", "encoder", "margin of exact tiles", "ONNX"}
        table.add_column(heading, justify="left" if words else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


def _print_csv(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    plain = str.maketrans("", "", ",")
    cells = (
        [cell.translate(plain) if cell.translate(plain).isdigit() else cell for cell in row]
        for row in rows
    )
    sys.stdout.write(csv_text(headings, cells))


def _print_markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [headings, ["---"] * len(headings), *rows]
    sys.stdout.writelines(f"| {' | '.join(line)} |\n" for line in lines)


_PRINT = {Format.table: _print_table, Format.csv: _print_csv, Format.markdown: _print_markdown}
