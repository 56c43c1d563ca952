"""Formats of polygons: one table for configuration, writers, rules, deliverables."""

from __future__ import annotations

from dataclasses import dataclass

STYLES = (".qml", ".sld")
"""Style files beside a file of polygons: QGIS reads the first, map servers the second."""


@dataclass(frozen=True)
class VectorFormat:
    """Files that a format is made of."""

    title: str
    suffix: str
    """Of the file that programs open."""
    parts: tuple[str, ...] = ()
    """Suffixes of further files without which it cannot be read."""
    companions: tuple[str, ...] = STYLES
    """Suffixes of further files that come with it."""

    def suffixes(self, *, placed: bool) -> tuple[str, ...]:
        """Those of all its files without companions; polygons without a place have no .prj."""
        needed = (self.suffix, *self.parts)
        return tuple(suffix for suffix in needed if placed or suffix != ".prj")


VECTOR_FORMATS = {
    "geopackage": VectorFormat("GeoPackage", ".gpkg", companions=()),
    "shapefile": VectorFormat("Shapefile", ".shp", parts=(".shx", ".dbf", ".prj", ".cpg")),
    "flatgeobuf": VectorFormat("FlatGeobuf", ".fgb"),
    "geoparquet": VectorFormat("GeoParquet", ".parquet"),
}
"""By the names in `vectorize.formats`; the GeoPackage is always written, and holds its styles."""
ALWAYS = "geopackage"
"""The format that every other file of polygons lies beside."""
FORMAT_OF_SUFFIX = {known.suffix: known for known in VECTOR_FORMATS.values()}
