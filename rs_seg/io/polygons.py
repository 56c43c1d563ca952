"""Polygons of a class map on disk: GeoPackage and Shapefile that open styled, the same bytes for the same polygons."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas
import pyogrio
import shapely

from rs_seg.errors import UserError
from rs_seg.io.layers import GEOPACKAGE_VERSION
from rs_seg.io.styles import qml_for_classes
from rs_seg.values.legend import Legend

LAYER = "polygons"
FIXED_TIME = "2000-01-01T00:00:00.000Z"
"""Stands in every file in place of the time of writing."""
SHAPEFILE_LIMIT = 2**31 - 1
"""Bytes of a .shp or .dbf that readers accept."""
RECORD = 200
"""Bytes of a record of the attribute table at most, for the estimate: two numbers of 24, a code, a name of 80."""


def write_geopackage(frame: geopandas.GeoDataFrame, path: Path, legend: Legend) -> None:
    """A GeoPackage with the layer "polygons" and its style in the table `layer_styles`, where QGIS looks for it."""
    with _fixed_dates():
        frame.to_file(
            path,
            layer=LAYER,
            driver="GPKG",
            engine="pyogrio",
            geometry_type="Polygon",
            index=False,
            dataset_options={"VERSION": GEOPACKAGE_VERSION},
        )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_STYLE_TABLE)
        connection.execute(_CONTENTS_ROW, (FIXED_TIME,))
        connection.execute(_STYLE_ROW, (LAYER, qml_for_classes(legend), FIXED_TIME))


def write_shapefile(frame: geopandas.GeoDataFrame, path: Path, legend: Legend) -> None:
    """A Shapefile in UTF-8 with .prj, .cpg and a style (.qml) beside it.

    Raises:
        UserError: the polygons would not fit into the 2 GB of the format.
    """
    needed = shapefile_bytes(frame)
    if needed > SHAPEFILE_LIMIT:
        raise UserError(
            "the polygons do not fit into a Shapefile",
            where=path.name,
            found=f"{len(frame)} polygons, about {needed / 2**30:.1f} GiB",
            expected="less than 2 GiB, the limit of the format",
            remedy="use the GeoPackage, which has no such limit; for a Shapefile raise vectorize.simplify_tolerance "
            "or cut the scene",
        )
    with _fixed_dates():
        frame.to_file(
            path,
            driver="ESRI Shapefile",
            engine="pyogrio",
            geometry_type="Polygon",
            index=False,
            encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": FIXED_TIME[:10]},
        )
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    path.with_suffix(".qml").write_text(qml_for_classes(legend), encoding="utf-8")


def shapefile_bytes(frame: geopandas.GeoDataFrame) -> int:
    """Size of the larger of the .shp and .dbf that would be written, in bytes."""
    shapes = frame.geometry.to_numpy()
    rings = int(shapely.get_num_interior_rings(shapes).sum()) + len(frame)
    vertices = int(shapely.get_num_coordinates(shapes).sum())
    return max(100 + 52 * len(frame) + 4 * rings + 16 * vertices, 500 + RECORD * len(frame))


@contextmanager
def _fixed_dates() -> Iterator[None]:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": FIXED_TIME})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


# As QGIS 3 creates and reads it (its provider for OGR sources, "Save style in database").
_STYLE_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""
_CONTENTS_ROW = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)
"""
_STYLE_ROW = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
                          styleSLD, useAsDefault, description, owner, update_time)
VALUES ('', '', ?, 'geom', 'classes', ?, '', 1, 'Classes of the legend', '', ?)
"""
