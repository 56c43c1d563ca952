"""Formats that polygons are written in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rs_seg.io.vectors.flatgeobuf import write_flatgeobuf
from rs_seg.io.vectors.geopackage import write_geopackage
from rs_seg.io.vectors.geoparquet import write_geoparquet
from rs_seg.io.vectors.shapefile import write_shapefile
from rs_seg.io.vectors.stream import PolygonStream
from rs_seg.values.legend import Legend

Writer = Callable[[PolygonStream, Path, Legend], None]
"""Writes the polygons to a path, with a style made from the legend inside the file or beside it."""

WRITERS: dict[str, tuple[str, Writer]] = {
    "geopackage": (".gpkg", write_geopackage),
    "shapefile": (".shp", write_shapefile),
    "flatgeobuf": (".fgb", write_flatgeobuf),
    "geoparquet": (".parquet", write_geoparquet),
}
"""Suffix and function of each format, by the names in `vectorize.formats`."""
