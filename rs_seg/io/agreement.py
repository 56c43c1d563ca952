"""Labelled places by whether map and label agree, as a GeoPackage that opens styled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import geopandas
from numpy.typing import NDArray

from rs_seg.io.layers import write_layer
from rs_seg.io.points import store_design
from rs_seg.io.styles import categorized, qml_of, simple_symbol
from rs_seg.io.vectors.gdal import fixed_settings
from rs_seg.io.vectors.geopackage import store_style
from rs_seg.values.design import Design

AGREEMENT = "agreement"
"""Layer of the labelled places, and the field that says whether map and label agree."""
RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True)
class Mark:
    """How places are drawn: colour ("red,green,blue"), shape by QGIS's name, millimetres."""

    color: str
    shape: str
    size: float


MARKS = {
    WRONG: Mark("204,51,17", "diamond", 3.4),
    RIGHT: Mark("0,153,136", "circle", 2.4),
}
"""Colours that colour-blind people tell apart (Tol 2021, vibrant), and shapes besides; those that
come first are drawn on top."""


def write_agreement(
    path: Path, rows: Mapping[str, Any], points: NDArray[Any], design: Design, *, crs: str | None
) -> None:
    """Write places (n,) with their fields, of which `agreement` says "right" or "wrong".

    The design that they were drawn by stands in the file too. Equal places give equal bytes.
    """
    table = geopandas.GeoDataFrame(dict(rows), geometry=points, crs=crs)
    with fixed_settings():
        write_layer(path, AGREEMENT, table, geometry_type="Point")
    store_design(path, design)
    store_style(
        path,
        AGREEMENT,
        name="agreement",
        description="Places where map and label agree or not",
        qml=qml_of(agreement_renderer()),
        sld=None,
    )


def agreement_renderer() -> Element:
    """The `renderer-v2` element for points with the field `agreement`."""
    drawn = enumerate(MARKS.items())
    return categorized(
        AGREEMENT,
        [
            (value, value, _symbol(str(index), mark, level=len(MARKS) - index))
            for index, (value, mark) in drawn
        ],
        in_levels=True,
    )


def _symbol(name: str, mark: Mark, *, level: int) -> Element:
    options = {
        "color": f"{mark.color},255",
        "name": mark.shape,
        "outline_color": "255,255,255,255",
        "outline_style": "solid",
        "outline_width": "0.4",
        "outline_width_unit": "MM",
        "size": str(mark.size),
        "size_unit": "MM",
    }
    return simple_symbol(name, "marker", options, level=level)
