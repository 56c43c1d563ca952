"""Style files beside a map, with its name: .qml for QGIS, .sld for GeoServer and others.

QGIS reads the .qml by itself.
"""

from __future__ import annotations

from pathlib import Path

from rs_seg.io.sld import sld_for_classes, sld_for_raster
from rs_seg.io.styles import qml_for_classes, qml_for_objects, qml_for_raster
from rs_seg.values.legend import Legend


def write_polygon_styles(
    path: Path, legend: Legend, *, outlined: bool = False, unfilled: str | None = None
) -> None:
    """The .qml and .sld of polygons with a field `code`, beside `path`.

    Of those that are `outlined` only outlines are drawn, of the class `unfilled` nothing.
    """
    qml = qml_for_objects(legend) if outlined else qml_for_classes(legend, unfilled=unfilled)
    path.with_suffix(".qml").write_text(qml, encoding="utf-8")
    sld = sld_for_classes(legend, outlined=outlined, unfilled=unfilled)
    path.with_suffix(".sld").write_text(sld, encoding="utf-8")


def write_raster_styles(path: Path, legend: Legend, *, unfilled: str | None = None) -> None:
    """The .qml and .sld of a raster of codes, beside `path`; `unfilled` is transparent."""
    qml, sld = (draw(legend, unfilled=unfilled) for draw in (qml_for_raster, sld_for_raster))
    path.with_suffix(".qml").write_text(qml, encoding="utf-8")
    path.with_suffix(".sld").write_text(sld, encoding="utf-8")
