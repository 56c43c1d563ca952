"""GeoPackage: one file that opens styled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from rs_seg.io.ogr import GEOPACKAGE_VERSION
from rs_seg.io.sld import sld_for_classes
from rs_seg.io.styles import qml_for_classes, qml_for_objects
from rs_seg.io.vectors.gdal import FIXED_TIME, LAYER, write_with_gdal
from rs_seg.io.vectors.stream import PolygonStream
from rs_seg.values.legend import Legend


def write_geopackage(stream: PolygonStream, path: Path, legend: Legend) -> None:
    """A GeoPackage with the layer "polygons" and its style in `layer_styles`, where QGIS looks."""
    path.unlink(missing_ok=True)  # GDAL would add to it
    write_with_gdal(
        stream, path, "GPKG", layer=LAYER, dataset_options={"VERSION": GEOPACKAGE_VERSION}
    )
    styles = {
        "qml": qml_for_objects(legend)
        if stream.outlined
        else qml_for_classes(legend, unfilled=stream.unfilled),
        "sld": sld_for_classes(legend, outlined=stream.outlined, unfilled=stream.unfilled),
    }
    store_style(path, LAYER, name="classes", description="Classes of the legend", **styles)


def store_style(
    path: Path, layer: str, *, name: str, description: str, qml: str, sld: str | None
) -> None:
    """Put the style of a layer without one where QGIS looks for it in a GeoPackage."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_STYLE_TABLE)
        connection.execute(_CONTENTS_ROW, (FIXED_TIME,))
        connection.execute(_STYLE_ROW, (layer, name, qml, sld, description, FIXED_TIME))


# As QGIS 3 creates and reads it (its provider for OGR sources, "Save style in database"). The file
# keeps this text but for IF NOT EXISTS, so its spaces and line breaks are part of the output.
_STYLE_TABLE = """
CREATE TABLE IF NOT EXISTS layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), \
f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""
_CONTENTS_ROW = """
INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description, last_change,
                                     srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)
"""
_STYLE_ROW = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
                          styleName, styleQML, styleSLD, useAsDefault, description, owner,
                          update_time)
VALUES ('', '', ?, 'geom', ?, ?, ?, 1, ?, '', ?)
"""
