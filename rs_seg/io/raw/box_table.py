"""Labels as a table of boxes in pixels: CSV with a row for each box, as DeepForest writes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from rs_seg.errors import UserError, nearest_name
from rs_seg.io.raw.drivers import read_head
from rs_seg.io.raw.pixel_shapes import LabelledImage, PixelShapes
from rs_seg.io.raw.remembering import remember_last

if TYPE_CHECKING:
    import pandas as pd

CORNERS = ("xmin", "ymin", "xmax", "ymax")
IMAGE_COLUMNS = ("image_path", "filename", "image")
"""Columns that may name the image of a box; the first that is there counts."""
DEFAULT_COLUMN = "class"
"""What label.column is where nobody set it: such tables call it `label`."""


def is_box_table(path: Path) -> bool:
    """Whether a file is a table of boxes, by its ending and first line."""
    if path.suffix.lower() != ".csv":
        return False
    header = read_head(path).removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    names = [
        name.strip().strip(b'"').decode("ascii", "replace") for name in b"".join(header).split(b",")
    ]
    return set(CORNERS) <= set(names)


def list_table_images(path: Path, encoding: str | None) -> Sequence[LabelledImage]:
    """The images of a table; one without a name where no column names them.

    Raises:
        UserError: the table cannot be read.
    """
    table = _load(path, encoding)
    column = _image_column(table)
    names = [""] if column is None else sorted(set(table[column].astype(str)))
    return [LabelledImage(name) for name in names]


def read_table_boxes(
    path: Path, number: int, column: str | None, encoding: str | None
) -> PixelShapes:
    """Boxes of the image of that number.

    Values are those of the column, of `label` where the default one is not there.

    Raises:
        UserError: see `list_table_images`; there is no such column; or a corner is no number.
    """
    import pandas as pd  # here, as in `_load`

    table = _load(path, encoding)
    chosen = _choose_column(table, path, column)
    named = _image_column(table)
    if named is not None:
        table = table[table[named].astype(str) == list_table_images(path, encoding)[number].name]
    corners = table[list(CORNERS)].apply(pd.to_numeric, errors="coerce").to_numpy(np.float64)
    # four zeros say that an image holds no box
    empty = (corners == 0).all(axis=1)
    table, corners = table[~empty], corners[~empty]
    wrong = table.index[~np.isfinite(corners).all(axis=1)]
    if len(wrong):
        raise _damaged(path, f"row {wrong[0] + 1}, whose corners are not four numbers")
    values: list[object] = [None] * len(table)
    if chosen is not None:
        values = table[chosen].astype(object).where(table[chosen].notna(), None).tolist()
    boxes: Any = shapely.box(*corners.T)
    others = table.drop(columns=[*CORNERS, *({chosen, named} - {None})])
    return PixelShapes(table.index.to_numpy(np.int64), values, others, boxes)


@remember_last
def _load(path: Path, encoding: str | None) -> pd.DataFrame:
    import pandas as pd  # here, because few labels are tables of boxes

    try:
        return pd.read_csv(path, encoding=encoding or "utf-8-sig", skipinitialspace=True)
    except (ValueError, OSError) as error:  # of a wrong encoding and of strange rows, too
        raise _damaged(path, " ".join(str(error).split())[:200]) from error


def _image_column(table: pd.DataFrame) -> str | None:
    return next((name for name in IMAGE_COLUMNS if name in table.columns), None)


def _choose_column(table: pd.DataFrame, path: Path, column: str | None) -> str | None:
    names = [str(name) for name in table.columns]
    if column is None or column in names:
        return column
    if column == DEFAULT_COLUMN and "label" in names:
        return "label"
    near = nearest_name(column, names)
    raise UserError(
        "labels have no such column",
        where=path,
        found=", ".join(names),
        expected=f"label.column {column!r}",
        remedy=f"set label.column to {near or 'null, with a label.class_name'}",
    )


def _damaged(path: Path, found: str) -> UserError:
    return UserError(
        "table of boxes cannot be read",
        where=path,
        found=found,
        expected=f"a CSV file with the columns {', '.join(CORNERS)} in pixels",
        remedy="mend these rows, or export the file again (label.encoding says how text is "
        "written, where it is not UTF-8)",
    )
