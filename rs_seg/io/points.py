"""Places of a random sample, as sample writes them: people label them, estimate reads them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
from numpy.typing import NDArray

from rs_seg.io.layers import write_layer
from rs_seg.io.place_files import TO_FILL
from rs_seg.io.vectors.gdal import FIXED_TIME, fixed_settings
from rs_seg.values.design import Design

POINTS = "points"
"""Layer of places."""
PIXELS = "pixels"
"""Layer of the outlines of their pixels."""
FIELDS = {
    "id": "int64",
    "stratum": "int32",
    "scene": "str",
    "mapped": "int32",
    "weight_m2": "float64",
    "cluster": "int32",
    "place": "str",
    "reference": "Int32",
    "confidence": "object",
    "comment": "object",
}
"""Fields of a file of places. `id` counts from 1 in random order; `stratum` is a code of the
design, `mapped` the code of the class in the map, `weight_m2` the ground that a place stands for,
`cluster` the number of its tile (0 without tiles), `place` longitude and latitude for people, on
pictures without a place column and row from the upper left corner."""


def write_places(
    path: Path, places: geopandas.GeoDataFrame, pixels: NDArray[Any], design: Design
) -> None:
    """Write a GeoPackage of n places, the outlines of their pixels (n,), and their design.

    `places` has the columns of FIELDS but for those to fill, and points in any CRS or, of pictures
    without a place, in none; `pixels` are in the same. The table "design" holds design.json, so
    that the file says by itself how its places were drawn. Equal places give equal bytes.
    """
    columns = {name: places.get(name) for name in FIELDS if name not in TO_FILL}
    empty = {name: pd.Series([None] * len(places), dtype=FIELDS[name]) for name in TO_FILL}
    points = geopandas.GeoDataFrame({**columns, **empty}, geometry=places.geometry, crs=places.crs)
    outlines = geopandas.GeoDataFrame({"id": places["id"]}, geometry=pixels, crs=places.crs)
    with fixed_settings():
        write_layer(path, POINTS, points.astype(FIELDS))
        write_layer(path, PIXELS, outlines, append=True)
    store_design(path, design)


def store_design(path: Path, design: Design) -> None:
    """Put design.json into a GeoPackage: its places say by themselves how they were drawn."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE design (id INTEGER PRIMARY KEY, document TEXT)")
        connection.execute(_CONTENTS_ROW, (FIXED_TIME,))
        text = design.model_dump_json(by_alias=True, exclude_unset=True)
        connection.execute("INSERT INTO design VALUES (1, ?)", (text,))


_CONTENTS_ROW = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('design', 'attributes', 'design', 'how the places were drawn', ?, 0)
"""
