"""Candidates for objects as Parquet files: boxes in pixels of the scene, scores, codes, shapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import shapely
from pyarrow import parquet

from rs_seg.errors import UserError
from rs_seg.io.notes import MAKE_AGAIN
from rs_seg.values.candidates import Candidates

SIDES = ("left", "top", "right", "bottom")
SCHEMA = pa.schema(
    [
        *(pa.field(side, pa.float64()) for side in SIDES),
        pa.field("score", pa.float64()),
        pa.field("code", pa.int64()),
        pa.field("shape", pa.large_binary()),
    ]
)
"""One row for each candidate. `shape` is the WKB of its mask, null where only a box is known."""
CUT = b"cut by all tiles"
"""Key of the number of candidates that may not be whole, where there are some."""
GROUP_ROWS = 262_144
"""Rows of a row group, so that a file does not depend on how its parts came."""


def write_candidates(path: Path, candidates: Candidates, *, cut: int = 0) -> None:
    """A Parquet file with a row for each candidate, in their order. Equal rows give equal bytes.

    `cut` is the number of candidates that may not be whole, because all tiles cut them.
    """
    count = len(candidates)
    shapes = candidates.shapes
    columns = [
        *(pa.array(candidates.boxes[:, side], pa.float64()) for side in range(len(SIDES))),
        pa.array(candidates.scores, pa.float64()),
        pa.array(candidates.codes, pa.int64()),
        pa.nulls(count, pa.large_binary())
        if shapes is None
        else pa.array(shapely.to_wkb(shapes, byte_order=1), pa.large_binary()),
    ]
    schema = SCHEMA.with_metadata({CUT: str(cut)}) if cut else SCHEMA
    table = pa.Table.from_arrays(columns, schema=schema)
    parquet.write_table(table, path, compression="zstd", row_group_size=GROUP_ROWS)


def read_cut(path: Path) -> int:
    """How many of the candidates of a file that can be read may not be whole."""
    return int((parquet.read_schema(path).metadata or {}).get(CUT, 0))


def read_candidates(path: Path) -> Candidates:
    """The candidates of a file of ours, in their order.

    Raises:
        UserError: the file cannot be read, or has other columns.
    """
    try:
        table = parquet.read_table(path, schema=SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            "candidates cannot be read",
            where=path,
            found=" ".join(str(error).split())[:200],
            expected=f"a Parquet file of detect or suppress, with {', '.join(SCHEMA.names)}",
            remedy=MAKE_AGAIN,
        ) from error
    numbers = {name: table.column(name).to_numpy() for name in SCHEMA.names[:-1]}
    encoded = table.column("shape")
    shapes = None
    if len(encoded) and encoded.null_count < len(encoded):
        shapes = shapely.from_wkb(encoded.to_numpy())
    return Candidates(
        boxes=np.column_stack([numbers[side] for side in SIDES]),
        scores=numbers["score"],
        codes=numbers["code"],
        shapes=shapes,
    )
