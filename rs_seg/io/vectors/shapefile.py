"""ESRI Shapefile: what every program reads, within the limits of 1998."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rs_seg.errors import UserError
from rs_seg.io.sidecars import write_polygon_styles
from rs_seg.io.vectors.gdal import FIXED_TIME, write_with_gdal
from rs_seg.io.vectors.stream import PolygonStream
from rs_seg.values.legend import Legend

SIZE_LIMIT = 2**31 - 1
"""Bytes of a .shp or .dbf that readers accept."""
NAME_LIMIT = 254
"""Bytes of a text in a .dbf."""
_WIDTHS = {"int32": 9, "int64": 18, "float64": 24}
"""Characters of a number in a .dbf, as GDAL writes them."""


def write_shapefile(stream: PolygonStream, path: Path, legend: Legend) -> None:
    """A Shapefile in UTF-8 with .prj, .cpg and a style (.qml, .sld) beside it.

    Raises:
        UserError: the polygons would not fit into the 2 GiB of the format, or a name not into its
            254 bytes.
    """
    width = _text_width(legend, stream.texts)
    needed = shapefile_bytes(stream, text_width=width)
    if needed > SIZE_LIMIT:
        raise UserError(
            "the polygons do not fit into a Shapefile",
            where=path.name,
            found=f"{stream.rows} polygons with {stream.points} points, {needed / 2**30:.1f} GiB",
            expected="less than 2 GiB, the limit of the format",
            remedy="use the GeoPackage, which has no such limit, and take shapefile out of "
            "vectorize.formats; for a Shapefile raise vectorize.simplify.tolerance or "
            "vectorize.minimum_area",
        )
    write_with_gdal(
        stream,
        path,
        "ESRI Shapefile",
        text_width=width,
        encoding="UTF-8",
        layer_options={"DBF_DATE_LAST_UPDATE": FIXED_TIME[:10]},
    )
    write_polygon_styles(path, legend, outlined=stream.outlined, unfilled=stream.unfilled)


def shapefile_bytes(stream: PolygonStream, *, text_width: int) -> int:
    """Size of the larger of the .shp and .dbf that would be written, in bytes."""
    assert stream.rings is not None, "who writes a Shapefile counts rings"
    assert stream.points is not None, "who writes a Shapefile counts points"
    record = 1 + sum(_WIDTHS.get(kind, text_width) for kind in stream.fields.values())
    table = 32 + 32 * len(stream.fields) + 1 + record * stream.rows + 1
    shapes = 100 + 52 * stream.rows + 4 * stream.rings + 16 * stream.points
    return max(table, shapes)


def _text_width(legend: Legend, texts: Sequence[str]) -> int:
    """Bytes of the longest name of the legend, or other text."""
    names = [class_.name for class_ in legend]
    longest = max((*names, *texts), key=lambda name: len(name.encode()))
    width = len(longest.encode())
    if width > NAME_LIMIT:
        raise UserError(
            "a name does not fit into a Shapefile",
            where=f"{'legend' if longest in names else 'scenes'}, {longest[:40]!r}...",
            found=f"{width} bytes",
            expected=f"{NAME_LIMIT} bytes at most, the limit of the format",
            remedy="shorten the name, or take shapefile out of vectorize.formats",
        )
    return width
