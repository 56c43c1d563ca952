"""Styles lie beside the map, under its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rs_seg.io.sidecars import write_polygon_styles, write_raster_styles
from rs_seg.io.sld import sld_for_classes, sld_for_raster
from rs_seg.io.styles import qml_for_classes, qml_for_raster
from rs_seg.values import Legend


@pytest.mark.parametrize(
    ("write", "qml", "sld"),
    [
        (write_polygon_styles, qml_for_classes, sld_for_classes),
        (write_raster_styles, qml_for_raster, sld_for_raster),
    ],
)
def test_both_styles_are_written_in_utf_8(
    tmp_path: Path,
    write: Callable[[Path, Legend], None],
    qml: Callable[[Legend], str],
    sld: Callable[[Legend], str],
) -> None:
    legend = Legend.model_validate(
        [
            {"code": 1, "name": "forêt", "color": "#238b45"},
            {"code": 2, "name": "eau", "color": "#2171b5"},
        ]
    )
    write(tmp_path / "scene 1.5 m.tif", legend)
    assert {path.name: path.read_bytes().decode("utf-8") for path in tmp_path.iterdir()} == {
        "scene 1.5 m.qml": qml(legend),
        "scene 1.5 m.sld": sld(legend),
    }
