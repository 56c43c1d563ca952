"""What became of each scene of a batch, as a map and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas

from rs_seg.io.layers import write_layer
from rs_seg.io.styles import STATUS_COLORS, qml_for_outlines
from rs_seg.io.vectors.gdal import fixed_settings
from rs_seg.io.vectors.geopackage import store_style
from rs_seg.values.texts import write_csv

SCENES = "scenes"


def write_index(
    path: Path, columns: Mapping[str, Sequence[Any]], outlines: Sequence[Any], *, crs: str
) -> None:
    """A GeoPackage with the layer "scenes": the columns, and an outline for each scene.

    An outline that is not known is None.

    It opens coloured by its column `status`.
    """
    frame = geopandas.GeoDataFrame(dict(columns), geometry=list(outlines), crs=crs)
    with fixed_settings():
        write_layer(path, SCENES, frame, geometry_type="Polygon")
    qml = qml_for_outlines("status", STATUS_COLORS)
    store_style(
        path, SCENES, name="status", description="What became of the scenes", qml=qml, sld=None
    )


def write_table(path: Path, columns: Mapping[str, Sequence[Any]]) -> None:
    """The columns as CSV; what is not known is empty."""
    write_csv(path, list(columns), zip(*columns.values(), strict=True))
