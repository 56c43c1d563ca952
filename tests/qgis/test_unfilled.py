"""QGIS shows imagery where a map has the class outside all labels, and through the others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from rs_seg.config import Argmax, VectorizeConfig
from rs_seg.io.qgis import Group, imagery_layer, polygons_layer, write_project
from rs_seg.stages.vectorize import vectorize
from rs_seg.testing import TOY_CLASSES, grid_at, write_image, write_reference
from tests.qgis.system_python import run_qgis
from tests.stages.toy_maps import LEGEND

pytestmark = [pytest.mark.qgis, pytest.mark.slow]
PROGRAM = Path(__file__).with_name("check_project.py")
GREY = 90


def test_imagery_is_seen_beside_and_through_the_polygons(qgis: None, tmp_path: Path) -> None:
    grid = grid_at(100, 100)
    outside, target = LEGEND.root[0], LEGEND.root[2]
    codes = np.full((100, 100), outside.code)
    codes[:, 50:] = target.code
    grey = np.full((3, 100, 100), GREY, "uint8")
    write_image(tmp_path / "image.tif", grid, grey)
    vectorize(
        VectorizeConfig(),
        Argmax(name="argmax", method="argmax"),
        LEGEND,
        outside.name,
        classes=write_reference(tmp_path / "classes.tif", grid, codes, classes=TOY_CLASSES),
        confidence=write_image(tmp_path / "confidence.tif", grid, grey[:1], nodata=255),
        probabilities=[],
        image=[],
        polygons=tmp_path / "polygons.gpkg",
        shapefile=tmp_path / "polygons.shp",
        flatgeobuf=None,
        geoparquet=None,
    )
    crs, named = str(grid.crs), {"legend": LEGEND, "unfilled": outside.name}
    layers = [
        polygons_layer("map", "polygons.gpkg", crs=crs, shown=True, **named),
        imagery_layer("scene", "image.tif", grid, stretches={1: (0, 255)}, alpha=-1),
    ]
    write_project(tmp_path / "map.qgz", title="Map", tree=Group("", layers), view=grid)
    picture, found = tmp_path / "map.png", tmp_path / "found.json"
    done = run_qgis(
        str(PROGRAM), str(tmp_path / "map.qgz"), str(picture), str(found), home=tmp_path
    )
    told = json.loads(found.read_text(encoding="utf-8"))
    assert (done.returncode, told["faults"]) == (0, []), done.stdout + done.stderr
    expected = [[str(own.code), own.name, own.color] for own in LEGEND]
    assert told["alone"]["polygons.gpkg|layername=polygons"] == expected
    assert told["alone"]["polygons.shp"] == expected
    assert [color for _, _, color in told["sld"]["polygons.sld"]] == [own.color for own in LEGEND]
    drawn = np.rint(imread(picture)[..., :3] * 255).astype(int)
    height, width = drawn.shape[:2]
    np.testing.assert_allclose(drawn[height // 2, width // 4], GREY, atol=3)
    through = drawn[height // 2, 3 * width // 4]
    mixed = (150 * np.array(target.rgb) + 105 * GREY) / 255
    np.testing.assert_allclose(through, mixed, atol=4)
