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

WRITERS: dict[str, Writer] = {
    "geopackage": write_geopackage,
    "shapefile": write_shapefile,
    "flatgeobuf": write_flatgeobuf,
    "geoparquet": write_geoparquet,
}
"""The writer of each format of `VECTOR_FORMATS`."""
