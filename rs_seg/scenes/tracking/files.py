"""Objects of several dates in vector files: one file with columns, or one of each date."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import geopandas
import pandas as pd

from rs_seg.errors import UserError
from rs_seg.io.raw.templates import find_matches, placeholders
from rs_seg.io.raw.vector import LabelReading, read_polygons
from rs_seg.scenes.tracking.tables import DATE, PLACE, find_column

CLASS = "class"
"""Column with the class of a polygon, as `vectorize` and `select` write it."""
logger = logging.getLogger(__name__)


def read_objects(
    template: str, *, what: str, class_name: str | None = None
) -> geopandas.GeoDataFrame:
    """The polygons of all files of a template, in the CRS of the first file, with their attributes.

    {date} and {place} in the template become columns. A template without them is one file, whose
    columns say both. Files without polygons are accepted. With `class_name` only the polygons of
    this class are read.

    Raises:
        UserError: no file matches, another placeholder stands in the template, a file cannot be
            read or has no CRS, or no polygon has the class.
    """
    strange = [name for name in placeholders(template) if name not in (PLACE, DATE)]
    if strange:
        raise UserError(
            f"{what}: unknown placeholder {{{strange[0]}}}",
            where=template,
            expected="{date} and {place}, or a path without either",
        )
    tables = []
    for values in find_matches(Path(), template, setting=what):
        table = _read_file(Path(template.format(**values)))
        tables.append(table.assign(**values))
    crs = tables[0].crs
    moved = [table.to_crs(crs) for table in tables]
    filled = [table for table in moved if len(table)] or moved[:1]
    joined = geopandas.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=crs)
    logger.info("%s: %d polygons in %d files", what, len(joined), len(tables))
    return joined if class_name is None else _choose_class(joined, class_name, what=what)


def _read_file(path: Path) -> geopandas.GeoDataFrame:
    with warnings.catch_warnings():
        # GDAL takes the property id of GeoJSON for the number of a feature, too, which is unique
        warnings.filterwarnings("ignore", message="Several features with id")
        read = read_polygons(path, LabelReading(may_be_empty=True))
    for warning in read.warnings:
        logger.warning("%s: %s", path, warning)
    columns = read.others.reset_index(drop=True)
    return geopandas.GeoDataFrame(columns, geometry=read.geometries, crs=read.crs)


def _choose_class(
    table: geopandas.GeoDataFrame, class_name: str, *, what: str
) -> geopandas.GeoDataFrame:
    names = table[find_column(table, CLASS, what=what)].astype(str)
    chosen = table[names == class_name]
    if not len(chosen):
        raise UserError(
            f"{what}: no polygon has the class {class_name!r}",
            found=", ".join(sorted(set(names))) or "no polygon",
            remedy="name one of these classes",
        )
    return chosen.reset_index(drop=True)
