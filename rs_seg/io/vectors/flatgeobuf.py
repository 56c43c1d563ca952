"""FlatGeobuf: one file that is read in parts over the network."""

from __future__ import annotations

from pathlib import Path

from rs_seg.io.sidecars import write_polygon_styles
from rs_seg.io.vectors.gdal import LAYER, write_with_gdal
from rs_seg.io.vectors.stream import PolygonStream
from rs_seg.values.legend import Legend


def write_flatgeobuf(stream: PolygonStream, path: Path, legend: Legend) -> None:
    """A FlatGeobuf with a spatial index, and a style (.qml, .sld) beside it.

    The polygons lie in the order of the index (Hilbert curve), not in that of the stream. Until the
    index is written GDAL keeps the polygons in a second file beside `path`, and their boxes in
    memory.
    """
    write_with_gdal(stream, path, "FlatGeobuf", layer=LAYER, layer_options={"SPATIAL_INDEX": "YES"})
    write_polygon_styles(path, legend, outlined=stream.outlined, unfilled=stream.unfilled)
