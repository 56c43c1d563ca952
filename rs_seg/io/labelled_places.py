"""Files of labelled places as QGIS and spreadsheets save them: their fields and positions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from rs_seg.errors import UserError
from rs_seg.io.ogr import pyogrio
from rs_seg.io.points import POINTS
from rs_seg.io.raw.vector_files import is_parquet, read_table, vector_layers

NEEDED = ("id", "stratum", "scene", "mapped", "weight_m2", "reference")
"""Fields without which places say nothing."""
TEXTS = (".csv", ".tsv", ".txt")
SEPARATORS = (",", ";", "\t")
"""Of tables of text; the second is what spreadsheets write where a comma parts decimals."""


@dataclass(frozen=True)
class PlaceTable:
    """Rows as they stand in a file; names of fields are in small letters.

    `points` (n, 2) are x and y in `crs`, NaN where a row has no geometry; None where the file has
    no geometries. `crs` is None where the file says none.
    """

    frame: pd.DataFrame
    points: NDArray[np.float64] | None
    crs: str | None


def read_place_table(path: Path) -> PlaceTable:
    """The rows of a GeoPackage, a GeoJSON, a Shapefile, or a table of text (CSV).

    Raises:
        UserError: the file cannot be read, or lacks a field.
    """
    table = _read_text(path) if path.suffix.lower() in TEXTS else _read_layer(path)
    missing = [name for name in NEEDED if name not in table.frame]
    if missing:
        raise UserError(
            f"the file of places has no field {', '.join(missing)}",
            where=path,
            found=f"the fields {', '.join(map(str, table.frame.columns))}",
            expected=f"the fields of points.gpkg: {', '.join(NEEDED)}",
            remedy="export the layer of places again with all of its fields, under their names",
        )
    return table


def _read_layer(path: Path) -> PlaceTable:
    layers = vector_layers(path)
    if layers is None:
        raise UserError(
            "the file of places is of a kind that cannot be read",
            where=path,
            expected="a GeoPackage, a GeoJSON, a Shapefile (.shp) or a CSV",
            remedy="save the layer of places in QGIS as one of these",
        )
    layer = _choose_layer(path, layers)
    if not is_parquet(path) and dict(pyogrio.list_layers(path)).get(layer) is None:
        rows = pyogrio.read_dataframe(path, layer=layer)  # a table without geometries
        return PlaceTable(_name_fields(rows), None, None)
    frame = read_table(path, layer=layer, encoding=None).frame
    centres = shapely.centroid(np.asarray(frame.geometry.array))
    points = np.column_stack([shapely.get_x(centres), shapely.get_y(centres)])
    crs = None if frame.crs is None else str(frame.crs.to_wkt())
    rows = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return PlaceTable(_name_fields(rows), points, crs)


def _choose_layer(path: Path, layers: tuple[str, ...]) -> str:
    if POINTS in layers:
        return POINTS
    if len(layers) == 1:
        return layers[0]
    raise UserError(
        "the file of places has several layers, and none has the name of that of places",
        where=path,
        found=f"layers {', '.join(layers)}",
        expected=f"a layer {POINTS}",
        remedy=f"rename the layer of places to {POINTS}, or save it alone as a file",
    )


def _read_text(path: Path) -> PlaceTable:
    """The table by the separator under which its first line has most of the fields."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="cp1252", errors="replace")  # spreadsheets on Windows
    header = text.partition("\n")[0]
    separator = max(SEPARATORS, key=lambda mark: len(_known(header, mark)))
    rows = list(csv.reader(StringIO(text), delimiter=separator))
    if not rows:
        raise UserError("the file of places is empty", where=path, expected="a row for each place")
    width = len(rows[0])
    uneven = [number for number, row in enumerate(rows, start=1) if row and len(row) != width]
    if uneven:
        raise UserError(
            "rows of the file of places have different lengths",
            where=f"{path}, line {uneven[0]}",
            found=f"{len(rows[uneven[0] - 1])} fields",
            expected=f"{width}, as its first line has",
            remedy="save the table again; texts with the separator in them need quotes",
        )
    frame = pd.DataFrame([row for row in rows[1:] if row], columns=rows[0], dtype=object)
    return PlaceTable(_name_fields(frame), None, None)


def _known(header: str, separator: str) -> set[str]:
    cells = next(csv.reader([header], delimiter=separator), [])
    return {cell.strip().lower() for cell in cells} & set(NEEDED)


def _name_fields(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns=lambda name: str(name).strip().lower())
